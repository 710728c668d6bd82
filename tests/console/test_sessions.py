from kickoff.console.sessions import Sessions, is_own_form
from kickoff.seals import Key, Seals
from tests.console.room import SEALS

HOUR_US = 3_600_000_000


def test_a_session_is_whose_it_is_until_it_ends() -> None:
    """Sealed, so that a console that starts again still knows its operators."""
    sessions = Sessions(SEALS, session_s=3600)
    cookie = sessions.begin("ana", at_us=0)
    session = Sessions(SEALS, session_s=3600).read(cookie, at_us=HOUR_US)
    assert session is not None
    assert session.name == "ana"
    assert sessions.read(cookie, at_us=HOUR_US + 1) is None


def test_other_cookies_are_nobodys() -> None:
    """None, garbage, another key's, another purpose's."""
    sessions = Sessions(SEALS, session_s=3600)
    stranger = Sessions(Seals((Key(id="k1", secret=b"t" * 32),)), session_s=3600)
    session = sessions.read(sessions.begin("ana", at_us=0), at_us=0)
    assert session is not None
    for cookie in (None, "", "x", stranger.begin("ana", at_us=0), SEALS.seal("operator", session)):
        assert sessions.read(cookie, at_us=0) is None


def test_a_form_belongs_to_one_session() -> None:
    """Two sessions carry two words."""
    sessions = Sessions(SEALS, session_s=3600)
    first, second = (sessions.read(sessions.begin("ana", at_us=0), at_us=0) for _ in range(2))
    assert first is not None
    assert second is not None
    assert is_own_form(first, first.csrf)
    assert not is_own_form(first, second.csrf)
    assert not is_own_form(first, "")
