"""May this television watch for that household? The device flow of RFC 8628, decided here, with no clock and no draw.

    begin ──▶ waiting ──▶ allowed by a signed-in device ──▶ handed over once
                 │──────▶ denied
                 └──────▶ expired

A television shows a short code; someone signed in on a phone types or scans it and says yes; the television, which asks
again every `interval_s`, is given a session of the same household. It never takes a place of its own: the household's
place is the household's on every device. Asked too early it is told `slow_down`, and from then on to ask more seldom
(§3.5), which is the door's brake as well: under stress the interval is longer for all.

Where many doors share a night each tells the others how its televisions stand (`told`, `hear`), so that the phone may
say yes, and the television ask, at any of them. A pairing only ever goes forwards, so what is told late or twice does
no harm.
"""

from enum import StrEnum

from msgspec import Struct

from kickoff.units import US_PER_S

ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
"""Without vowels no code is a word, and none of its letters looks like a digit (§6.1)."""
CODE_LETTERS = 8
CODES = len(ALPHABET) ** CODE_LETTERS
EXPIRES_S = 600
INTERVAL_S = 5.0
SLOWER_S = 5.0
"""What §3.5 adds to the interval for each `slow_down`."""
INTERVAL_S_MAX = 120.0
PAIRINGS_MAX = 100_000
"""So many televisions may wait at once: 20 MB; further ones are told to come back."""
GUESSES_MAX = 10
"""Wrong codes of one account in a row; afterwards it waits `GUESS_WAIT_S` (§5.1)."""
GUESS_WAIT_S = 60.0


class Said(StrEnum):
    """What the television is told: the errors of §3.5, or that it is done."""

    PENDING = "authorization_pending"
    SLOW_DOWN = "slow_down"
    DENIED = "access_denied"
    EXPIRED = "expired_token"
    DONE = "done"


class Household(Struct, frozen=True, kw_only=True):
    """Whose session it becomes."""

    account: int
    offer: str
    streams_max: int


class Waiting(Struct, kw_only=True):
    """One television that waits. Instants in microseconds UTC."""

    expires_at: int
    interval_s: float
    asked_at: int
    call: str = ""
    """The pass of its turn, where it was called: a phone may sign in by it, and takes no second place."""
    household: Household | None = None
    denied: bool = False
    proved: bool = False
    """A phone has worked for it: by its turn one may sign in, though its network floods the door."""
    done: bool = False
    """It was told the last word: the session, or no."""


class Told(Struct, frozen=True, kw_only=True, array_like=True):
    """How one pairing stands, as a door tells it to others."""

    code: str
    expires_at: int
    household: Household | None = None
    denied: bool = False
    done: bool = False
    call: str = ""
    proved: bool = False


class Heard(StrEnum):
    """What became of a person's yes or no."""

    DONE = "done"
    UNKNOWN = "unknown"
    TOO_MANY = "too_many"


class Pairings:
    """The televisions that wait, as one door knows them. They die with a door that is alone: they begin again."""

    def __init__(self, *, is_shared: bool = False) -> None:
        """`is_shared`: other doors are told, and tell."""
        self._is_shared = is_shared
        self._news: dict[str, None] = {}
        """Codes whose pairing has changed since it was told, in the order of the changes."""
        self._waiting: dict[str, Waiting] = {}
        self._wrong: dict[int, tuple[int, int]] = {}
        """account → (wrong codes in a row, when the last)."""

    def begin(
        self, number: int, *, at_us: int, interval_s: float = INTERVAL_S, call: str = ""
    ) -> tuple[str, Waiting] | None:
        """(the code to show, what is known of it) for a number drawn at random; None: too many wait, or it is taken."""
        self._forget(at_us)
        code = code_of(number)
        if len(self._waiting) >= PAIRINGS_MAX or code in self._waiting:
            return None
        waiting = Waiting(expires_at=at_us + EXPIRES_S * US_PER_S, interval_s=interval_s, asked_at=at_us, call=call)
        self._waiting[code] = waiting
        self._changed(code)
        return code, waiting

    def decide(self, typed: str, household: Household, *, allow: bool, at_us: int) -> Heard:
        """A signed-in person says yes or no to a code, however they typed it."""
        wrong, last = self._wrong.get(household.account, (0, 0))
        if wrong >= GUESSES_MAX and at_us - last < GUESS_WAIT_S * US_PER_S:
            return Heard.TOO_MANY
        code = written(typed)
        waiting = self._waiting.get(code)
        if waiting is None or waiting.expires_at < at_us or waiting.household or waiting.denied:
            self._wrong[household.account] = (wrong + 1, at_us)
            if len(self._wrong) > PAIRINGS_MAX:
                del self._wrong[next(iter(self._wrong))]
            return Heard.UNKNOWN
        self._wrong.pop(household.account, None)
        waiting.household, waiting.denied = (household, False) if allow else (None, True)
        self._changed(code)
        return Heard.DONE

    def ask(self, code: str, *, at_us: int, interval_s: float = INTERVAL_S) -> tuple[Said, Waiting | None]:
        """The television asks. A session is handed over once; `interval_s`: the least that the door wants now."""
        waiting = self._waiting.get(code)
        if waiting is None and self._is_shared:
            # Another door gave it, and will tell: who is told that it is over would begin again.
            return Said.PENDING, None
        if waiting is None or waiting.done or waiting.expires_at < at_us:
            return Said.EXPIRED, None
        early = at_us - waiting.asked_at < waiting.interval_s * US_PER_S * 0.9
        waiting.asked_at = at_us
        if waiting.denied or waiting.household is not None:
            waiting.done = True
            self._changed(code)
            return (Said.DENIED, None) if waiting.denied else (Said.DONE, waiting)
        wanted_s = max(waiting.interval_s, interval_s)
        if early or wanted_s > waiting.interval_s:
            waiting.interval_s = min(INTERVAL_S_MAX, wanted_s + (SLOWER_S if early else 0.0))
            return Said.SLOW_DOWN, waiting
        return Said.PENDING, waiting

    def call_of(self, typed: str, *, at_us: int) -> tuple[str, int]:
        """(the pass of the television that shows this code, when it began to); an empty pass where there is none."""
        waiting = self._waiting.get(written(typed))
        if waiting is None or waiting.expires_at < at_us or waiting.done:
            return "", at_us
        return waiting.call, waiting.expires_at - EXPIRES_S * US_PER_S

    def prove(self, typed: str) -> None:
        """A phone has shown a proof of work for the television that shows this code."""
        code = written(typed)
        if (waiting := self._waiting.get(code)) is not None and not waiting.proved:
            waiting.proved = True
            self._changed(code)

    def is_proved(self, typed: str) -> bool:
        """Whether one has."""
        waiting = self._waiting.get(written(typed))
        return waiting is not None and waiting.proved

    def told(self, count: int) -> tuple[Told, ...]:
        """What other doors must know, at most so many, each taken out of what is kept."""
        codes = tuple(self._news)[:count]
        for code in codes:
            del self._news[code]
        return tuple(
            Told(
                code=code,
                expires_at=one.expires_at,
                household=one.household,
                denied=one.denied,
                done=one.done,
                call=one.call,
                proved=one.proved,
            )
            for code in codes
            if (one := self._waiting.get(code)) is not None
        )

    def hear(self, told: Told, *, at_us: int) -> None:
        """What another door tells of a pairing: it goes on from where it stands here, and never back."""
        waiting = self._waiting.get(told.code)
        if waiting is None:
            self._forget(at_us)
            if told.expires_at < at_us or len(self._waiting) >= PAIRINGS_MAX:
                return
            waiting = Waiting(expires_at=told.expires_at, interval_s=INTERVAL_S, asked_at=0, call=told.call)
            self._waiting[told.code] = waiting
        waiting.household = waiting.household or told.household
        waiting.denied, waiting.done = waiting.denied or told.denied, waiting.done or told.done
        waiting.proved = waiting.proved or told.proved

    def _changed(self, code: str) -> None:
        if self._is_shared:
            self._news.pop(code, None)
            self._news[code] = None

    def _forget(self, at_us: int) -> None:
        """Drop those whose time is over: they stand first, since all live equally long."""
        while self._waiting and next(iter(self._waiting.values())).expires_at < at_us:
            del self._waiting[next(iter(self._waiting))]


def code_of(number: int) -> str:
    """The letters of a number: `BCDF-GHJK`."""
    letters = ""
    for _ in range(CODE_LETTERS):
        number, letter = divmod(number, len(ALPHABET))
        letters += ALPHABET[letter]
    return f"{letters[:4]}-{letters[4:]}"


def written(typed: str) -> str:
    """The code that somebody typed: small letters, spaces and dashes as they like (§6.1); empty where it is none."""
    letters = "".join(letter for letter in typed.upper() if letter.isalnum())
    is_code = len(letters) == CODE_LETTERS and set(letters) <= set(ALPHABET)
    return f"{letters[:4]}-{letters[4:]}" if is_code else ""
