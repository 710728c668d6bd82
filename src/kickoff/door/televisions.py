"""What has a television without a session whose network floods the door? Its turn, as if nobody else had come.

A television cannot be asked for work, and a bot may say that it is one. But whoever is called without a session must
sign in before they see anything, and a bot cannot: so the sign-in is what a television shows for itself, and its turn
is nothing that must be kept from bots.

    it joins    a place in the slow lane, as every stranger of a hot network; and it *stands behind* the last number
                that was given in the main lane at that moment: it takes none itself, so nobody waits behind it
    its turn    when that number is called: a pass that is `unproved`, by which one may sign in
    it signs in by a phone that shows a session, or a proof of work for the television (`devices/proof`); or by a
                password typed on it, while few of those that came so are wrong: a right one costs nothing

The same has a television whose place in the main lane is doubted (`strangers.py`).
"""

from bisect import bisect_right

from kickoff.waiting_room.line import Line

TELEVISION = "tv"
TICK_MS = 250
MARKS_MAX = 65_536
"""Numbers remembered at most: four hours of televisions without a pause. Later ones stand behind the last of them."""
TRIES = 2.0
"""Passwords without a proof that the house looks at, at once."""
EARNED = 0.001
"""With each sign-in of anybody it may look at so much more of one. All wrong, they are a thousandth of its work: a
hundredth makes the end of a line that stands for two minutes a second later, and ten at once, while the first hundred
are called, that of theirs."""
USED_MAX = 65_536


class Televisions:
    """The televisions of hot networks, as one door knows them. A restart forgets it; tickets know their own."""

    def __init__(self) -> None:
        self._joined_ms: list[int] = []
        self._upto: list[int] = []
        """When somebody came who stands behind a number, and behind which: both rise."""
        self._tries = TRIES
        self._used: set[tuple[str, int]] = set()
        """(lane, place) of those whose turn has let a household in."""

    def behind(self, main: Line, joined_ms: int) -> int:
        """The number of the main lane that who joined then stands behind; the same however often it is asked."""
        last_ms = self._joined_ms[-1] if self._joined_ms else -TICK_MS
        if joined_ms - last_ms >= TICK_MS and len(self._upto) < MARKS_MAX:
            self._joined_ms.append(joined_ms)
            self._upto.append(main.book.last_given)
        at = bisect_right(self._joined_ms, joined_ms) - 1
        if at < 0 or joined_ms - self._joined_ms[at] >= TICK_MS:
            # Nobody of these came then (it joined as something else, or at another door): no earlier than it did.
            at = min(at + 1, len(self._upto) - 1)
        return self._upto[at]

    def may_try(self) -> bool:
        """Whether one without a proof may sign in now; what came of it is told by `tried`."""
        may = self._tries >= 1
        self._tries -= may
        return may

    def tried(self, *, costs: bool) -> None:
        """It has been answered; `costs`: it was wrong. A back end that fails is nobody's guess."""
        self._tries += not costs

    def earn(self) -> None:
        """Somebody has signed in."""
        self._tries = min(TRIES, self._tries + EARNED)

    def use(self, place: tuple[str, int]) -> None:
        """The turn of this one has let a household in."""
        if len(self._used) < USED_MAX:
            self._used.add(place)

    def is_used(self, place: tuple[str, int]) -> bool:
        """Whether it has."""
        return place in self._used
