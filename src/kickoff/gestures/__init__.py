"""What do we owe each of them?

One gesture for each affected subscriber by offer, granted once, kept in a ledger that is never edited.
"""
