"""Who comes, and how do they behave?

Simulated viewers, over real HTTP or on a virtual clock, with accounts, devices, patience and habits of their own.
"""
