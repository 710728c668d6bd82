"""Nights to learn from and to be judged by: whole journals, made up by seed, with what was true of them beside.

    laws.py       every parameter's distribution, for learning, tuning and judging, with its source
    plans.py      one night's parameters, drawn from the laws
    curves.py     when people come: real evenings, split by date between learning and judging
    service.py    a service that is full: queue, refusals, those who try again
    crowd.py      who there is
    play.py       what they do and meet, attempt by attempt, as arrays
    attackers.py  who comes to do harm
    house.py      what the house says of itself; complaints made elsewhere
    tables.py     the columns of `kickoff facts --schema`
    store.py      a night as a folder of journals, kept by seed

Nothing of the product is used to make a night but its schema, and nothing of this package to answer one.
Entry points: `store.night`, `plans.draw`.
"""
