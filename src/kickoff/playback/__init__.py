"""What do they see?

A lease is one stream in progress: a row of `leases.LeaseTable`, and a signed token that reinstates it where the table
forgot it. Beats are its signs of life and become facts (`beats.happened`); of those who fall silent the share that
still watches is learnt (`silence.Silences`). Edges check playback tokens with a public key alone (`tokens.py`). Entry
point: `leases.LeaseTable`.
"""
