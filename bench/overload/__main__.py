"""`make bench-overload`: ten times too many sign in. What does the back end still answer in time, behind what?

The real back end (argon2id, one worker) alone on core 0; whatever stands before it, and the load, on core 1. The same
people, 10 × as many a second as it carries, meet in turn: no door; no door, but callers who say until when they wait;
nginx `limit_req` at 0.97 of the best steady rate, which a person would have had to measure and type in; Envoy's
adaptive concurrency, learnt idle, and learnt while others kept the back end busy; and Kickoff, which is told nothing.
After 24 s half of the back end's processor is taken away, after 34 s given back.

What saturates the back end is told apart by hundredths, and a machine drifts by tenths within minutes, in the midst of
a run too. So each is played between two runs of Kickoff and compared with both, Envoy that learnt idle twice; the
middle of the ratios is the figure (`…_each`: all of them). And goodput is what it says, useful work ÷ capacity: the
processor seconds of password checks that were answered in time, of those that the back end was given (`score.py`). A
slower machine makes a check dearer, not a front worse. Counted is all that a front does to the back end: work for those
who have gone, a back end that stands idle, calls that cost it more than others'. Not counted is what a check costs,
which stands beside it (`…_check_ms`), and `answers_vs_…` are plain answers in time a second, with all of the drift in
them.

`goodput_vs_best_steady` is over the 14 s of full capacity, of what a closed loop past all fronts reaches just before
and just after, with the same 40 people inside; the ratios to the others are over the whole run after its warm-up, loss
and return included. In time: within 5 s of being sent. `viewer_failures`: calls of 40 people inside that failed twice,
in all runs of Kickoff; `recovered_s`: in the slowest of them. The last line is JSON.
"""

import argparse
import asyncio
import gc
import json
import os
import time
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
from bench.overload.score import BACK_AT_S, LENGTH_S, LOST_AT_S, Answers, Score, Work, by_second, score
from bench.overload.summary import OURS, Best, Found, summary
from bench.overload.used import Used, checking_s
from kickoff.plumbing.key_files import load

OVERLOAD = 10.0
LIMIT_SHARE = 0.97
LIMIT_BURST = 40
"""Sign-ins that nginx keeps waiting: a second's worth."""
LEARN_IDLE_S = 4.0
"""Some 180 calls; Envoy learns from 50."""
LEARN_IDLE_IN_HAND = 1
LEARN_BUSY_S = 8.0
LEARN_BUSY_IN_HAND = 20
CLOSED_LOOP_WARM_S = 1.0
CLOSED_LOOP_S = 5.0
CLOSED_LOOP_IN_HAND = 4
BEYOND_S = 0.5
"""People come until after the end, which is then like the middle."""
SEED = 20220906
ORDER = ("open", "deadline", "limit_req", OURS, "envoy", OURS, "envoy_busy", OURS, "envoy", OURS)
"""Whatever saturates the back end, as Kickoff does, is played between two of its runs."""


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
    answers: Answers
    work: Work
    outcomes: dict[str, int]
    viewer_calls: int
    viewer_failures: dict[str, int]
    dropped: int
    queue_ms_max: float


def arms() -> dict[str, Arm]:
    """By their names."""
    known = (
        Arm(name="open", words="no door", front=_nothing),
        Arm(name="deadline", words="no door, deadline said", front=_nothing, says_deadline=True),
        Arm(name="limit_req", words=f"nginx limit_req at {LIMIT_SHARE:g} of it", front=_limit_req),
        Arm(name="envoy", words="Envoy, learnt idle", front=_envoy, idle_s=LEARN_IDLE_S),
        Arm(name="envoy_busy", words="Envoy, learnt in overload", front=_envoy, busy_s=LEARN_BUSY_S),
        Arm(name=OURS, words="Kickoff", front=_door, through_door=True),
    )
    return {arm.name: arm for arm in known}


def _nothing(_: Path, port: int, __: float) -> AbstractContextManager[int]:
    return nullcontext(port)


def _limit_req(folder: Path, port: int, best: float) -> AbstractContextManager[int]:
    return servers.limit_req(folder, behind=port, per_minute=round(60 * best * LIMIT_SHARE), burst=LIMIT_BURST)


def _envoy(folder: Path, port: int, _: float) -> AbstractContextManager[int]:
    return servers.envoy(folder, behind=port)


def _door(folder: Path, port: int, _: float) -> AbstractContextManager[int]:
    return servers.door(folder, behind=port)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="make bench-overload")
    parser.add_argument("--only", default="", help="arms by name, with commas between, in the order to play them")
    order = [name for name in parser.parse_args().only.split(",") if name] or ORDER
    os.sched_setaffinity(0, {servers.OTHERS_CORE})
    # A collector that walks through all who wait stops the load for half a second: answers would be read late.
    gc.disable()
    folder = ROOT / "out" / "bench-overload"
    folder.mkdir(parents=True, exist_ok=True)
    runs, best = _played([arms()[name] for name in order], folder)
    found = [_judged(run, best[at], best[at + 1]) for at, run in enumerate(runs)]
    for run, one in zip(runs, found, strict=True):
        _say(run, one)
    print(
        json.dumps(
            {
                "bench": "overload",
                "best_steady_per_s": [round(one.per_s, 2) for one in best],
                "best_steady_goodput": [round(one.goodput, 4) for one in best],
                "overload": OVERLOAD,
                "deadline_s": DEADLINE_S,
                "halved_by": sorted({run.halved_by for run in runs}),
                **summary(found),
            }
        )
    )


def _played(order: list[Arm], folder: Path) -> tuple[list[Run], list[Best]]:
    """All runs, and the best of the back end before each of them and after the last."""
    runs: list[Run] = []
    best: list[Best] = []
    for arm in order:
        with _backend(folder) as (served, share):
            best.append(uvloop.run(_best_steady(served)))
            if not runs:
                print(f"{machine()}; alone, the back end does {best[0].per_s:.1f} sign-ins a second", flush=True)
            with arm.front(folder, served.port, best[-1].per_s) as port:
                # To all fronts come the same people.
                runs.append(uvloop.run(_play(arm, served, port, OVERLOAD * best[0].per_s, share)))
        print(f"{arm.words}: {len(runs[-1].answers.good_s)} answered in time", flush=True)
        gc.collect()
    with _backend(folder) as (served, _):
        best.append(uvloop.run(_best_steady(served)))
    return runs, best


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


async def _best_steady(served: Served) -> Best:
    async with _client() as client:
        inside = Inside(client, load(served.folder), backend=served.port, door=None)
        await inside.come_in()
        watching = asyncio.ensure_future(inside.watch())
        await steady(client, served.port, in_hand=CLOSED_LOOP_IN_HAND, length_s=CLOSED_LOOP_WARM_S)
        began, used_s = time.monotonic(), checking_s(served.process)
        per_s = await steady(client, served.port, in_hand=CLOSED_LOOP_IN_HAND, length_s=CLOSED_LOOP_S)
        goodput = (checking_s(served.process) - used_s) / (time.monotonic() - began)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    return Best(per_s=per_s, goodput=goodput)


def _judged(run: Run, before: Best, after: Best) -> Found:
    best = Best(per_s=(before.per_s + after.per_s) / 2, goodput=(before.goodput + after.goodput) / 2)
    return Found(
        name=run.arm.name,
        score=score(run.answers, run.work, best_per_s=best.per_s, check_s=best.goodput / best.per_s),
        best=best,
        viewer_calls=run.viewer_calls,
        viewer_failures=sum(run.viewer_failures.values()),
    )


async def _play(arm: Arm, served: Served, port: int, per_s: float, share: Share) -> Run:
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
        await arrive(person, per_s=per_s, length_s=LENGTH_S + BEYOND_S, seed=SEED)
        for task in tasks:
            task.cancel()
        said = await asyncio.gather(*tasks, return_exceptions=True)
    broken = [one for one in said if isinstance(one, Exception)]
    if broken:
        raise broken[0]
    return Run(
        arm=arm,
        halved_by=share.how,
        answers=Answers(good_s=tuple(tally.good_s), late_s=tuple(tally.late_s)),
        work=used.work(),
        outcomes=dict(tally.outcomes),
        viewer_calls=inside.calls,
        viewer_failures=dict(inside.failures),
        dropped=dropped.sign_ins,
        queue_ms_max=dropped.queue_ms_max,
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


def _say(run: Run, found: Found) -> None:
    one: Score = found.score
    recovered = "not back" if one.recovered_s is None else f"back after {one.recovered_s:.1f} s"
    print(
        f"{run.arm.words:<26}goodput {one.goodput:.3f}, steady {one.steady_goodput:.3f} of {found.best.goodput:.3f}  "
        f"answers {one.steady_per_s:5.1f}/s of {found.best.per_s:.1f}  half: {one.half_per_s:5.1f}/s  "
        f"after: {one.after_per_s:5.1f}/s  whole: {one.whole_per_s:5.1f}/s at {one.check_ms or 0:.2f} ms  {recovered}; "
        f"inside {found.viewer_failures} of {run.viewer_calls} calls failed; "
        f"{run.dropped} sign-ins dropped, queue up to {run.queue_ms_max / 1000:.1f} s; halved by a {run.halved_by}"
    )
    print(f"{'':<26}{dict(sorted(run.outcomes.items()))} {run.viewer_failures or ''}")
    print(f"{'':<26}each second: {' '.join(str(count) for count in by_second(run.answers.good_s))}", flush=True)


if __name__ == "__main__":
    main()
