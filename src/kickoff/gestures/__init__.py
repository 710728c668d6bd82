"""What do we owe each of them?

One gesture for each subscriber who lost a part of the match, by the policy that the night file states for their offer.
`policy.allot` turns cases into grants, each with the sum that led to it; `sql.Ledger` keeps what was promised: double
entry, a key that lives for ever, nothing edited, a correction is an opposite entry.

Entry point: `policy.allot(cases, night)`.
"""
