"""How many may come in now?

Capacity as measured, the rate that it allows, and the permits under which passes are given. Entry point:
`controller.decide`, once a tick; beside it `permit.Permit`, once a sign-in.
"""
