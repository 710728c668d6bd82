"""Who brings a token that is not accepted is told from the journal: who tries, from where, and what it looks like."""

from pathlib import Path

import msgspec
import pytest

from kickoff.aftermath.answers import incidents, verdict
from kickoff.aftermath.answers import read as read_evening
from kickoff.aftermath.journal import JournalView
from kickoff.findings import Cause, Verdict
from kickoff.playback.claims import LEASE_PURPOSE, LeaseClaims
from kickoff.playback.claims import Client as Player
from kickoff.plumbing.record_log import open_log
from kickoff.seals import Seals, account_subject
from kickoff.waiting_room.tickets import PASS_PURPOSE, TICKET_PURPOSE, Client, PassClaims, TicketClaims
from tests.door.rig import CLIENT, N, Rig, keys, night_text

FORGERS = Seals(keys(99).seals)
FORGED = Client("web", "7.1.9", "isp-d", "north")
HOUSEHOLDS, NETWORKS, FORGED_TOKENS = 1_200, 300, 1_500


@pytest.fixture
def rig() -> Rig:
    """A door, and somebody in a network of their own."""
    rig = Rig()
    rig.peer = "192.0.2.7"
    return rig


def ticket(rig: Rig, subject: int, **changes: object) -> TicketClaims:
    """What a ticket for the first place says."""
    claims = TicketClaims(
        night=rig.night.name,
        lane="main",
        place=1,
        subject=subject,
        joined_at=rig.now,
        offer="",
        client=FORGED,
        expires_at=rig.door.house.expires_at,
    )
    return msgspec.structs.replace(claims, **changes)


def refused(rig: Rig) -> list[tuple[int, int, str, str, str, str]]:
    """(subject, network, device, app, provider, region) of each token that was refused."""
    rows = rig.facts("refused")
    assert {row["code"] for row in rows} <= {"bad_token"}
    return [
        (row["subject"], row["source"], row["device"], row["app"], row["isp"], row["region"]) for row in rows
    ]  # fmt: skip


def test_made_up_words_take_no_room_from_those_who_are_let_in(rig: Rig) -> None:
    """A journal learns so many words: thousands of forged ones made every provider of the evening "(other)"."""
    for number in range(2_000):
        forged = ticket(rig, number, client=Client("web", f"v{number}", f"isp{number}", "north"))
        rig.ask("POST", f"{N}/passes", {"ticket": FORGERS.seal(TICKET_PURPOSE, forged)})
        rig.at_s += 0.002
    assert len({row[4] for row in refused(rig)}) < 600


def network(rig: Rig) -> int:
    """The pseudonym of whoever asks now."""
    return rig.door.house.networks.of(rig.peer, rig.now).source


def test_a_forged_ticket_is_recorded_with_its_network_and_what_it_says_of_itself(rig: Rig) -> None:
    """Without them much of it was one sign, and token abuse could never be called what it is."""
    rig.ask("POST", f"{N}/passes", {"ticket": FORGERS.seal(TICKET_PURPOSE, ticket(rig, 4711))})
    assert refused(rig) == [(4711, network(rig), *FORGED)]
    assert network(rig) != 0


def test_a_forged_pass_and_a_forged_lease_say_as_much(rig: Rig) -> None:
    """Each operation that takes a token records who brought it."""
    way_in = PassClaims(
        night=rig.night.name, lane="main", place=1, subject=11, offer="", client=FORGED, good_until=rig.now,
        expires_at=rig.door.house.expires_at,
    )  # fmt: skip
    stream = LeaseClaims(
        night=rig.night.name, account=3, subject=12, stream=9, offer="sport", streams_max=2, channel="canal-plus",
        cdn="north", client=Player(*FORGED), granted_at=rig.now, expires_at=rig.door.house.expires_at,
    )  # fmt: skip
    token = FORGERS.seal(LEASE_PURPOSE, stream)
    rig.ask("POST", f"{N}/sessions", {"pass": FORGERS.seal(PASS_PURPOSE, way_in), "login": "l", "password": "p"})
    rig.beat(token, sta="p")
    rig.ask("DELETE", f"{N}/leases/{token}")
    rig.ask("POST", f"{N}/beacons", {"lease": token, "sta": "p"})
    assert refused(rig) == [(subject, network(rig), *FORGED) for subject in (11, 12, 12, 12)]


def test_what_a_forged_token_says_opens_nothing_and_changes_nobodys_standing(rig: Rig) -> None:
    """It names a household that is inside: the household notices nothing."""
    rig.watch(7)
    own = account_subject(rig.door.house.subject_key, 7)
    answer = rig.ask("POST", f"{N}/passes", {"ticket": FORGERS.seal(TICKET_PURPOSE, ticket(rig, own))})
    assert (answer.status, answer.json["code"]) == (401, "bad_token")
    assert rig.door.house.place_of(own) == ("known", 1)
    assert rig.join(7).status == 200


def test_who_shows_who_they_are_is_that_whatever_the_token_says(rig: Rig) -> None:
    """A session or a device's token is proven; what a forged ticket names is not."""
    token = {"ticket": FORGERS.seal(TICKET_PURPOSE, ticket(rig, 4711))}
    rig.ask("POST", f"{N}/passes", token, session=rig.session(7))
    device = rig.join().headers["X-Kickoff-Device"]
    joined = rig.facts("joined")[-1]["subject"]
    rig.ask("POST", f"{N}/passes", token, headers={"x-kickoff-device": device})
    assert [row[0] for row in refused(rig)] == [account_subject(rig.door.house.subject_key, 7), joined]


def test_a_token_that_says_nothing_stands_for_who_brought_it(rig: Rig) -> None:
    """The same twice is one who tries twice; none at all is nobody."""
    for text in ("ticket.k.nothing.0", "ticket.k.nothing.0", "ticket.k.else.0", ""):
        rig.ask("POST", f"{N}/passes", {"ticket": text})
    subjects = [row[0] for row in refused(rig)]
    assert subjects[0] == subjects[1] != subjects[2]
    assert subjects[3] == -(2**63)
    assert {row[1:] for row in refused(rig)} == {(network(rig), "", "", "", "")}


@pytest.mark.parametrize(
    "changes",
    [{"subject": 2**63}, {"subject": 2**64 - 1}, {"client": Client("x" * 41)}],
    ids=["beyond", "far beyond", "wordy"],
)
def test_a_forged_token_writes_nothing_that_a_fact_cannot_hold(rig: Rig, changes: dict[str, object]) -> None:
    """Whoever forged it may have written anything: it is refused as any other."""
    claims = msgspec.structs.replace(ticket(rig, 1), **changes)
    answer = rig.ask("POST", f"{N}/passes", {"ticket": FORGERS.seal(TICKET_PURPOSE, claims)})
    assert (answer.status, answer.json["code"]) == (401, "bad_token")
    assert [row[2:] for row in refused(rig)] == [("", "", "", "")]


def test_a_ticket_of_last_week_names_its_household(rig: Rig) -> None:
    """It is ours: who comes with it and then takes a place is one household that went on, and no forger."""
    stale = ticket(rig, 5, expires_at=rig.now - 1), ticket(rig, 6, night="last-week")
    for claims in stale:
        rig.ask("POST", f"{N}/passes", {"ticket": rig.seals.seal(TICKET_PURPOSE, claims)})
    assert [row[0] for row in refused(rig)] == [5, 6]


def test_a_claim_of_no_guest_is_recorded_as_whoever_asked_for_the_place(rig: Rig) -> None:
    """As every other refusal of a place is."""
    rig.join(7, claim="guest.k.forged.0")
    own = account_subject(rig.door.house.subject_key, 7)
    assert refused(rig) == [(own, network(rig), *CLIENT.values())]


class Played:
    """An evening at one door, in its journal on a disk: households of many networks join, come in and watch."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        night = folder / "psg-juventus"
        self.rig = Rig(log=open_log(night / "log", writer="door", file_bytes_max=2**28))  # type: ignore[arg-type]
        (night / "night.toml").write_text(night_text(), "utf-8")

    def household(self, number: int) -> None:
        """Joins, is called, watches."""
        rig = self.rig
        rig.at_s = 30 + number / 10
        rig.peer = f"10.{number % NETWORKS // 200}.{number % 200}.1"
        look = {
            "device": ("tv", "web", "phone")[number % 3],
            "app": f"7.{number % 4}",
            "isp": f"isp-{number % 5}",
            "region": f"r{number % 7}",
        }
        session = rig.session(number + 1)
        place = rig.ask("POST", f"{N}/tickets", {"client": look}, session=session).json
        rig.serve(place["place"])
        way_in = rig.ask("POST", f"{N}/passes", {"ticket": place["ticket"]}).json["pass"]
        body = {"pass": way_in, "channel": "canal-plus", "client": look}
        assert rig.ask("POST", f"{N}/leases", body, session=session).status == 201

    def forger(self, number: int, *, readable: bool) -> None:
        """One forged ticket more; each made-up device tries three times."""
        rig, subject = self.rig, 90_000_000 + number // 3
        rig.peer = f"203.0.113.{number % 200}"
        token = FORGERS.seal(TICKET_PURPOSE, ticket(rig, subject)) if readable else f"ticket.k.{subject}.0"
        rig.ask("POST", f"{N}/passes", {"ticket": token})

    def verdict(self) -> Verdict:
        """What `kickoff explain` says at the end."""
        evening = read_evening(JournalView(self._folder, "psg-juventus"))
        return verdict(evening, incidents(evening))


@pytest.mark.parametrize("readable", [True, False])
def test_a_burst_of_forged_tokens_from_one_network_is_called_malice(tmp_path: Path, *, readable: bool) -> None:
    """End to end: at the door, through its log, to the verdict. It hurt nobody, and is told all the same."""
    evening = Played(tmp_path)
    for number in range(HOUSEHOLDS):
        evening.household(number)
        if 200 <= number < 500:
            for one in range(FORGED_TOKENS // 300):
                evening.forger((number - 200) * FORGED_TOKENS // 300 + one, readable=readable)
    found = evening.verdict()
    assert found.verdict is Cause.MALICE
    assert any("on its network" in one.fact and one.favours is Cause.MALICE for one in found.evidence)


def test_the_same_evening_without_forgers_is_one_of_nothing(tmp_path: Path) -> None:
    """What is called malice is the burst."""
    evening = Played(tmp_path)
    for number in range(HOUSEHOLDS):
        evening.household(number)
    assert evening.verdict().verdict is Cause.NONE


def test_an_app_that_brings_last_weeks_tickets_is_no_attack(tmp_path: Path) -> None:
    """As many refusals, but each from a home of its own, and all of them come in."""
    evening = Played(tmp_path)
    rig = evening.rig
    for number in range(HOUSEHOLDS):
        if 200 <= number < 500:
            rig.peer = f"10.{number % NETWORKS // 200}.{number % 200}.1"
            own = account_subject(rig.door.house.subject_key, number + 1)
            for _ in range(FORGED_TOKENS // 300):
                stale = rig.seals.seal(TICKET_PURPOSE, ticket(rig, own, night="last-week"))
                rig.ask("POST", f"{N}/passes", {"ticket": stale})
        evening.household(number)
    assert rig.door.house.refused["bad_token"] == FORGED_TOKENS
    assert evening.verdict().verdict is not Cause.MALICE
