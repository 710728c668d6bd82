"""`make bench-overload`: ten times too many sign in. What does the back end still answer in time, behind what?

The real back end (argon2id, one worker) alone on core 0; whatever stands before it, and the load, on core 1. The same
people, 10 × as many a second as it carries, meet in turn: no door; no door, but callers who say until when they wait;
nginx `limit_req` at 0.97 of the best steady rate, which a person would have had to measure and type in; Envoy's
adaptive concurrency, learnt idle, and learnt while others kept the back end busy; and Kickoff, which is told nothing.
After 30 s half of the back end's processor is taken away, after 40 s given back.

The best steady rate is measured before each run and after the last, in a closed loop, with the same 40 people inside
who fetch their playlists from the same core: a machine's speed drifts within minutes, so each run is judged by the mean
of the two measurements around it.

Goodput: sign-ins answered OK within 5 s of being sent, a second. `goodput_vs_best_steady` is over the 20 s of full
capacity; the ratios to the others are over the whole run after its warm-up, loss and return included (`steady_vs_…`:
over those 20 s). `…_busy`: the share of the processor left to the back end that it used, which no drift of the machine
moves: where two are as busy and answer nobody too late, the rest of their difference is the machine's.
`viewer_failures`: calls of 40 people inside that failed twice. The last line is JSON.
"""

import argparse
import asyncio
import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import aiohttp
import uvloop
from msgspec import Struct

from bench.door import machine
from bench.houses import ROOT, Served
from bench.overload import servers
from bench.overload.capacity import Share, share_of
from bench.overload.inside import Dropped, Inside
from bench.overload.people import DEADLINE_S, Line, Straight, Tally, arrive, steady
from bench.overload.score import BACK_AT_S, LENGTH_S, LOST_AT_S, PROCESSOR_S, Score, by_second, score
from bench.overload.used import Used
from kickoff.plumbing.key_files import load

OVERLOAD = 10.0
LIMIT_SHARE = 0.97
LIMIT_BURST = 40
"""Sign-ins that nginx keeps waiting: a second's worth."""
LEARN_IDLE_S = 8.0
LEARN_IDLE_IN_HAND = 1
LEARN_BUSY_S = 8.0
LEARN_BUSY_IN_HAND = 20
CLOSED_LOOP_WARM_S = 2.0
CLOSED_LOOP_S = 8.0
CLOSED_LOOP_IN_HAND = 4
SEED = 20220906
PARTS = ("steady", "half", "after", "whole")


class Arm(Struct, frozen=True, kw_only=True):
    """One thing that stands before the back end."""

    name: str
    words: str
    front: Callable[[Path, int, float], AbstractContextManager[int]]
    """(folder, port of the back end, best steady rate) → the port that people speak to."""
    through_door: bool = False
    says_deadline: bool = False
    idle_s: float = 0.0
    """Light load before the people come, for what learns when idle."""
    busy_s: float = 0.0
    """So long others keep the back end busy from the start, beside the front."""


class Run(Struct, frozen=True, kw_only=True):
    """What happened before one arm."""

    arm: Arm
    halved_by: str
    """How half of the processor was taken away: a quota is exact, a busy rival is not."""
    good_s: tuple[float, ...]
    """Instants of the sign-ins that were answered in time."""
    outcomes: dict[str, int]
    viewer_calls: int
    viewer_failures: dict[str, int]
    dropped: int
    queue_ms_max: float
    processor_s: float
    """Used by the back end after the warm-up."""


class Found(Struct, frozen=True, kw_only=True):
    """What one arm gave."""

    run: Run
    best_per_s: float
    """What the back end carried at best, just before and just after."""
    score: Score

    @property
    def steady_share(self) -> float:
        """Of the best, at full capacity."""
        return self.score.steady_per_s / self.best_per_s


def arms() -> tuple[Arm, ...]:
    """In the order of the table."""
    return (
        Arm(name="open", words="no door", front=lambda _, port, __: nullcontext(port)),
        Arm(
            name="deadline",
            words="no door, deadline said",
            front=lambda _, port, __: nullcontext(port),
            says_deadline=True,
        ),
        Arm(name="limit_req", words=f"nginx limit_req at {LIMIT_SHARE:g} of it", front=_limit_req),
        Arm(name="envoy", words="Envoy, learnt idle", front=_envoy, idle_s=LEARN_IDLE_S),
        Arm(name="envoy_busy", words="Envoy, learnt in overload", front=_envoy, busy_s=LEARN_BUSY_S),
        Arm(name="kickoff", words="Kickoff", front=_door, through_door=True),
    )


def _limit_req(folder: Path, port: int, best: float) -> AbstractContextManager[int]:
    return servers.limit_req(folder, behind=port, per_minute=round(60 * best * LIMIT_SHARE), burst=LIMIT_BURST)


def _envoy(folder: Path, port: int, _: float) -> AbstractContextManager[int]:
    return servers.envoy(folder, behind=port)


def _door(folder: Path, port: int, _: float) -> AbstractContextManager[int]:
    return servers.door(folder, behind=port)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="make bench-overload")
    parser.add_argument("--only", default="", help="arms by name, with commas between")
    only = parser.parse_args().only
    os.sched_setaffinity(0, {servers.OTHERS_CORE})
    folder = ROOT / "out" / "bench-overload"
    folder.mkdir(parents=True, exist_ok=True)
    best = [_best(folder)]
    print(f"{machine()}; the back end alone on core 0: {best[0]:.1f} sign-ins a second at best", flush=True)
    found: dict[str, Found] = {}
    for arm in (arm for arm in arms() if not only or arm.name in only.split(",")):
        run = _run(arm, folder, best[-1])
        best.append(_best(folder))
        found[arm.name] = _judged(run, best_per_s=(best[-2] + best[-1]) / 2)
        _say(found[arm.name])
    print(json.dumps(_summary(found, best)))


@contextmanager
def _backend(folder: Path) -> Iterator[tuple[Served, Share]]:
    """The back end, and the hold on its core that every measurement has."""
    servers.lay_out(folder)
    share: Share | None = None
    try:
        with servers.backend(folder) as served:
            share = share_of(served.process, core=servers.BACKEND_CORE)
            yield served, share
    finally:
        if share is not None:
            share.close()


def _best(folder: Path) -> float:
    """The best steady rate."""
    with _backend(folder) as (served, _):
        return uvloop.run(_best_steady(served))


async def _best_steady(served: Served) -> float:
    async with _client() as client:
        inside = Inside(client, load(served.folder), backend=served.port, door=None)
        await inside.come_in()
        watching = asyncio.ensure_future(inside.watch())
        await steady(client, served.port, in_hand=CLOSED_LOOP_IN_HAND, length_s=CLOSED_LOOP_WARM_S)
        best = await steady(client, served.port, in_hand=CLOSED_LOOP_IN_HAND, length_s=CLOSED_LOOP_S)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    return best


def _run(arm: Arm, folder: Path, best: float) -> Run:
    with _backend(folder) as (served, share), arm.front(folder, served.port, best) as port:
        return uvloop.run(_play(arm, served, port, best, share))


def _judged(run: Run, *, best_per_s: float) -> Found:
    return Found(run=run, best_per_s=best_per_s, score=score(run.good_s, best_per_s=best_per_s))


async def _play(arm: Arm, served: Served, port: int, best: float, share: Share) -> Run:
    async with _client() as client, _client() as others:
        if arm.idle_s:
            await steady(others, port, in_hand=LEARN_IDLE_IN_HAND, length_s=arm.idle_s)
        inside = Inside(others, load(served.folder), backend=served.port, door=port if arm.through_door else None)
        await inside.come_in()
        tally = Tally()
        dropped = Dropped(others, served.port)
        line = Line(client, port, tally, seed=SEED)
        used = Used(served.process)
        beside = [inside.watch(), dropped.watch(), _weather(share), used.watch()]
        beside += [line.watch_status()] if arm.through_door else []
        beside += [_neighbours(others, served.port, arm.busy_s)] if arm.busy_s else []
        tasks = [asyncio.ensure_future(one) for one in beside]
        person = line.come if arm.through_door else Straight(client, port, tally, told=arm.says_deadline).come
        await arrive(person, per_s=OVERLOAD * best, length_s=LENGTH_S, seed=SEED)
        processor_s = used.since_warm_s()
        for task in tasks:
            task.cancel()
        said = await asyncio.gather(*tasks, return_exceptions=True)
    broken = [one for one in said if isinstance(one, Exception)]
    if broken:
        raise broken[0]
    return Run(
        arm=arm,
        halved_by=share.how,
        good_s=tuple(tally.good_s),
        outcomes=dict(tally.outcomes),
        viewer_calls=inside.calls,
        viewer_failures=dict(inside.failures),
        dropped=dropped.sign_ins,
        queue_ms_max=dropped.queue_ms_max,
        processor_s=processor_s,
    )


def _client() -> aiohttp.ClientSession:
    """As many connections as there are people, none of whom waits longer than `DEADLINE_S` for an answer."""
    timeout = aiohttp.ClientTimeout(total=DEADLINE_S)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
    )


async def _weather(share: Share) -> None:
    """Half of the processor is lost, and comes back."""
    await asyncio.sleep(LOST_AT_S)
    share.halve()
    await asyncio.sleep(BACK_AT_S - LOST_AT_S)
    share.restore()


async def _neighbours(client: aiohttp.ClientSession, port: int, length_s: float) -> None:
    """Others who keep the back end busy for a while, past whatever stands before it."""
    await steady(client, port, in_hand=LEARN_BUSY_IN_HAND, length_s=length_s)


def _say(found: Found) -> None:
    one, run = found.score, found.run
    recovered = "not back" if one.recovered_s is None else f"back after {one.recovered_s:.1f} s"
    print(
        f"{run.arm.words:<26}"
        f"{one.steady_per_s:6.1f}/s ({found.steady_share:.2f} of {found.best_per_s:.1f})  "
        f"half: {one.half_per_s:5.1f}/s  after: {one.after_per_s:5.1f}/s  "
        f"whole: {one.whole_per_s:5.1f}/s  {recovered}; "
        f"inside {sum(run.viewer_failures.values())} of {run.viewer_calls} calls failed; "
        f"{run.dropped} sign-ins dropped, queue up to {run.queue_ms_max / 1000:.1f} s; "
        f"busy {run.processor_s / PROCESSOR_S:.3f}; "
        f"halved by a {run.halved_by}"
    )
    print(f"{'':<26}{dict(sorted(run.outcomes.items()))} {run.viewer_failures or ''}")
    print(f"{'':<26}each second: {' '.join(str(count) for count in by_second(run.good_s))}", flush=True)


def _summary(found: dict[str, Found], best: list[float]) -> dict[str, object]:
    summary: dict[str, object] = {
        "bench": "overload",
        "best_steady_per_s": [round(one, 2) for one in best],
        "overload": OVERLOAD,
        "deadline_s": DEADLINE_S,
    }
    for name, one in found.items():
        summary[f"{name}_per_s"] = {part: round(getattr(one.score, f"{part}_per_s"), 2) for part in PARTS}
        summary[f"{name}_vs_best_steady"] = round(one.steady_share, 3)
        summary[f"{name}_recovered_s"] = one.score.recovered_s
        summary[f"{name}_busy"] = round(one.run.processor_s / PROCESSOR_S, 3)
    summary["halved_by"] = sorted({one.run.halved_by for one in found.values()})
    ours = found.get("kickoff")
    if ours is None:
        return summary
    summary["goodput_vs_best_steady"] = round(ours.steady_share, 3)
    for name, one in found.items():
        if name != "kickoff":
            summary[f"goodput_vs_{name}"] = _ratio(_whole_share(ours), _whole_share(one))
            summary[f"steady_vs_{name}"] = _ratio(ours.steady_share, one.steady_share)
    summary["viewer_failures"] = sum(ours.run.viewer_failures.values())
    summary["viewer_calls"] = ours.run.viewer_calls
    summary["recovered_s"] = ours.score.recovered_s
    return summary


def _whole_share(found: Found) -> float:
    """Of the best, over the whole run: machines drift between two runs."""
    return found.score.whole_per_s / found.best_per_s


def _ratio(ours: float, theirs: float) -> float:
    """An alternative that answered nobody in time is taken to have answered a hundredth of the best."""
    return round(ours / max(theirs, 0.01), 3)


if __name__ == "__main__":
    main()
