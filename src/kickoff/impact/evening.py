"""How do people come to an evening of football, where no earlier night of this service tells?"""

from kickoff.forecast import FIRST_MINUTE, MINUTES, EarlierNight

FROM_MINUTE, EACH_MINUTES = -35, 5
PER_MINUTE = (
    402, 534, 690, 773, 961, 1344, 2305, 3722, 2324, 1292, 786, 546, 425, 337, 304, 274, 269, 271, 256, 244, 236, 235,
    234, 235, 235, 234, 238, 243,
)  # fmt: skip
"""Of a hundred thousand who come, those of each minute, by five minutes of the match clock from 35 before kick-off on:
the mean of the twelve evenings of 10 to 15 June 1998 from which made-up nights to learn with are drawn, each over its
sum (`bench.nights.curves`: `shape(requests, rush=0.65)[:141]` of `evenings("learning")`: requests to the World Cup's
site, read as arrivals). No evening that is judged is one of them. Before and after, the level stays as it is at the
ends."""


def _minute(number: int) -> int:
    slot = (number + FIRST_MINUTE - FROM_MINUTE) // EACH_MINUTES
    return PER_MINUTE[min(max(slot, 0), len(PER_MINUTE) - 1)]


_ARRIVALS = tuple(_minute(number) for number in range(MINUTES))
EVENING_OF_1998 = EarlierNight(subscribers=sum(_ARRIVALS), arrivals=_ARRIVALS)
"""As if it had been a night of before."""
