"""`make bench-gestures`: how many gestures a second the ledger takes, and whether SIGKILL ever doubles or loses one.

One run on this machine: 200,000 gestures previewed, approved and posted on SQLite and on a PostgreSQL of its own
(commits reach the disk on both); a list revised five times up and down; then a list of 2,000 posted by a process that
kills itself with SIGKILL at a seeded point between two of its statements, posted again, and compared with the list to
the cent. Prints one JSON document.
"""

import argparse
import json
import os
import random
import signal
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec.structs import replace
from sqlalchemy import event

from kickoff.findings import Case
from kickoff.gestures.policy import Allotment, allot
from kickoff.gestures.sql import Ledger, open_ledger
from kickoff.units import AtUs
from tests.gestures.nights import cases, night_with
from tests.gestures.postgresql import fresh, server

BUDGET_CENTS = 1_000_000_000
LIST, KILLED_LIST = 200_000, 2_000
KILLED_BATCH = 100
REVISIONS = 5


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print the numbers."""
    parser = argparse.ArgumentParser(prog="make bench-gestures ARGS=…", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="postings on each database; the median counts")
    parser.add_argument("--kills", type=int, default=100, help="points at which the posting process is killed")
    wish = parser.parse_args(arguments)
    large = cases(LIST, seed=1)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        sqlite = [posted_per_s(large, root / f"{run}.sqlite") for run in range(wish.runs)]
        with server(durable=True) as address:
            postgresql = [posted_per_s(large, fresh(address, f"run{run}")) for run in range(wish.runs)]
        astray = revise(root)
        kills = kill_often(root, wish.kills)
    print(
        json.dumps(
            {
                "bench": "gestures",
                "grants": LIST,
                "grants_per_s": round(statistics.median(sqlite)),
                "postgres_grants_per_s": round(statistics.median(postgresql)),
                "revisions": REVISIONS,
                "astray_after_revisions": astray,
                "killed_runs": wish.kills,
                **kills,
            }
        )
    )


def posted_per_s(people: Sequence[Case], where: Path | str) -> float:
    """Preview, approve and post the list, and audit that it stands. The audit is not timed."""
    night = night_with(budget_cents=BUDGET_CENTS)
    ledger = open_ledger(where)
    begun = time.perf_counter()
    allotment = allot(people, night)
    ledger.approve(allotment, by="rule", at=AtUs(1), rule=True)
    ledger.post(allotment, at=AtUs(2))
    took_s = time.perf_counter() - begun
    audit = ledger.audit(allotment.scope)
    assert audit.wrong == (), audit.wrong
    assert audit.total_cents == allotment.total_cents
    ledger.close()
    return len(allotment.granted) / took_s


def revise(root: Path) -> int:
    """Post a list and five revisions of it; how many subscribers do not stand at what the last one says."""
    ledger, dice = open_ledger(root / "revised.sqlite"), random.Random(4)
    people, night = cases(KILLED_LIST, seed=5), night_with(budget_cents=BUDGET_CENTS)
    allotment = allot(people, night)
    for at in range(REVISIONS + 1):
        ledger.approve(allotment, by="rule", at=AtUs(at), rule=True)
        ledger.post(allotment, at=AtUs(at))
        if at < REVISIONS:
            kept = dice.sample(people, k=dice.randrange(KILLED_LIST // 2, KILLED_LIST))
            allotment = allot([replace(one, lost_ms=dice.randrange(1, 90_000)) for one in kept], night)
    stands = {one.subject: one.amount_cents for one in ledger.standing(allotment.scope) if one.amount_cents}
    ledger.close()
    wanted = {grant.subject: grant.amount_cents for grant in allotment.granted}
    return sum(stands.get(subject) != wanted.get(subject) for subject in stands.keys() | wanted.keys())


def kill_often(root: Path, kills: int) -> dict[str, int]:
    """Kill at so many seeded points; how many gestures were doubled or lost after the list was posted again."""
    allotment = allot(cases(KILLED_LIST, seed=2), night_with(budget_cents=BUDGET_CENTS))
    statements = statements_of(allotment, root / "whole.sqlite")
    dice = random.Random(3)
    found: Counter[str] = Counter(doubled=0, lost=0, killed_midway=0)
    for number in range(kills):
        found.update(killed_at(allotment, root / f"killed-{number}.sqlite", dice.randrange(statements)))
    return dict(found)


def killed_at(allotment: Allotment, path: Path, statement: int) -> dict[str, int]:
    """Post in a process that kills itself before this statement; post again; compare with the list."""
    ledger = open_ledger(path)
    ledger.approve(allotment, by="rule", at=AtUs(1), rule=True)
    ledger.close()
    child = os.fork()
    if child == 0:
        _post_until(allotment, path, statement)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    ledger = open_ledger(path)
    before = ledger.audit(allotment.scope).gestures
    ledger.post(allotment, at=AtUs(3))
    stands = {one.subject: one.amount_cents for one in ledger.standing(allotment.scope)}
    wrong = ledger.audit(allotment.scope).wrong
    ledger.close()
    assert wrong == (), wrong
    wanted = {grant.subject: grant.amount_cents for grant in allotment.granted}
    return {
        "doubled": sum(cents > wanted.get(subject, 0) for subject, cents in stands.items()),
        "lost": sum(stands.get(subject, 0) < cents for subject, cents in wanted.items()),
        "killed_midway": int(os.WIFSIGNALED(status) and 0 < before < len(wanted)),
    }


def statements_of(allotment: Allotment, path: Path) -> int:
    """How many statements posting the list takes."""
    ledger = open_ledger(path)
    ledger.approve(allotment, by="rule", at=AtUs(1), rule=True)
    steps: list[None] = []
    _before_each(ledger, lambda: steps.append(None))
    ledger.post(allotment, at=AtUs(2), batch=KILLED_BATCH)
    ledger.close()
    return len(steps)


def _post_until(allotment: Allotment, path: Path, statement: int) -> None:
    left = [statement]

    def kill() -> None:
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1

    ledger = open_ledger(path)
    _before_each(ledger, kill)
    ledger.post(allotment, at=AtUs(2), batch=KILLED_BATCH)


def _before_each(ledger: Ledger, act: Callable[[], object]) -> None:
    """Have something happen before each statement and before each commit: between any two steps of a posting."""
    engine = ledger._engine  # noqa: SLF001 - where a process can be cut is the point
    event.listen(engine, "before_cursor_execute", lambda *_: act())
    event.listen(engine, "commit", lambda _: act())


if __name__ == "__main__":
    main()
