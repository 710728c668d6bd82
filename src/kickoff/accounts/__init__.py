"""Who is this, and may they watch?

Sign-in, sessions, offers, what an offer entitles to, and how many streams at a time.
"""
