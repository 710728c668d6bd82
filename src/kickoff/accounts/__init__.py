"""Who is this, and may they watch?

What a device keeps from a sign-in (`sessions.SessionClaims`), which channels an offer holds and how many screens at a
time (`entitlement.py`: verdicts as values, nothing is taken), and the simulated roster of a night. Entry points:
`entitlement.channel_verdict` and `entitlement.stream_verdict`.
"""
