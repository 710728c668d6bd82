"""What is counted, and in which unit?

Identifiers are `NewType`s so that mypy keeps them apart; they cost nothing at run time.
Time is whole microseconds of UTC (`AtUs`) wherever it is recorded, and float seconds (`…_s`) where it is
computed with.
Money is whole cents.
"""

from datetime import UTC, datetime
from typing import NewType

AtUs = NewType("AtUs", int)
"""An instant: microseconds since 1970-01-01T00:00:00Z."""

Subject = NewType("Subject", int)
"""A signed 64-bit keyed hash of an account, else of a device: the only identity in the journal."""

Place = NewType("Place", int)
"""A position in a lane of the line, from 1 on; given once."""

Account = NewType("Account", int)
"""A subscriber's household account, as the back end numbers it."""

Cents = NewType("Cents", int)
"""An amount of money in whole cents."""

US_PER_S = 1_000_000
US_PER_MS = 1_000


def at_us(instant: datetime) -> AtUs:
    """The microseconds of an aware datetime; exact, no float on the way."""
    since = instant - datetime(1970, 1, 1, tzinfo=UTC)
    return AtUs((since.days * 86_400 + since.seconds) * US_PER_S + since.microseconds)


def instant(at: AtUs) -> datetime:
    """The aware UTC datetime of an instant."""
    seconds, micros = divmod(at, US_PER_S)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros)


def iso(at: AtUs) -> str:
    """RFC 3339 with milliseconds and Z: `2022-09-06T19:00:00.000Z`."""
    return instant(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_iso(text: str) -> AtUs:
    """Read RFC 3339; without a zone it is UTC. Raises `ValueError` with the text that could not be read."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is not a time; write it like 2022-09-06T19:00:00Z"
        raise ValueError(message) from error
    return at_us(found if found.tzinfo else found.replace(tzinfo=UTC))


def euros(amount: Cents) -> str:
    """`123456` → `1,234.56 €`, as English writes it; negative amounts keep their sign."""
    sign = "-" if amount < 0 else ""
    whole, part = divmod(abs(amount), 100)
    return f"{sign}{whole:,}.{part:02d} €"
