"""Sign-in goes to the back end under the permit, and nobody loses a turn to it."""

import pytest

from kickoff.accounts.sessions import SESSION_DECODER, SESSION_PURPOSE
from kickoff.door.passes import PASS_S
from kickoff.door.seam import Forward, SignInOutcome
from kickoff.door.sign_in_meter import SignInMeter
from kickoff.door.tries import WAIT_S, WRONG_MAX
from kickoff.seals import account_subject
from kickoff.settings import DoorSettings
from kickoff.units import US_PER_S
from tests.door.rig import CLIENT, N, Rig


class CountingMeter(SignInMeter):
    """Counts whom a full permit sent away."""

    sent_away = 0

    def turn_away(self, *, count: int = 1) -> None:
        """So many more."""
        super().turn_away(count=count)
        self.sent_away += count


@pytest.fixture
def rig() -> Rig:
    """A door whose permit holds two."""
    return Rig(settings=DoorSettings(sign_in_at_once=2))


def test_who_signs_in_gets_a_session_and_comes_in_on_the_devices_place(rig: Rig) -> None:
    """From then on the household is known on all devices, and that place is its own."""
    way = rig.passed_device()
    forward = rig.signing_in(way)
    assert (forward.login, forward.password, forward.deadline_us) == ("l", "p", rig.now + 5 * US_PER_S)
    answer = rig.finished(forward, SignInOutcome.OK, account=42)
    assert answer.status == 201
    assert answer.json.keys() == {"session", "offer", "channels", "streams_max", "expires_at"}
    claims = rig.seals.open(SESSION_PURPOSE, answer.json["session"], SESSION_DECODER, at_us=rig.now)
    assert (claims.account, claims.offer, claims.streams_max) == (42, "sport", 2)
    assert answer.headers["Set-Cookie"].startswith(f"kickoff_session={answer.json['session']};")
    [signed_in] = rig.facts("signed_in")
    assert signed_in["subject"] == account_subject(rig.keys.subject_key, 42)
    assert (signed_in["place"], signed_in["duration_ms"], signed_in["offer"]) == (1, 40, "sport")
    body = {"pass": way, "channel": "canal-plus", "client": CLIENT}
    assert rig.ask("POST", f"{N}/leases", body, session=rig.session(42)).status == 201
    told = rig.join(42).json
    assert (told["lane"], told["place"]) == ("main", 1)


def test_a_household_with_two_places_is_let_in_once(rig: Rig) -> None:
    """Taking a second place with a device of unknown household gains nothing and loses nothing."""
    early, late = rig.passed_device(), rig.passed_device()
    for way in (late, early):
        rig.finished(rig.signing_in(way), SignInOutcome.OK, account=42)
    for way in (late, early):
        body = {"pass": way, "channel": "canal-plus", "client": CLIENT}
        assert rig.ask("POST", f"{N}/leases", body, session=rig.session(42)).status == 201
    assert rig.join(42).json["place"] == 2


def test_a_place_that_signs_several_households_in_locks_none_out(rig: Rig) -> None:
    """It lets the first in; the others wait for a place of their own, and get one."""
    way = rig.passed_device()
    for account in (42, 43):
        rig.finished(rig.signing_in(way), SignInOutcome.OK, account=account)
    body = {"pass": way, "channel": "canal-plus", "client": CLIENT}
    assert rig.ask("POST", f"{N}/leases", body, session=rig.session(42)).status == 201
    assert rig.ask("POST", f"{N}/leases", body, session=rig.session(43)).json["code"] == "no_pass"
    assert rig.watch(43).status == 201


def test_a_household_with_a_place_in_each_lane_is_let_in_once(rig: Rig) -> None:
    """The place that is let in stands; the other one lets nobody in."""
    known = rig.join(42).json
    way = rig.passed_device()
    rig.finished(rig.signing_in(way), SignInOutcome.OK, account=42)
    body = {"pass": way, "channel": "canal-plus", "client": CLIENT}
    assert rig.ask("POST", f"{N}/leases", body, session=rig.session(42)).status == 201
    assert (known["lane"], rig.join(42).json["lane"]) == ("known", "main")
    assert rig.ask("POST", f"{N}/passes", {"ticket": known["ticket"]}).json["code"] == "already_in"
    lanes = rig.door.reading(rig.night.at(rig.at_s)).lanes
    assert [(lanes[name].leased_total, lanes[name].sign_ins_total) for name in ("main", "known")] == [(1, 1), (0, 0)]


def test_who_came_in_as_known_and_signs_in_elsewhere_is_not_let_in_again(rig: Rig) -> None:
    """A second screen of a household inside goes by its stream limit, not by a second admission."""
    assert rig.watch(42).status == 201
    way = rig.passed_device()
    rig.finished(rig.signing_in(way), SignInOutcome.OK, account=42)
    assert rig.join(42).json["lane"] == "known"
    body = {"pass": way, "channel": "canal-plus", "client": CLIENT}
    assert rig.ask("POST", f"{N}/leases", body, session=rig.session(42)).status == 201
    assert len(rig.facts("readmitted")) == 1
    assert [fact["place"] for fact in rig.facts("leased")] == [1, -1]


@pytest.mark.parametrize("outcome", [SignInOutcome.WRONG_PASSWORD, SignInOutcome.UNKNOWN_ACCOUNT])
def test_a_wrong_password_and_an_unknown_account_read_alike(rig: Rig, outcome: SignInOutcome) -> None:
    """Nobody learns at the door which accounts exist; the journal does."""
    answer = rig.finished(rig.signing_in(rig.passed_device()), outcome)
    assert (answer.status, answer.json["code"]) == (401, "wrong_login")
    [failed] = rig.facts("sign_in_failed")
    assert failed["code"] == outcome
    assert {name: failed[name] for name in CLIENT} == CLIENT


@pytest.mark.parametrize("outcome", [SignInOutcome.OVERLOADED, SignInOutcome.TIMEOUT, SignInOutcome.ERROR])
def test_a_failing_back_end_costs_nobody_their_turn(rig: Rig, outcome: SignInOutcome) -> None:
    """503 with a time to come back; the pass stays good long after its own time."""
    token = rig.passed_device()
    answer = rig.finished(rig.signing_in(token), outcome)
    assert answer.status == 503
    assert 2 <= int(answer.headers["Retry-After"]) <= 4
    rig.at_s += PASS_S + 60
    assert rig.finished(rig.signing_in(token), SignInOutcome.OK, account=1).status == 201


def test_one_place_holds_one_sign_in_at_a_time(rig: Rig) -> None:
    """Else a single pass holds the whole permit, and nobody else signs in."""
    token, other = rig.passed_device(), rig.passed_device()
    first = rig.signing_in(token)
    body = {"night": "psg-juventus", "pass": token, "login": "l", "password": "p"}
    second = rig.ask("POST", "/v1/sessions", body)
    assert (second.status, second.json["code"], second.headers["Retry-After"]) == (429, "sign_in_busy", "2")
    rig.finished(rig.signing_in(other), SignInOutcome.OK, account=2)
    rig.finished(first, SignInOutcome.TIMEOUT)
    assert rig.signed_in(token, account=1).status == 201


def test_after_ten_wrong_passwords_a_place_tries_once_in_half_a_minute(rig: Rig) -> None:
    """A person who mistypes is not slowed; one who guesses is, and the others are not."""
    token, other = rig.passed_device(), rig.passed_device()
    for _ in range(WRONG_MAX):
        rig.finished(rig.signing_in(token), SignInOutcome.WRONG_PASSWORD)
    body = {"night": "psg-juventus", "pass": token, "login": "l", "password": "p"}
    for _ in range(2):
        slowed = rig.ask("POST", "/v1/sessions", body)
        assert (slowed.status, slowed.headers["Retry-After"]) == (429, "30")
        assert rig.finished(rig.signing_in(other), SignInOutcome.OK, account=2).status == 201
        rig.at_s += WAIT_S
        rig.finished(rig.signing_in(token), SignInOutcome.WRONG_PASSWORD)


def test_a_full_permit_prolongs_the_pass(rig: Rig) -> None:
    """Nobody loses a turn to a full permit; what was taken is given back."""
    tokens = [rig.passed_device() for _ in range(3)]
    first, _ = rig.signing_in(tokens[0]), rig.signing_in(tokens[1])
    body = {"night": "psg-juventus", "pass": tokens[2], "login": "l", "password": "p"}
    busy = rig.ask("POST", "/v1/sessions", body)
    assert (busy.status, busy.json["code"]) == (429, "sign_in_busy")
    assert 2 <= int(busy.headers["Retry-After"]) <= 4
    rig.finished(first, SignInOutcome.OK, account=1)
    rig.at_s += PASS_S + 60
    assert rig.finished(rig.signing_in(tokens[2]), SignInOutcome.OK, account=2).status == 201


def test_who_meets_a_full_permit_is_counted_as_one_who_comes_again(rig: Rig) -> None:
    """Else the controller calls more and more people to a full house."""
    rig.door.house.sign_ins = meter = CountingMeter()
    tokens = [rig.passed_device() for _ in range(3)]
    for token in tokens[:2]:
        rig.signing_in(token)
    for token in (*tokens[2:], tokens[0]):
        body = {"night": "psg-juventus", "pass": token, "login": "l", "password": "p"}
        assert rig.ask("POST", "/v1/sessions", body).json["code"] == "sign_in_busy"
    assert meter.sent_away == 1


def test_a_pass_that_met_nobody_ends_and_the_ticket_gives_another(rig: Rig) -> None:
    """Passes are permission to use the back end now."""
    token = rig.passed_device()
    rig.at_s += PASS_S + 1
    body = {"night": "psg-juventus", "pass": token, "login": "l", "password": "p"}
    assert rig.ask("POST", "/v1/sessions", body).json["code"] == "expired"


def test_without_a_pass_nobody_reaches_the_back_end(rig: Rig) -> None:
    """The line protects it."""
    for body in (
        {"night": "psg-juventus", "login": "l", "password": "p"},
        {"night": "psg-juventus", "pass": rig.join().json["ticket"], "login": "l", "password": "p"},
    ):
        assert rig.ask("POST", "/v1/sessions", body).status == 401
    assert rig.ask("POST", "/v1/sessions", {"night": "other", "login": "l", "password": "p"}).status == 400


def test_with_the_door_open_everybody_reaches_it() -> None:
    """No pass, no permit, no deadline: what happens without a door."""
    rig = Rig(is_open=True, settings=DoorSettings(sign_in_at_once=1))
    forwards = [rig.raw("POST", "/v1/sessions", {"login": "l", "password": "p"}) for _ in range(5)]
    for forward in forwards:
        assert isinstance(forward, Forward)
        assert forward.deadline_us is None
        assert rig.finished(forward, SignInOutcome.TIMEOUT).status == 503
    assert rig.door.house.counts.sign_in_failed == 5
