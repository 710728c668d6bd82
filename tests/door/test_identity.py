"""Who asks, as a header or a cookie says."""

import hypothesis.strategies as st
from hypothesis import given

from kickoff.door.identity import cookie, session_cookie, session_of
from kickoff.door.seam import Reply, Request
from tests.door.rig import N, Rig


def test_cookies_are_found_by_their_whole_name() -> None:
    """A cookie whose name ends alike is another one."""
    assert cookie("a=1; kickoff_session=xyz; b=2", "kickoff_session") == "xyz"
    assert cookie("kickoff_session=xyz", "kickoff_session") == "xyz"
    assert cookie("not_kickoff_session=1; kickoff_session=2", "kickoff_session") == "2"
    assert cookie("not_kickoff_session=1", "kickoff_session") == ""


def test_cookies_that_came_by_tls_never_go_without_it() -> None:
    """Only a trusted proxy is believed: else the first line of a stranger would decide."""
    rig = Rig()
    for scheme, is_proxied, is_secure in (("https", True, True), ("https", False, False), ("http", True, False)):
        request = Request(
            method="POST",
            path=f"{N}/tickets",
            headers={"x-forwarded-proto": scheme},
            body=b"{}",
            is_proxied=is_proxied,
            at_us=rig.now,
        )
        joined = rig.door.answer(request)
        assert isinstance(joined, Reply)
        for cookies in (dict(joined.headers)["Set-Cookie"], session_cookie(request, "token")[1]):
            assert ("Secure" in cookies) == is_secure


@given(st.text(alphabet="ab=; ", max_size=40))
def test_any_cookie_header_is_read_without_harm(header: str) -> None:
    """Strangers write it."""
    assert isinstance(cookie(header, "a"), str)


def test_a_session_comes_by_header_or_cookie() -> None:
    """Apps send the one, browsers the other; the header counts where both come."""
    rig = Rig()
    token = rig.session(7)
    for headers in ({"authorization": f"bearer {token}"}, {"cookie": f"x=y; kickoff_session={token}"}):
        request = Request(method="GET", path="/", headers=headers, at_us=rig.now)
        claims = session_of(rig.door.house, request)
        assert claims is not None
        assert claims.account == 7
    for headers in ({}, {"authorization": "Basic abc"}, {"cookie": "kickoff_session="}):
        assert session_of(rig.door.house, Request(method="GET", path="/", headers=headers, at_us=rig.now)) is None
