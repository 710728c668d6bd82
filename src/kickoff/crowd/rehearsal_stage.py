"""How do simulated people live through a rehearsal? The same lives as over real HTTP, with virtual time and network.

A life (`life.live`) is a generator of acts; here each act is answered by the door itself, or by the simulated back
end, a round trip later on the virtual clock.
"""

from urllib.parse import urlsplit

import msgspec
import numpy as np

from kickoff.accounts.sessions import SESSION_PURPOSE, session_claims
from kickoff.crowd.acts import Answer, Ask, Life, Pause, Server
from kickoff.crowd.attackers import bots
from kickoff.crowd.calls import Status
from kickoff.crowd.http import device_of, retry_after_s
from kickoff.crowd.life import live
from kickoff.crowd.people import People
from kickoff.crowd.rehearsal_clock import VirtualNight
from kickoff.crowd.truth import Progress, Truth, progress, truth
from kickoff.crowd.viewer import Scene, Viewer
from kickoff.door.seam import Forward, Reply, Request, SignInAnswer
from kickoff.door.state import House
from kickoff.units import US_PER_S, AtUs

_DAY_US = 86_400 * US_PER_S
MASTER = "master.m3u8"
BITRATE_KBPS = 1200
"""What everybody's line carries, where nobody chooses a picture for themselves: as in bulk."""


class VirtualStage:
    """One night's crowd on the virtual clock."""

    def __init__(self, clock: VirtualNight, people: People, *, seed: int) -> None:
        self._clock = clock
        self._world = clock.world
        self._night = people.night
        self._people = people
        self._seed = seed
        self._scene = Scene(self._night, is_open=clock.door.house.backend_open)
        self._viewers: list[Viewer] = []
        self._masters = {name: _master(channel.bitrates_kbps) for name, channel in self._night.channels.items()}
        self._status = msgspec.json.Decoder(Status)

    def send(self) -> None:
        """Put everybody's coming into the heap, and the look at the status object that all share."""
        self._clock.plan(0.0, self._look)
        for number, arrives_s in enumerate(self._people.arrives_s.tolist()):
            self._clock.plan(arrives_s, self._come, number)
        chance = np.random.default_rng((self._seed, 2**32))
        for begins_s, life, peer in bots(self._night, chance=chance):
            self._clock.plan(begins_s, self._act, life, peer)

    def truth(self, *, at_s: float) -> Truth:
        """What the crowd lived through until then."""
        return truth([viewer.diary for viewer in self._viewers], self._night.schedule, at_s=at_s)

    def progress(self) -> Progress:
        """The crowd now."""
        return progress([viewer.diary for viewer in self._viewers], at_s=self._clock.now_s)

    def _look(self) -> None:
        self._scene.status = self._status.decode(self._clock.door.house.status)
        self._clock.plan(self._clock.now_s + self._world.parameters.cached_s, self._look)

    def _come(self, number: int) -> None:
        person = self._people.person(number)
        session = ""
        if person.holds_session:
            streams_max = self._night.offers[person.offer].streams_max
            at_us = AtUs(self._clock.starts_at - _DAY_US)
            claims = session_claims(person.account, person.offer, streams_max, at_us=at_us)
            session = self._clock.door.house.seals.seal(SESSION_PURPOSE, claims)
        chance = np.random.default_rng((self._seed, number))
        viewer = Viewer(person, self._scene, session=session, chance=chance)
        self._viewers.append(viewer)
        self._act(live(viewer, at_s=self._clock.now_s), peer_of(person.account))

    def _act(self, life: Life, peer: str, answer: Answer | None = None) -> None:
        """Let a life go on with an answer (None: let it begin), up to its next act."""
        try:
            act = next(life) if answer is None else life.send(answer)
        except StopIteration:
            return
        if isinstance(act, Pause):
            self._tell(life, peer, Answer(at_s=self._clock.now_s + max(0.0, act.seconds)))
        elif act.server is Server.BACKEND:
            self._tell(life, peer, self._fetched(act))
        else:
            self._ask(life, peer, act)

    def _tell(self, life: Life, peer: str, answer: Answer) -> None:
        self._clock.plan(answer.at_s, self._act, life, peer, answer)

    def _ask(self, life: Life, peer: str, ask: Ask) -> None:
        """To the door; a sign-in goes on to the back end, and its answer may come after the person's patience."""
        reply = self._clock.ask(request_of(ask, peer=peer, at_us=self._clock.now_us))
        now_s, trip_s = self._clock.now_s, self._world.parameters.round_trip_s
        if isinstance(reply, Reply):
            self._tell(life, peer, answer_of(reply, at_s=now_s + trip_s))
            return
        deadline_s = None if reply.deadline_us is None else (reply.deadline_us - self._clock.starts_at) / US_PER_S
        done_s, said = self._world.check_password(reply.login, reply.password, now_s=now_s, deadline_s=deadline_s)
        if done_s + trip_s > now_s + ask.patience_s:
            self._tell(life, peer, Answer(at_s=now_s + ask.patience_s, late=True))
            self._clock.plan(done_s, reply.finish, said, self._clock.starts_at + round(done_s * US_PER_S))
        else:
            self._clock.plan(done_s, self._finish, life, peer, reply, said)

    def _finish(self, life: Life, peer: str, forward: Forward, said: SignInAnswer) -> None:
        reply = forward.finish(said, self._clock.now_us)
        self._clock.judge("/v1/sessions", reply)
        self._tell(life, peer, answer_of(reply, at_s=self._clock.now_s + self._world.parameters.round_trip_s))

    def _fetched(self, ask: Ask) -> Answer:
        """A playlist or segment of the simulated back end: `/live/{cdn}/{token}/{channel}/…`."""
        parts, now_s, trip_s = urlsplit(ask.url), self._clock.now_s, self._world.parameters.round_trip_s
        name = parts.path.rpartition("/")[2]
        if not name.endswith(".m3u8"):
            return Answer(at_s=now_s + self._world.parameters.segment_s, status=200)
        where = None
        if name == MASTER:
            asked = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
            where = {"cdn": parts.path.split("/")[2], **asked}
        heard_s, is_there = self._world.fetch_playlist(now_s=now_s, where=where)
        if not is_there:
            late = heard_s >= now_s + ask.patience_s
            return Answer(at_s=heard_s + trip_s, status=0 if late else 503, late=late)
        body = self._masters.get(parts.path.split("/")[-2], b"") if name == MASTER else _MEDIA_BODY
        return Answer(at_s=heard_s + trip_s, status=200, body=body)


def _master(bitrates_kbps: tuple[int, ...]) -> bytes:
    rungs = (f"#EXT-X-STREAM-INF:BANDWIDTH={kbps}000\n{kbps}k/index.m3u8\n" for kbps in sorted(bitrates_kbps))
    return "".join(("#EXTM3U\n", *rungs)).encode()


_MEDIA_BODY = b"#EXTM3U\n#EXTINF:2.0,\n1.m4s\n"


def request_of(ask: Ask, *, peer: str, at_us: int) -> Request:
    """A person's request as a server would read it."""
    parts = urlsplit(ask.url)
    return Request(
        method=ask.method,
        path=parts.path,
        query=parts.query,
        headers={name.lower(): text for name, text in ask.headers},
        body=ask.body,
        peer=peer,
        at_us=at_us,
    )


def answer_of(reply: Reply, *, at_s: float) -> Answer:
    """The door's reply as a person gets it."""
    headers = dict(reply.headers)
    return Answer(
        at_s=at_s,
        status=reply.status,
        body=reply.body,
        retry_after_s=retry_after_s(headers) if headers else 0.0,
        device=device_of(headers) if headers else "",
    )


def peer_of(account: int) -> str:
    """A household's address in 10.0.0.0/8: some 250 households share a network of the door's quota."""
    return f"10.{account >> 16 & 255}.{account >> 8 & 255}.{account & 255}"


def network_of(account: int) -> str:
    """One address stands for its network, some 250 households: which of them asks is nothing to a quota."""
    return f"10.{account >> 16 & 255}.{account >> 8 & 255}.1"


def played_kbps(house: House) -> int:
    """The picture that is seen on such a line: no larger than the ladder orders."""
    ordered = house.snapshot.bitrate_cap_kbps
    return BITRATE_KBPS if ordered is None else min(BITRATE_KBPS, ordered)
