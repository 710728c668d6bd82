"""How does a simulated person speak with the door and the back end? Requests as acts, answers as values.

Only what a viewer needs is read of an answer; what cannot be read is None, and then the person takes it for a failure.
"""

import math
import re
from typing import TypeVar
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from kickoff.crowd.acts import Answer, Ask, Server
from kickoff.units import AtUs
from kickoff.waiting_room.draw import Order
from kickoff.waiting_room.eta import seconds_at
from kickoff.waiting_room.skips import Skips

PLAYER_DEADLINE_S = 5.0
"""A playlist or segment that has not come by then has failed."""
CAP_SLACK = 1.1
"""A picture so much above the cap is the same rung: what a master playlist says is a peak."""
_BANDWIDTH = re.compile(r"^#EXT-X-STREAM-INF:.*\bBANDWIDTH=(\d{1,12})")
_JSON = ("Content-Type", "application/json")

Read = TypeVar("Read", bound=Struct)


class Place(Struct, frozen=True, kw_only=True):
    """Answer to a join."""

    ticket: str
    place: int
    number: int = 0
    lane: str = "main"


class Refusal(Struct, frozen=True, kw_only=True):
    """What a person reads of a problem."""

    code: str = ""
    channels: tuple[str, ...] = ()
    streams: tuple["Screen", ...] = ()
    ask_again_s: float = 0.0


class Screen(Struct, frozen=True, kw_only=True):
    """One of the account's own streams in progress."""

    stream: int | str = ""
    lease_id_short: str = ""

    @property
    def name(self) -> str:
        """What the door calls it."""
        return str(self.stream or self.lease_id_short)


class Pass(Struct, frozen=True, kw_only=True):
    """Answer to a redemption."""

    text: str = msgspec.field(name="pass")


class Session(Struct, frozen=True, kw_only=True):
    """Answer to a sign-in."""

    session: str
    channels: tuple[str, ...] = ()


class ChannelUrls(Struct, frozen=True, kw_only=True):
    """Where one channel's master playlist lies, by delivery network."""

    urls: dict[str, str]


class Stream(Struct, frozen=True, kw_only=True):
    """Answer to a lease and to a change of channel."""

    lease: str
    channel: str
    channels: dict[str, ChannelUrls]
    cdn: str
    cdns: tuple[str, ...] = ()
    playback_token: str = ""
    beat_s: float = 30.0
    bitrate_cap_kbps: int | None = None

    def networks(self) -> tuple[str, ...]:
        """The delivery networks in the order in which a player tries them."""
        return tuple(dict.fromkeys((self.cdn, *self.cdns)))


class BeatAnswer(Struct, frozen=True, kw_only=True):
    """Answer to a beat."""

    next_s: float = 30.0
    playback_token: str | None = None
    bitrate_cap_kbps: int | None = None
    again: bool = False


class Eta(Struct, frozen=True, kw_only=True):
    """How long a lane says it takes: for one place, and for so many ahead."""

    p90: float | None = None
    curve: tuple[tuple[float, float, float, float], ...] = ()


class Lane(Struct, frozen=True, kw_only=True):
    """One lane of the status object."""

    serving: int
    eta: Eta = Eta()

    def due_s(self, place: int) -> float:
        """The upper end of the time until that place is called; without end where no time is told."""
        ahead = place - self.serving
        if self.eta.curve:
            return seconds_at(ahead, self.eta.curve)[2]
        return math.inf if self.eta.p90 is None else ahead * self.eta.p90


class DrawShown(Struct, frozen=True, kw_only=True):
    """What the status object says of the draw, once it was held."""

    counts: dict[str, int] = {}
    keys: dict[str, tuple[int, ...]] = {}
    skips: dict[str, Skips] = {}

    def place_of(self, held: Place) -> int:
        """Where a ticket stands: drawn, for who came before the doors."""
        number, keys = held.number or held.place, self.keys.get(held.lane)
        if not keys:
            return number
        return Order(count=self.counts[held.lane], keys=keys, skips=self.skips.get(held.lane, ())).place(number)


class Status(Struct, frozen=True, kw_only=True):
    """What a waiting person reads of the status object."""

    state: str
    lanes: dict[str, Lane] = {}
    poll_s: tuple[float, float] = (5.0, 10.0)

    draw: DrawShown = DrawShown()

    def has_called(self, place: Place) -> bool:
        """Whether that place may come in."""
        lane = self.lanes.get(place.lane)
        return lane is not None and lane.serving >= self.draw.place_of(place)

    def due_s(self, place: Place) -> float:
        """Seconds by which that place is called, as far as the status object says."""
        lane = self.lanes.get(place.lane)
        return math.inf if lane is None else lane.due_s(self.draw.place_of(place))


class House(Struct, frozen=True, kw_only=True):
    """What the operator's view says about the door."""

    open: bool = False


class Client(Struct, frozen=True, kw_only=True):
    """What the page says of itself."""

    device: str
    app: str
    isp: str
    region: str


class Attempt(Struct, frozen=True, kw_only=True):
    """What no door saw, told at the next contact."""

    at: AtUs
    what: str
    """unreachable: no door was met · gave_up: left the line."""


def read(answer: Answer, kind: type[Read]) -> Read | None:
    """The body as that kind of value, or None."""
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except msgspec.MsgspecError:
        return None


def join(
    night: str,
    *,
    client: Client,
    channel: str,
    attempts: tuple[Attempt, ...] = (),
    proof: str = "",
    who: tuple[tuple[str, str], ...] = (),
) -> Ask:
    """Take a place, or be told the one that was taken. `who`: session or device header."""
    body = {"client": client, "channel": channel, "attempts": attempts, **({"proof": proof} if proof else {})}
    return _post(f"/v1/{night}/tickets", body, who)


def redeem(night: str, ticket: str, who: tuple[tuple[str, str], ...], *, proof: str = "") -> Ask:
    """Ask for the pass of a called place."""
    return _post(f"/v1/{night}/passes", {"ticket": ticket, **({"proof": proof} if proof else {})}, who)


def sign_in(night: str, *, ticket_pass: str, login: str, password: str, who: tuple[tuple[str, str], ...]) -> Ask:
    """Sign in. With the door open to all there is no pass to show."""
    body = {"night": night, "login": login, "password": password, **({"pass": ticket_pass} if ticket_pass else {})}
    return _post("/v1/sessions", body, who, server=Server.SIGN_IN)


def lease(night: str, wish: dict[str, object], who: tuple[tuple[str, str], ...]) -> Ask:
    """Press play. `wish`: pass, channel and client, or what to resume."""
    return _post(f"/v1/{night}/leases", wish, who)


def beat(night: str, lease_token: str, report: dict[str, object], who: tuple[tuple[str, str], ...]) -> Ask:
    """Say what the player sees."""
    return _post(f"/v1/{night}/leases/{lease_token}/beats", report, who)


def switch(night: str, lease_token: str, channel: str, who: tuple[tuple[str, str], ...]) -> Ask:
    """Another channel of the offer."""
    asked = _post(f"/v1/{night}/leases/{lease_token}", {"channel": channel}, who)
    return msgspec.structs.replace(asked, method="PUT")


def end(night: str, lease_token: str, report: dict[str, object], who: tuple[tuple[str, str], ...]) -> Ask:
    """Stop watching."""
    asked = _post(f"/v1/{night}/leases/{lease_token}", report, who)
    return msgspec.structs.replace(asked, method="DELETE")


def report(night: str, what: str, who: tuple[tuple[str, str], ...]) -> Ask:
    """Say what one sees."""
    return _post(f"/v1/{night}/reports", {"what": what}, who)


def fetch(url: str, *, patience_s: float = PLAYER_DEADLINE_S) -> Ask:
    """A playlist or segment of the back end."""
    return Ask(server=Server.BACKEND, method="GET", url=url, patience_s=patience_s)


def master_url(url: str, client: Client) -> str:
    """A master playlist's address as simulated players ask for it: their network and application are said in it."""
    return f"{url}?{urlencode({'isp': client.isp, 'app': client.app})}"


def variants(playlist: bytes) -> tuple[tuple[int, str], ...]:
    """(kbit/s, address as it stands there) of each bitrate of a master playlist; 0: it does not say how many."""
    found, kbps = [], 0
    for line in playlist.decode(errors="replace").splitlines():
        if said := _BANDWIDTH.search(line):
            kbps = int(said[1]) // 1000
        elif line and line[0] != "#":
            found.append((kbps, line))
            kbps = 0
    return tuple(found)


def chosen(known: tuple[tuple[int, str], ...], *, cap_kbps: int | None) -> tuple[int, str]:
    """The largest picture that may be shown; the smallest where every one is too large. `known`: at least one."""
    fitting = [one for one in known if cap_kbps is None or one[0] <= CAP_SLACK * cap_kbps]
    return max(fitting, key=_kbps) if fitting else min(known, key=_kbps)


def _kbps(variant: tuple[int, str]) -> int:
    return variant[0]


def last_uri(playlist: bytes) -> str:
    """The last address of a playlist: of a live one, the newest segment."""
    return next(
        (line for line in reversed(playlist.decode(errors="replace").splitlines()) if line and line[0] != "#"), ""
    )


def _post(url: str, body: object, who: tuple[tuple[str, str], ...], *, server: Server = Server.DOOR) -> Ask:
    return Ask(server=server, method="POST", url=url, body=msgspec.json.encode(body), headers=(*who, _JSON))
