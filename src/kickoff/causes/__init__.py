"""Why: capacity, malice or fault?

A verdict with its evidence, or the plain words that it is too early to say.
"""
