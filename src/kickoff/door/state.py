"""What does the door know? Everything that requests read and change, in one place; no socket and no clock in it."""

import secrets
from collections import Counter
from collections.abc import Callable
from typing import Protocol

import msgspec
from msgspec import Struct

from kickoff.accounts.pairing import Pairings
from kickoff.accounts.roster import pick
from kickoff.admission.grace import Grace, Side
from kickoff.admission.orders import Health, Orders
from kickoff.admission.permit import Outcome, Permit
from kickoff.admission.sharing import SHARE_MIN, longest
from kickoff.door.answer_codes import AnswerCodes
from kickoff.door.event_book import EventBook
from kickoff.door.health_posts import HealthPosts
from kickoff.door.journal import Journal, Log
from kickoff.door.lottery import Lottery
from kickoff.door.networks import Heat, Networks, Redeemed
from kickoff.door.proofs import Proofs
from kickoff.door.sign_in_meter import SignInMeter
from kickoff.door.spares import Spares
from kickoff.door.televisions import Televisions
from kickoff.door.telling import TellingJournal
from kickoff.door.tries import Tries
from kickoff.facts import LANE_NAMES, Fact, Lane, Row
from kickoff.night import Night
from kickoff.playback.kinds import Kinds
from kickoff.playback.leases import LeaseTable
from kickoff.playback.token_kinds import TokenKind, readers_of, signer_of
from kickoff.playback.tokens import Verifier, life_s
from kickoff.plumbing.key_files import Keys, jwks
from kickoff.seals import Seals
from kickoff.settings import DoorSettings
from kickoff.signatures import public_raws
from kickoff.units import US_PER_S, AtUs, Place
from kickoff.waiting_room.calls import PASSED, USED
from kickoff.waiting_room.index import ABSENT, PackedIndex
from kickoff.waiting_room.line import LANES, Line, lines
from kickoff.waiting_room.places import Blocks, unpacked
from kickoff.waiting_room.snapshot import LaneStatus, LineState, Snapshot, status_object

GRACE_AFTER_END_S = 3600
"""Tokens of a night live on for an hour after its end: a long match, a late clock."""
LEASES_PER_PLACE = 4
REFUSALS_RECORDED_PER_S = 1000
"""Refusals beyond it are counted but not recorded: nobody fills the journal by asking."""
SAID = ("device", "app", "isp", "region")
REFUSED_WORDS_MAX = 512
"""That refusals may bring into the journal; the rest is "(other)", and those who are let in keep their names."""
BITRATE_BEATS = 1000


class SignInPermit(Protocol):
    """The permit in front of the back end's sign-in; what is taken must be given back."""

    def take(self) -> bool:
        """Take one; False: full."""

    def give_back(self, outcome: Outcome) -> None:
        """Give one back and say how it went."""

    def follow(self, capacity_per_s: float) -> None:
        """Set the limit by measured capacity."""

    @property
    def limit(self) -> int:
        """Calls that may be in hand at once."""


class Process(Struct, frozen=True, kw_only=True):
    """One of those who share the night, as it was last heard."""

    name: str
    at: int
    """When it said so, by its own clock, µs UTC."""
    is_door: bool


class Counts(Struct, kw_only=True):
    """Totals since the start of the night; they never fall."""

    joined: int = 0
    passed: int = 0
    leased: int = 0
    signed_in: int = 0
    sign_in_failed: int = 0
    started: int = 0
    start_failed: int = 0
    ended: int = 0
    readmitted: int = 0
    reported: int = 0
    beats: int = 0


class StreamNumbers(Protocol):
    """Numbers of streams that no other door gives."""

    def take(self) -> int | None:
        """The next; None: the next block is still on its way."""


class House:
    """The state of one door for one night. The operations (`tickets.py`, `passes.py` …) read and change it."""

    def __init__(
        self,
        night: Night,
        keys: Keys,
        *,
        log: Log,
        places: Blocks | None,
        settings: DoorSettings,
        live_base: str,
        backend_open: bool,
        draw: Callable[[], int],
    ) -> None:
        self.night = night
        self.rules = night.door
        self.settings = settings
        self.backend_open = backend_open
        self.draw = draw
        self.keys_of(keys)
        self.starts_at = night.at(0)
        self.ladder_kbps = night.ladder_kbps
        self.expires_at = night.at(night.schedule.end + GRACE_AFTER_END_S)
        self.live_base = live_base
        self.journal = Journal(log) if places else TellingJournal(log)
        self.index = PackedIndex(self.rules.line_max)
        self.places = places
        self.lines = lines(places)
        rows_max = self.rules.line_max * LEASES_PER_PLACE
        heads = PackedIndex(self.rules.line_max)
        self.leases = LeaseTable(heads, epoch_us=self.starts_at, rows_max=rows_max, channels=night.channels)
        self.kinds, self.events = Kinds(), EventBook()
        self.pairings = Pairings(is_shared=places is None)
        self.networks = Networks(
            keys.source_key,
            places_per_s=settings.joins_per_network_per_s,
            strangers_per_min=settings.strangers_per_network_per_min,
        )
        self.proofs, self.heat = Proofs(keys.source_key, cost=settings.proof_cost), Heat()
        self.redeemed, self.spares, self.grace, self.televisions = Redeemed(), Spares(), Grace(), Televisions()
        self.permit: SignInPermit = Permit(deadline_s=settings.sign_in_deadline_s, at_once=settings.sign_in_at_once)
        self.sign_ins = SignInMeter()
        self.tries, self.counts = Tries(), Counts()
        self.streams: StreamNumbers | None = None
        """Where many doors give streams their numbers; None: the table of leases counts them itself."""
        self.refused, self._refused_words = Counter[str](), set[tuple[str, str]]()
        self.refusals_left, self.refusals_at = float(REFUSALS_RECORDED_PER_S), self.starts_at
        self.leads = True
        """Whether this process speaks for the house: calls, the match and the rate are recorded where it is so."""
        self._hear_nothing()
        self.lottery = Lottery(night.name, keys.source_key, enabled=self.rules.draw, is_shared=self.is_shared)
        self.show(first_snapshot(night))

    def _hear_nothing(self) -> None:
        """What the evening changes, before it begins: no wish of the operator, no word of the back end, nobody in."""
        self.wished_at = 0
        """When the operator last wanted something."""
        self.paused = self.is_ready = False
        self.cap_per_s: float | None = None
        self.notice: dict[str, str] = {}
        self.incident = ""
        self.pin_s: float | None = None
        """The heartbeat interval that the operator sets; None: as ordered."""
        self.ladder_step: int | None = None
        """Rungs of the ladder of bitrates that the operator caps; None: as ordered."""
        self.drains = False
        """No new places are given; whoever holds one keeps it."""
        self.guaranteed: dict[str, float] = {}
        """Lane → its least share of whatever binds, where the operator says one."""
        self.queues = False
        """Everybody waits who does not watch, those called too."""
        self.codes = AnswerCodes()
        self.doors_at: AtUs | None = None
        """When the doors open, where the operator says so; None: as planned."""
        self.ends_at: AtUs | None = None
        self.draw_at: AtUs | None = None
        """From when places are given, where the operator says so; None: as planned."""
        self.crew: tuple[Process, ...] = ()
        """Those who share the night, this one too; empty: nobody does."""
        self.leader = ""
        """Who of them leads, as far as is known."""
        self.log_lines_lost = 0
        """Of the access logs that the conductor follows: lines that said nothing."""
        self.unheard = 0
        """Events of other doors that this one has not heard: they stand in their logs alone."""
        self.health: tuple[Health, ...] = ()
        self.posts = HealthPosts()
        self.orders: Orders | None = None
        self.bitrate_kbps = 0.0
        self._inside, self._inside_at, self._inside_of = 0.0, 0, 0
        self._held, self._held_at, self._held_of = 0, 0, 0

    def keys_of(self, keys: Keys) -> None:
        """Take a ring of keys: at the start, and again after a rotation."""
        self.seals = Seals(keys.seals)
        signs = self.settings.playback_token
        public = dict(pair for key in keys.signing for pair in public_raws(key.id, key.seed).items())
        self.signer = signer_of(TokenKind(signs), keys.signing[0].id, keys.signing[0].seed)
        accepted = frozenset(map(TokenKind, (self.settings.playback_tokens_accepted or signs).split(",")))
        self.verifier = Verifier(public, night=self.night.name, readers=readers_of(accepted))
        self.jwks = jwks(keys)
        self.subject_key = keys.subject_key

    def show(self, snapshot: Snapshot) -> None:
        """Replace what everybody is told."""
        self.snapshot = snapshot
        self.status = status_object(
            snapshot, draw=self.lottery.shown(self.lines), waiting_status=self.codes.waiting, late=self.grace.waiting()
        )
        self.beat_ms = round(snapshot.beat_s * 1000)

    def grant(self, subject: int, *, channel: str, device: str, at_us: int) -> int | None:
        """A new stream's number; None: none is at hand this moment."""
        if self.streams is None:
            return self.leases.grant(subject, channel=channel, device=device, at_us=at_us)
        row = self.streams.take()
        if row is None or not self.leases.reinstate(row, subject, channel=channel, device=device, at_us=at_us):
            return None
        return row

    def call(self, line: Line, upto: int, *, at: int) -> None:
        """Call everyone of the lane up to the place; one fact a step. Numbers that nobody has are gone over."""
        before = line.calls.called_total
        for first, last in line.book.skips:
            if line.calls.serving < last and first <= upto:
                line.calls.call(first - 1, at=at)
                line.calls.go_over(last)
        line.calls.call(upto, at=at)
        if line.calls.called_total > before and self.leads:
            self.journal.record(Row(at=at, fact=Fact.CALLED, lane=line.lane, place=upto))

    @property
    def is_shared(self) -> bool:
        """Whether other doors stand in the same line."""
        return self.places is None

    @property
    def longest(self) -> Line:
        """The lane in which most people wait: where one lane must stand for all, it does."""
        return self.lines[longest({name: line.waiting for name, line in self.lines.items()})]

    def place_of(self, subject: int) -> tuple[str, int] | None:
        """(lane, place) that stands for a household or device; None where it holds none."""
        word = self.index.get(subject)
        if word == ABSENT:
            return None
        lane, place, _ = unpacked(word)
        return LANE_NAMES[lane], place

    def came_in_by_another_lane(self, subject: int, lane: str) -> bool:
        """Whether the household was let in on a place of another lane: it is not let in a second time."""
        standing = self.place_of(subject)
        if standing is None or standing[0] == lane or not self.leases.has_been_inside(subject):
            return False
        return self.lines[standing[0]].calls.is_marked(standing[1], USED)

    def held(self, at_us: int) -> int:
        """Leases that may still be watched: what a hard cap counts. Looked at once a second, as `inside` is."""
        if abs(at_us - self._held_at) >= US_PER_S:
            self._held_at = at_us
            self._held = self.leases.watchable(at_us=at_us, life_s=life_s(beat_s_max=self.rules.beat_s_max))
            self._held_of = self.leases.open_total
        return self._held + self.leases.open_total - self._held_of

    def is_full_house(self, at_us: int) -> bool:
        """Whether one more new stream would be more than the licence allows."""
        return not self.backend_open and self.held(at_us) >= self.rules.inside_max

    def inside(self, at_us: int) -> float:
        """Leases weighted by the chance that they still watch; computed once a second, it looks at all of them."""
        if abs(at_us - self._inside_at) >= US_PER_S:
            self._inside_at = at_us
            self._inside = self.leases.inside(at_us=at_us, beat_ms=self.beat_ms)
            self._inside_of = self.leases.open_total
        # Who came or left since then counts at once: a hard cap is broken within less than a second.
        return self._inside + self.leases.open_total - self._inside_of

    def played(self, bitrate_kbps: int) -> None:
        """A beat named its bitrate: the mean of the last thousand or so is what the networks carry for each viewer."""
        known = self.bitrate_kbps
        self.bitrate_kbps = known + (bitrate_kbps - known) / BITRATE_BEATS if known else float(bitrate_kbps)

    def played_many(self, bitrate_kbps: float, beats: int) -> None:
        """So many beats named bitrates, this one in the mean."""
        kept = (1 - 1 / BITRATE_BEATS) ** beats if self.bitrate_kbps else 0.0
        self.bitrate_kbps = bitrate_kbps + kept * (self.bitrate_kbps - bitrate_kbps)

    def refuse(self, row: Row) -> None:
        """Count a refusal and, within the bound, record it."""
        self.refused[row.code] += 1
        passed_s = max(0, row.at - self.refusals_at) / US_PER_S
        self.refusals_left = min(REFUSALS_RECORDED_PER_S, self.refusals_left + passed_s * REFUSALS_RECORDED_PER_S)
        self.refusals_at = AtUs(max(self.refusals_at, row.at))
        if self.refusals_left >= 1:
            self.refusals_left -= 1
            self.journal.record(self._in_few_words(row))

    def _in_few_words(self, row: Row) -> Row:
        """Whoever is refused may have made up what they say, and a journal learns a bounded number of words."""
        unheard = {name for name in SAID if (name, getattr(row, name)) not in self._refused_words}
        if len(self._refused_words) + len(unheard) > REFUSED_WORDS_MAX:
            return msgspec.structs.replace(row, **dict.fromkeys(unheard, "(other)"))
        self._refused_words |= {(name, getattr(row, name)) for name in unheard}
        return row

    def is_full_for(self, line: Line, place: int, at_us: int) -> bool:
        """Whether a called person is met by a full house, or by an operator who queues everyone: then they are next."""
        ceiling = self.snapshot.admit_max
        if self.backend_open or (not self.queues and ceiling is None):
            return False
        room = 0 if self.queues or ceiling is None else ceiling - self.counts.passed
        if (room > 0 and self.grace.is_empty) or line.calls.is_marked(place, PASSED):
            return False
        side = Side.LATE if self.late_us(line, place, at_us) > 0 else Side.IN_TIME
        share = self.guaranteed.get(Lane.GRACE, SHARE_MIN)
        return not self.grace.lets_in(side, (str(line.lane), place), room=room, at_us=at_us, share=share)

    def late_us(self, line: Line, place: int, at_us: int) -> int:
        """How long after its time a called place is redeemed; 0 and less: in time."""
        return at_us - line.calls.called_at(place) - round(self.snapshot.call_s * US_PER_S)

    def alternatives(self, channel: str) -> list[dict[str, str]]:
        """Other ways to watch the channel; those that name no channel are for all."""
        return [
            {"fr": other.fr, "en": other.en}
            for other in self.night.alternatives
            if not other.channels or channel in other.channels
        ]

    def cdns_for(self, number: int) -> tuple[str, ...]:
        """The delivery networks of a stream in order of preference: one drawn by the shares, then the larger ones."""
        chosen = pick(self.night.cdns, number, purpose="cdn")
        others = sorted((name for name in self.night.cdns if name != chosen), key=lambda name: -self.night.cdns[name])
        return chosen, *others


def first_snapshot(night: Night) -> Snapshot:
    """What is told before the first tick: nobody is called yet."""
    infinite = (float("inf"), float("inf"), float("inf"))
    return Snapshot(
        at=night.at(0),
        state=LineState.BEFORE,
        epoch=0,
        lanes={str(lane): LaneStatus(serving=Place(0), rate_per_s=0.0, eta=infinite) for lane in LANES},
        poll_s=night.door.poll_s,
        beat_s=night.door.beat_s,
        call_s=night.door.call_s,
        draw_at=None if night.schedule.draw is None else night.at(night.schedule.draw),
    )


def random_number() -> int:
    """A device's number: nobody can guess another's."""
    return secrets.randbits(62)


JSON = msgspec.json.Encoder()
