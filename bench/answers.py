"""How long do all answers take on a night of millions, from its journal? `make bench-answers`; ARGS=230000 viewers.

The night is made by `bench.nights.large` (once, kept by seed): people who come by a real curve, a shortage of capacity
at kick-off, then a delivery network that fails. No viewer-minutes: those are `make bench-audience`'s.

    facts, answered_s           notice, where, why, how many, one after the other, in a process that has just begun
    …_s                         each of them
    peak_mb                     memory at most
    live_core_share             of a core, for answers that follow the log at 20,000 facts a second (`bench.followed`)
    live_…                      what that was measured on; how old an answer in full ever was; how soon one was given
                                after an incident began
"""

import json
import resource
import sys
from itertools import pairwise
from time import perf_counter, process_time

from bench.followed import live_answers
from bench.nights.large import large_night
from kickoff.aftermath.answers import impact, incidents, read, verdict
from kickoff.aftermath.journal import JournalView

VIEWERS = 2_300_000


def main() -> None:
    """Print one JSON document."""
    viewers = int(sys.argv[1]) if len(sys.argv) > 1 else VIEWERS
    root, name, facts = large_night(viewers)
    spent = process_time()
    began = perf_counter()
    steps = {}
    evening = read(JournalView(root, name))
    steps["read_s"] = perf_counter()
    found = incidents(evening)
    steps["notice_and_where_s"] = perf_counter()
    said = verdict(evening, found)
    steps["why_s"] = perf_counter()
    counted, _ = impact(evening, found)
    steps["how_many_s"] = perf_counter()
    ends = [began, *steps.values()]
    lasted = dict(zip(steps, (b - a for a, b in pairwise(ends)), strict=True))
    peak_mb = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    spent = process_time() - spent
    del evening
    print(json.dumps({
        "bench": "answers", "viewers": viewers, "facts": facts, "answered_s": round(ends[-1] - began, 1),
        **{step: round(seconds, 1) for step, seconds in lasted.items()},
        "processor_s": round(spent, 1), "peak_mb": peak_mb,
        "incidents": [str(one.metric) for one in found], "verdict": str(said.verdict), "seen": counted.seen,
        "total": [counted.total.low, counted.total.high],
        **live_answers(viewers),
    }, indent=1))  # fmt: skip


if __name__ == "__main__":
    main()
