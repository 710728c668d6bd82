"""What happened, whom did it hit, and what is owed?

Reads the journal in windows, runs the stages from the audience to the notices; one journal gives one answer, always.
"""
