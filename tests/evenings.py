"""Evenings made to be judged: facts of a night whose truth is known, written with the schema alone.

No door, back end or crowd takes part. Each person arrives, waits, signs in if they must, presses play, tries again
when it fails, and leaves at the whistle; what breaks is given by `Trouble`.
"""

from heapq import heappop, heappush
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
from msgspec import Struct

from kickoff.facts import COLUMNS
from kickoff.night import Night, parse_night
from kickoff.units import US_PER_S, AtUs, parse_iso

ROOT = Path(__file__).parents[1]
STARTS_AT = "2022-09-06T19:00:00Z"
START = parse_iso(STARTS_AT)
BASE_FAILURES = 0.002
BASE_WRONG = 0.04
DEVICE = 10_000_000
"""Added to an account's number to make the number of its device."""

_PLAYED: dict[bytes, "Evening"] = {}
"""Evenings are values: those that several tests ask for are played once."""

Value = int | str | None
Row = dict[str, Value]


class Trouble(Struct, frozen=True, kw_only=True):
    """What breaks. Seconds from the start of the night."""

    kind: str
    """cdn, isp, release: starts fail where `where` holds · capacity: sign-ins queue behind `per_s` · sign_in: the
    back end answers with errors · stuffing: `per_s` stolen passwords are tried · silence: nobody of `where` gets
    through"""
    at: float
    until: float
    where: dict[str, str] = {}
    share: float = 0.9
    per_s: float = 40.0


class Evening(Struct, frozen=True, kw_only=True):
    """A night and what really happened."""

    night: Night
    facts: pa.Table
    subscribers: pa.Table
    hit: frozenset[int]
    """Accounts that met a failure of the trouble."""
    lost_ms: dict[int, int]
    """Account → milliseconds between kick-off and whistle from a failed attempt to the next picture, where one came."""
    kept_away: int
    """Accounts that a silence kept from being seen at all."""


def evening(*, seed: int = 1, people: int = 5_000, troubles: tuple[Trouble, ...] = (), until: float = 185.0) -> Evening:
    """Play one evening. Facts later than `until` do not exist yet."""
    key = msgspec.json.encode((seed, people, troubles, until))
    if key not in _PLAYED:
        _PLAYED[key] = _played(seed, people, troubles, until)
    return _PLAYED[key]


def _played(seed: int, people: int, troubles: tuple[Trouble, ...], until: float) -> Evening:
    play = _Play(np.random.default_rng(seed), people, troubles)
    play.run()
    rows = sorted((row for row in play.rows if _at(row) <= START + until * US_PER_S), key=_at)
    return Evening(
        night=night(),
        facts=table(rows),
        subscribers=_subscribers(people * 4 // 3),
        hit=frozenset(play.hit),
        lost_ms=play.lost_ms,
        kept_away=play.kept_away,
    )


def night() -> Night:
    """The example night, as one that is being played."""
    path = ROOT / "examples" / "psg-juventus.toml"
    return msgspec.structs.replace(parse_night(path.read_text("utf-8"), source=path.name), starts_at=STARTS_AT)


def table(rows: list[Row]) -> pa.Table:
    """The facts table of these rows; what a row does not have is null."""
    return pa.table({column.name: pa.array([row.get(column.name) for row in rows], column.type) for column in COLUMNS})


def second(seconds: float) -> AtUs:
    """The instant so many seconds after the start."""
    return AtUs(START + round(seconds * US_PER_S))


def _at(row: Row) -> int:
    at = row["at"]
    assert isinstance(at, int)
    return at


def _subscribers(count: int) -> pa.Table:
    known = START - 400 * 86_400 * US_PER_S
    return pa.table(
        {
            "subject": pa.array(range(1, count + 1), pa.int64()),
            "offer": pa.array([("essential", "sport", "young")[number % 3] for number in range(1, count + 1)]),
            "known_since": pa.array([known] * count, pa.int64()),
        }
    )


class _Play:
    """The evening while it is being written."""

    def __init__(self, rng: np.random.Generator, people: int, troubles: tuple[Trouble, ...]) -> None:
        self.rng = rng
        self.people = people
        self.troubles = troubles
        self.rows: list[Row] = []
        self.hit: set[int] = set()
        self.lost_ms: dict[int, int] = {}
        self.failing_since: dict[int, float] = {}
        self.kept_away = 0
        self.sign_in_free_at = 0.0
        self.queue: list[tuple[float, int, str, int]] = []
        self.people_known: dict[int, dict[str, Value]] = {}

    def run(self) -> None:
        rush = self.people * 7 // 10
        arrivals = np.concatenate([self.rng.normal(62, 14, rush), self.rng.uniform(0, 160, self.people - rush)])
        arrivals = arrivals.clip(0.5, 165)
        for account, at in enumerate(arrivals, 1):
            heappush(self.queue, (float(at), account, "arrive", 0))
        while self.queue:
            at, account, act, attempt = heappop(self.queue)
            match act:
                case "arrive":
                    self._arrive(account, at)
                case "sign_in":
                    self._sign_in(account, at, attempt)
                case _:
                    self._press_play(account, at, attempt)
        for trouble in self.troubles:
            if trouble.kind == "stuffing":
                self._stuff(trouble)
        self._house()

    def _arrive(self, account: int, at: float) -> None:
        who = self.people_known[account] = self._dimensions(account)
        if any(self._breaks(trouble, who, at) for trouble in self.troubles if trouble.kind == "silence"):
            self.kept_away += 1
            return
        signed_out = self.rng.random() < 0.3
        subject, client = account + DEVICE * signed_out, self._client(account)
        self._write("joined", at, subject=subject, place=account, code="device" if signed_out else "session", **client)
        at += 0.5 + self.rng.exponential(1.0)
        self._write("passed", at, subject=subject, place=account, wait_ms=800, code="in_time", **client)
        heappush(self.queue, (at, account, "sign_in" if signed_out else "play", 0))

    def _sign_in(self, account: int, at: float, attempt: int) -> None:
        wait, code = self._answer(at)
        if code == "" and self.rng.random() < BASE_WRONG:
            code = "wrong_password"
        client = self._client(account)
        if code == "":
            self._write(
                "signed_in", at + wait, subject=account, place=account, duration_ms=round(wait * 1000), **client
            )
            heappush(self.queue, (at + wait, account, "play", 0))
            return
        again = at + wait + self.rng.uniform(2, 6)
        if code != "wrong_password":
            self._meet(account, at)
        device = account + DEVICE
        self._write(
            "sign_in_failed",
            at + wait,
            subject=device,
            place=account,
            code=code,
            duration_ms=round(wait * 1000),
            **client,
        )
        if attempt < 10 and again < 170:
            heappush(self.queue, (again, account, "sign_in", attempt + 1))

    def _answer(self, at: float) -> tuple[float, str]:
        """How long the back end takes to answer a sign-in, and what: a queue of one server."""
        rate = 400.0
        for trouble in self.troubles:
            if trouble.at <= at < trouble.until and trouble.kind == "capacity":
                rate = trouble.per_s
            if trouble.at <= at < trouble.until and trouble.kind == "sign_in" and self.rng.random() < trouble.share:
                return 0.03, "error"
        self.sign_in_free_at = max(at, self.sign_in_free_at)
        if self.sign_in_free_at - at > 3.0:
            return 0.2, "overloaded"
        self.sign_in_free_at += 1 / rate
        return self.sign_in_free_at - at + 0.03, ""

    def _press_play(self, account: int, at: float, attempt: int) -> None:
        who = self.people_known[account]
        lease: dict[str, Value] = {"subject": account, "stream": account, **who}
        self._write("leased", at, code="new", **lease)
        starts = [trouble for trouble in self.troubles if trouble.kind in {"cdn", "isp", "release"}]
        broken = any(self._breaks(trouble, who, at) for trouble in starts)
        if not broken and self.rng.random() >= BASE_FAILURES:
            self._write("started", at + 0.7, duration_ms=700, **lease)
            self._mend(account, at + 0.7)
            self._write("ended", 170 + self.rng.uniform(0, 10), code="whistle", **lease)
            return
        self._write("start_failed", at + 0.6, code="manifest", duration_ms=600, **lease)
        again = at + 0.6 + self.rng.uniform(2, 6)
        if broken:
            self._meet(account, at)
        if attempt < 12 and again < 170:
            heappush(self.queue, (again, account, "play", attempt + 1))

    def _meet(self, account: int, at: float) -> None:
        self.hit.add(account)
        self.failing_since.setdefault(account, at)

    def _mend(self, account: int, at: float) -> None:
        if account in self.failing_since:
            lost = max(0.0, min(at, 170.0) - max(self.failing_since.pop(account), 60.0))
            self.lost_ms[account] = self.lost_ms.get(account, 0) + round(lost * 1000)

    def _breaks(self, trouble: Trouble, who: dict[str, Value], at: float) -> bool:
        matches = all(who[name] == value for name, value in trouble.where.items())
        return matches and trouble.at <= at < trouble.until and bool(self.rng.random() < trouble.share)

    def _stuff(self, trouble: Trouble) -> None:
        """Stolen passwords from thirty networks, at even gaps, each account once."""
        count = round((trouble.until - trouble.at) * trouble.per_s)
        for number in range(count):
            at = trouble.at + number / trouble.per_s
            code = "wrong_password" if number % 3 else "unknown_account"
            self._write(
                "sign_in_failed", at, subject=90_000_000 + number, code=code, source=number % 30 + 1,
                device="web", app="7.2.0", isp="isp-d", region="north",
            )  # fmt: skip

    def _house(self) -> None:
        """Health each second: utilisation and queue of the sign-in as an outsider would measure them."""
        answers = [row for row in self.rows if row["fact"] in {"signed_in", "sign_in_failed"}]
        came = np.bincount([int((_at(row) - START) // US_PER_S) for row in answers], minlength=200)
        for whole in range(185):
            lost = [t for t in self.troubles if t.kind == "capacity" and t.at <= whole < t.until]
            capacity = lost[0].per_s if lost else 400.0
            used = min(1.0, float(came[whole]) / capacity)
            self._write(
                "health", whole + 0.99, dependency="sign_in", utilisation=round(used * 1e6),
                queue_ms=2_500 if used > 0.97 else 5, errors=0, capacity_per_s=round(capacity * 1000),
            )  # fmt: skip

    def _dimensions(self, account: int) -> dict[str, Value]:
        pick = self.rng.choice
        return {
            "offer": ("essential", "sport", "young")[account % 3],
            "channel": str(pick(["canal-plus", "canal-plus-foot"], p=[0.7, 0.3])),
            "device": str(pick(["tv", "box", "phone", "tablet", "web"], p=[0.45, 0.15, 0.2, 0.08, 0.12])),
            "app": str(pick(["7.2.0", "7.3.0", "6.9.4"], p=[0.6, 0.3, 0.1])),
            "isp": str(pick(["isp-a", "isp-b", "isp-c", "isp-d"], p=[0.4, 0.25, 0.2, 0.15])),
            "region": str(pick(["north", "west", "south", "east", "capital"], p=[0.2, 0.2, 0.25, 0.15, 0.2])),
            "cdn": str(pick(["north", "south"], p=[0.6, 0.4])),
            "source": int(self.rng.integers(1_000, 4_000)),
        }

    def _client(self, account: int) -> dict[str, Value]:
        who = self.people_known[account]
        return {name: who[name] for name in ("device", "app", "isp", "region", "source")}

    def _write(self, fact: str, at: float, **rest: Value) -> None:
        self.rows.append({"at": START + round(at * US_PER_S), "fact": fact, **rest})
