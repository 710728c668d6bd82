"""How do as many as can be served get in, in fair order, and what happened on the night?

Kickoff is the front door of a live-sport streaming service, and its memory of the night. `kickoff.cli` is the command
line, `kickoff.app` wires the parts; each package's first line is the question that it answers.
"""
