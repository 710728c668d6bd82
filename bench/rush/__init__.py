"""Does a whole kick-off pass? Millions of viewers over real HTTP, from the join to the first picture: `__main__`."""
