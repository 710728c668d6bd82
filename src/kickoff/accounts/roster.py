"""Who subscribes? The simulated roster of a night: accounts 1…N, their offers, logins, and since when they are known.

The back end's database, the crowd and the journal's list of subscribers are all made from it, so that they agree.
"""

from kickoff.night import Crowd, Night
from kickoff.seals import keyed_hash64

PASSWORD = "allez-paris"  # noqa: S105 - all simulated subscribers share it, on purpose: one argon2 hash is enough
_UNITS = 2**32


def login_of(account: int) -> str:
    """`s0000042@example.invalid`: what account 42 types to sign in."""
    return f"s{account:07d}@example.invalid"


def account_of(login: str) -> int | None:
    """The account of a roster login, or None where the login is not of the roster's form."""
    name, _, domain = login.partition("@")
    if domain != "example.invalid" or not name.startswith("s") or not name[1:].isdigit():
        return None
    return int(name[1:])


def offer_of(night: Night, account: int) -> str:
    """The offer of an account: drawn by the shares of the night file, the same every time."""
    return pick({name: offer.share for name, offer in night.offers.items()}, account, purpose="offer")


def pick(shares: dict[str, float], number: int, *, purpose: str) -> str:
    """One of the names by their shares, decided by a hash of (purpose, number): the same every time.

    Raises nothing: shares that add up to a little less than 1 give the rest to the last name.
    """
    at = (keyed_hash64(purpose.encode(), b"%d" % number) % _UNITS) / _UNITS
    name = ""
    for name, share in shares.items():
        at -= share
        if at < 0:
            return name
    return name


def crowd_of(night: Night) -> Crowd:
    """The crowd of a night that can be simulated. Asserts that it has one."""
    assert night.crowd is not None, f"the night {night.name} has no [crowd]: it cannot be simulated"
    return night.crowd
