"""What do they see?

Leases on streams in progress, the playback tokens that edges check, and the channels of an offer.
"""
