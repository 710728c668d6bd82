"""Who was hit?

The accounts seen to be hit, and a range that counts those who were never seen.
"""
