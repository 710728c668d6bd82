"""Who is watching, and how well?

Average, peak and reach of a night, by channel and in all, counted in accounts from the journal.
"""
