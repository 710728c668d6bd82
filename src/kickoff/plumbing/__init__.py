"""How do bytes move and rest?

Servers, files, Valkey, SQL and metrics, without a word of the domain.
"""
