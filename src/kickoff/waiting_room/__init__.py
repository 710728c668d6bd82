"""Who is next?

Places, tickets, lanes, the draw and the time that a place takes: the fair line in front of a full house.
"""
