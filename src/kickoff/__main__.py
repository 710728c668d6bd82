"""`python -m kickoff`: the same as `kickoff`."""

from kickoff.cli import main

main()
