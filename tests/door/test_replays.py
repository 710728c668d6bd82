"""Tokens that are shown again, changed, cut, or brought from elsewhere: one place, and a reason in words."""

import msgspec
import pytest

from tests.door.rig import CLIENT, Answer, N, Rig, keys

REPLAYS = 100_000
REFUSED = {"bad_token", "expired", "no_pass", "no_session"}


def test_one_cookie_shown_a_hundred_thousand_times_is_one_place() -> None:
    """A script that asks without end stands in line once: the index knows the device, whatever it sends."""
    rig = Rig()
    first = rig.join()
    cookie = {"cookie": f"a=b; kickoff_device={first.headers['X-Kickoff-Device']}; c=d"}
    body = b'{"client":{"device":"tv"}}'
    places = {rig.raw("POST", f"{N}/tickets", body, cookie).status for _ in range(REPLAYS)}  # type: ignore[union-attr]

    assert places == {200}
    assert rig.ask("POST", f"{N}/tickets", body, headers=cookie).json["place"] == first.json["place"] == 1
    assert rig.door.house.lines["main"].book.last_given == 1
    assert len(rig.door.house.index) == 1
    assert len(rig.facts("joined")) == 1


def test_one_session_on_a_thousand_devices_is_one_place() -> None:
    """A household that shares its session stands in line once; a device's cookie beside it changes nothing."""
    rig = Rig()
    session = rig.session(7)
    devices = [str(rig.join().headers["X-Kickoff-Device"]) for _ in range(10)]
    found = {
        rig.ask("POST", f"{N}/tickets", {}, session=session, headers={"x-kickoff-device": devices[n % 10]}).json[
            "place"
        ]
        for n in range(1_000)
    }
    assert found == {1}
    assert rig.door.house.lines["known"].book.last_given == 1


def test_one_ticket_redeemed_again_and_again_is_one_admission() -> None:
    """Every pass of it names the same place, and the house counts one."""
    rig = Rig()
    ticket = rig.join(7).json["ticket"]
    rig.serve(1)
    assert {rig.ask("POST", f"{N}/passes", {"ticket": ticket}).status for _ in range(1_000)} == {201}
    assert rig.door.house.counts.passed == 1
    assert len(rig.facts("passed")) == 1


def refused(answer: Answer) -> bool:
    """Whether it was refused, with a problem document that says which."""
    return answer.status in {401, 403} and answer.json["code"] in REFUSED and bool(answer.json["title"])


class Shown:
    """A viewer's four tokens, and the calls that take each of them alone."""

    def __init__(self, rig: Rig, ring: Rig | None = None) -> None:
        """`ring`: whose door gave the tokens, if another's than the one that is asked."""
        self.rig = rig
        giver = ring or rig
        ticket = giver.join(7).json["ticket"]
        giver.serve(1)
        passed = giver.ask("POST", f"{N}/passes", {"ticket": ticket}).json["pass"]
        lease = giver.watch(8).json["lease"]
        self.tokens = {"ticket": ticket, "pass": passed, "session": giver.session(7), "lease": lease}

    def show(self, purpose: str, token: str) -> Answer:
        """Show a token where it is asked for."""
        rig = self.rig
        wish = {"channel": "canal-plus", "client": CLIENT}
        if purpose == "ticket":
            return rig.ask("POST", f"{N}/passes", {"ticket": token})
        if purpose == "pass":
            return rig.ask("POST", f"{N}/leases", {"pass": token, **wish}, session=rig.session(7))
        if purpose == "session":
            headers = {"authorization": f"Bearer {token}"}
            return rig.ask("POST", f"{N}/leases", {"pass": self.tokens["pass"], **wish}, headers=headers)
        return rig.ask("POST", f"{N}/leases/{token}/beats", {"sta": "p"})


PURPOSES = ("ticket", "pass", "session", "lease")


@pytest.mark.parametrize("purpose", PURPOSES)
def test_every_flipped_bit_and_every_cut_is_refused(purpose: str) -> None:
    """Nobody edits a place, a household or a stream into a token."""
    shown = Shown(Rig())
    token = shown.tokens[purpose]
    raw = token.encode()
    changed = [
        bytes((*raw[:at], raw[at] ^ 1 << bit, *raw[at + 1 :])).decode("latin-1")
        for at in range(len(raw))
        for bit in range(8)
        # What is no character of a path never comes to the door as one.
        if purpose != "lease" or chr(raw[at] ^ 1 << bit) not in "/\x00\r\n"
    ]
    for text in (*changed, *(token[:length] for length in range(1, len(token)))):
        assert refused(shown.show(purpose, text)), text
    assert not refused(shown.show(purpose, token)), "the token itself is good"


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_token_of_another_ring_of_keys_is_refused(purpose: str) -> None:
    """A key that was rotated away, or one that was never ours: both are a stranger's."""
    shown = Shown(Rig(), Rig(ring=keys(50)))
    assert refused(shown.show(purpose, shown.tokens[purpose]))


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_token_of_one_purpose_is_none_of_another(purpose: str) -> None:
    """The purpose is sealed in: a ticket is no session, a pass no lease."""
    shown = Shown(Rig())
    for other in PURPOSES:
        if other != purpose:
            assert refused(shown.show(purpose, shown.tokens[other]))


def test_a_ticket_of_another_night_is_refused() -> None:
    """The season's keys are the same; the line is not."""
    rig = Rig()
    ticket = Shown(rig).tokens["ticket"]
    other = Rig()
    other.door.house.night = msgspec.structs.replace(other.night, name="next-night")
    answer = other.ask("POST", f"{N}/passes", {"ticket": ticket})
    assert (answer.status, answer.json["code"]) == (401, "bad_token")
    assert [row["code"] for row in other.facts("refused")] == ["bad_token"]
