from pathlib import Path

from kickoff.accounts.roster import PASSWORD, login_of, offer_of
from kickoff.backend.subscribers import HASHER, Subscribers, make_subscribers
from tests.backend.small_night import small_night


def test_the_database_is_the_roster(tmp_path: Path) -> None:
    """Crowd, journal and back end speak of the same accounts and offers."""
    night, path = small_night(), tmp_path / "subscribers.sqlite"
    assert make_subscribers(path, night) == 50
    subscribers = Subscribers(path)
    for account in (1, 50):
        found = subscribers.find(login_of(account))
        assert found is not None
        assert (found.account, found.offer) == (account, offer_of(night, account))
        assert HASHER.verify(found.password_hash, PASSWORD)
    assert subscribers.find(login_of(51)) is None
    subscribers.close()


def test_passwords_are_hashed_as_owasp_asks(tmp_path: Path) -> None:
    """19 MiB, two passes, one lane: the cost of a sign-in is real."""
    path = tmp_path / "subscribers.sqlite"
    make_subscribers(path, small_night())
    subscribers = Subscribers(path)
    found = subscribers.find(login_of(7))
    subscribers.close()
    assert found is not None
    assert found.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_making_it_again_replaces_it(tmp_path: Path) -> None:
    """A back end that is started again reads the night as it is now."""
    path = tmp_path / "subscribers.sqlite"
    path.write_bytes(b"half a database")
    assert make_subscribers(path, small_night()) == 50
