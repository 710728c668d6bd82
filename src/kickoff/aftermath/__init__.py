"""What happened, whom did it hit, and what is owed?

Reads the journal in windows and runs the stages from the audience to the notices; the same journal gives the same answer.
"""
