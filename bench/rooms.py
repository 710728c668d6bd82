"""Doors that share a line, and the room that one would write instead: joins, and what each costs in processor time."""

import secrets
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import jwt
from msgspec import Struct
from redis import Redis

from bench import asked
from bench.houses import NIGHT, Served, door, keys_of, plain_room, redis
from bench.load import Run, play, play_many
from kickoff.seals import Seals

CONNECTIONS = 64
PLAIN_SHARE = 8
"""The plain room is asked so many times less: it would take minutes."""
LINE = "line_max = 20_000_000\n"
_SCRIPTS = ("cmdstat_eval", "cmdstat_evalsha", "cmdstat_fcall")


class Rooms(Struct, frozen=True, kw_only=True):
    """Runs of each, in turn."""

    embedded: list[Run]
    one: list[Run]
    """One door on a Valkey: its own processor time."""
    one_whole: list[Run]
    """The same runs: the door's and the Valkey's."""
    two_whole: list[Run]
    """Two doors and their Valkey."""
    plain: list[Run]
    calls_per_join: float

    def told(self) -> dict[str, float]:
        """The figures by their names.

        `valkey_vs_embedded` is of joins a core of the door: by its processor seconds, without what the Valkey works
        meanwhile. By the wall the other core is measured, which plays the crowd and is the Valkey too.
        """
        by_cpu = _median(self.one) / _median(self.embedded)
        by_wall = _wall(self.one) / _wall(self.embedded)
        return {
            "valkey_joins_per_s": round(_wall(self.one)),
            "valkey_vs_embedded": round(by_cpu, 3),
            "valkey_vs_embedded_by_wall": round(by_wall, 3),
            "valkey_commands_per_join": round(self.calls_per_join, 4),
            "two_doors_cpu_ratio": round(_median(self.one_whole) / _median(self.two_whole), 3),
            "fastapi_redis_joins_per_s": round(_wall(self.plain)),
            "room_errors": sum(run.errors for run in [*self.embedded, *self.one, *self.two_whole, *self.plain]),
        }


def rooms(folder: Path, count: int, requests: int) -> Rooms:
    """All of them at once, each asked in its turn: who is not asked is still."""
    runs: dict[str, list[Run]] = {kind: [] for kind in ("embedded", "one", "one_whole", "two_whole", "plain")}
    calls: list[float] = []
    secret = secrets.token_hex(32)
    with ExitStack() as opened:
        embedded = opened.enter_context(door(folder / "embedded", changes=LINE))
        [alone], line = opened.enter_context(_sharing(folder / "one", 1))
        pair, pairs_line = opened.enter_context(_sharing(folder / "two", 2))
        plain_redis = opened.enter_context(redis(folder / "plain-redis"))
        plain = opened.enter_context(plain_room(folder / "plain", redis=plain_redis, secret=secret))
        for number in range(count + 1):
            many = requests if number else requests // 10
            took = {"embedded": _joined([embedded], [embedded], many)}
            before = _calls(line)
            took["one_whole"] = _joined([alone], [alone, line], many)
            asked_of_line = _calls(line) - before
            took["one"] = _joined([alone], [alone], many)
            took["two_whole"] = _joined(pair, [*pair, pairs_line], many)
            took["plain"] = _plain(plain, secret, many // PLAIN_SHARE)
            if number:
                calls.append(asked_of_line / many)
                for kind, run in took.items():
                    runs[kind].append(run)
    return Rooms(**runs, calls_per_join=statistics.median(calls))


@contextmanager
def _sharing(folder: Path, count: int) -> Iterator[tuple[list[Served], Served]]:
    """(so many doors, the Valkey that they share). They share their keys too."""
    with ExitStack() as opened:
        line = opened.enter_context(redis(folder / "line"))
        url = {"KICKOFF_VALKEY_URL": f"redis://127.0.0.1:{line.port}"}
        doors: list[Served] = []
        for number in range(count):
            place = folder / f"door-{number}"
            if doors:
                place.mkdir(parents=True)
                (place / "keys.json").write_bytes((doors[0].folder / "keys.json").read_bytes())
            doors.append(opened.enter_context(door(place, changes=LINE, more=url)))
        yield doors, line


def _joined(doors: list[Served], counted: list[Served], count: int) -> Run:
    """New households at these doors in turn. `counted`: whose processor time is meant."""
    sent = asked.joins(Seals(keys_of(doors[0]).seals), count)
    servers = [one.process for one in counted]
    return play_many([one.port for one in doors], sent, connections=CONNECTIONS, servers=servers)


def _plain(room: Served, secret: str, count: int) -> Run:
    """New households at the plain room, with sessions of its own kind. uvicorn sends head and body apart."""
    now, body = time.time_ns(), b'{"client":{"device":"tv","app":"7.2.0","isp":"isp-a","region":"north"},"channel":"c"}'
    sessions = (jwt.encode({"sub": f"{now}-{number}"}, secret, algorithm="HS256") for number in range(count))
    path = f"/v1/{NIGHT}/tickets"
    sent = [asked.request("POST", path, body, f"Authorization: Bearer {session}\r\n") for session in sessions]
    return play(room.port, sent, connections=CONNECTIONS, server=room.process, ends=b"}")


def _calls(line: Served) -> int:
    """Scripts called so far."""
    with Redis(port=line.port) as connection:
        told = connection.info("commandstats")
    return sum(told[name]["calls"] for name in _SCRIPTS if name in told)


def _wall(runs: list[Run]) -> float:
    return statistics.median(run.per_s for run in runs)


def _median(runs: list[Run]) -> float:
    return statistics.median(run.per_cpu_s for run in runs)
