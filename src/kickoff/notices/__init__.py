"""What do we say?

The notices and the report of a night, which claim no more than the verdict does.
"""
