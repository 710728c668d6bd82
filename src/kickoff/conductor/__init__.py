"""How many are called in this tick?

Each tick reads the counters and the back end's health, decides, and publishes the next snapshot and status object.
"""
