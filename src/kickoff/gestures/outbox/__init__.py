"""How does each gesture reach the billing system, once?

The ledger's entries are the outbox: what was not handed on yet is tried until the receiver says that it has it, and
each try is written down. A crash between the receiver's yes and our note sends an entry again, under the same key: by
that key the receiver knows it. `delivery.py` decides, `sql.py` keeps the tries, `http.py` sends.

Entry point: `http.deliver(outbox, receiver, …)`.
"""
