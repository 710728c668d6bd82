"""Is something wrong, and where?

An incident is noticed in the facts as they come, and its scope is a dimension and its value.
"""
