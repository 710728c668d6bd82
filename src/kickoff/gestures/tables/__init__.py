"""Which tables hold the promises? `sql.py` declares them with the triggers that refuse edits, `METADATA` makes them."""
