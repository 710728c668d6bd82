"""The pictures of docs/method.md, drawn from real runs: `make bench-pictures` writes docs/method/*.svg.

One judged night (a delivery network that fails) and the answers on all judged nights; ARGS=100 for so many.
"""

import json
import sys
from html import escape
from math import log10
from pathlib import Path

import numpy as np

from bench.nights.answers import Answered, answers
from bench.nights.store import night
from kickoff.aftermath.answers import incidents, read, verdict
from kickoff.aftermath.journal import JournalView
from kickoff.findings import Metric
from kickoff.incidents.attempts import attempts_of
from kickoff.incidents.cohorts import count
from kickoff.incidents.columns import read_columns
from kickoff.units import US_PER_S

FOLDER = Path("docs/method")
WIDTH, HEIGHT, EDGE = 720, 240, 44
NIGHTS = 520
STYLE = (
    "<style>text{font:12px sans-serif;fill:#555}.a{stroke:#2a6f97;fill:none;stroke-width:1.5}.b{fill:#c8553d}"
    ".c{fill:#2a6f97}.d{stroke:#999;stroke-dasharray:4 3;fill:none}.e{fill:#c8553d22}</style>"
)


def main() -> None:
    """Draw all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    nights = answers("judging", range(int(sys.argv[1]) if len(sys.argv) > 1 else NIGHTS))
    one = next(night for night in nights if night.scenario == "cdn" and night.minute_s > 50)
    (FOLDER / "notice.svg").write_text(noticed(one))
    (FOLDER / "why.svg").write_text(why(one))
    (FOLDER / "how-many.svg").write_text(how_many(nights))
    print(json.dumps({"bench": "pictures", "night": one.name, "nights": len(nights)}))


def noticed(one: Answered) -> str:
    """Starts and failed starts a minute, the trouble shaded, the notice marked."""
    folder, _ = night("judging", int(one.name.rpartition("-")[2]))
    evening = read(JournalView(folder / "whole", one.name))
    starts = attempts_of(read_columns(evening.facts, evening.until))[0]
    counts = count(starts, start=one.start, until=evening.until)
    tried, failed = (values[0][: len(values[0]) // 60 * 60].reshape(-1, 60).sum(axis=1) for values in
                     (counts.tried, counts.failed))  # fmt: skip
    incident = next(found for found in one.whole.incidents if found.metric is Metric.START_FAILURES)
    begin, told = ((at - one.start) / US_PER_S / 60 for at in (incident.began_at, incident.noticed_at))
    (_, since, until), minutes, top = one.spans[0], len(tried), float(tried.max())

    def x(minute: float) -> float:
        return EDGE + minute / minutes * (WIDTH - 2 * EDGE)

    def y(value: float) -> float:
        return HEIGHT - EDGE - value / top * (HEIGHT - 2 * EDGE)

    line = " ".join(f"{x(minute):.1f},{y(value):.1f}" for minute, value in enumerate(tried))
    bars = "".join(
        f'<rect class="b" x="{x(minute):.1f}" y="{y(value):.1f}" width="3" height="{HEIGHT - EDGE - y(value):.1f}"/>'
        for minute, value in enumerate(failed)
    )
    left, right = x(since / 60), x(until / 60)
    shade = f'<rect class="e" x="{left:.1f}" y="{EDGE}" width="{right - left:.1f}" height="{HEIGHT - 2 * EDGE}"/>'
    words = f"noticed after {(told - begin) * 60:.0f} s"
    mark = f'<line class="d" x1="{x(told):.1f}" x2="{x(told):.1f}" y1="{EDGE - 10}" y2="{HEIGHT - EDGE}"/>'
    return _svg(
        f'{shade}<polyline class="a" points="{line}"/>{bars}{mark}'
        + _text(x(told) + 4, EDGE - 4, words)
        + _text(
            EDGE, HEIGHT - 14, f"minutes of the evening; starts a minute (line, at most {top:.0f}) and failed ones"
        ),
        "Starts a minute and failed starts of one judged night",
    )


def why(one: Answered) -> str:
    """The evidence of the same night as bars, for capacity to the left and for a fault to the right."""
    folder, _ = night("judging", int(one.name.rpartition("-")[2]))
    evening = read(JournalView(folder / "first", one.name, until=one.first.at))
    said = verdict(evening, incidents(evening))
    rows = [evidence for evidence in said.evidence if evidence.weight >= 0.05][:8]
    most = max(evidence.weight for evidence in rows)
    parts = []
    for number, evidence in enumerate(rows):
        top, long = 14 + 26 * number, 150 * evidence.weight / most
        left = 170 - long if evidence.favours != said.verdict else 170
        kind = "c" if evidence.favours == said.verdict else "b"
        parts.append(f'<rect class="{kind}" x="{left:.0f}" y="{top}" width="{max(long, 1):.0f}" height="16"/>')
        parts.append(_text(330, top + 12, f"{evidence.weight:.2f} {evidence.favours}: {evidence.fact}"[:76]))
    return _svg("".join(parts), f"Evidence for (right) and against (left) the verdict {said.verdict}")


def how_many(nights: list[Answered]) -> str:
    """Each first statement's 90 % range over the truth, both on a log scale."""
    shown = [one for one in nights if one.first.hit >= 20 and one.first.impact.total.high > 0]
    size = 300.0
    marks = []
    for one in shown:
        total, truth = one.first.impact.total, one.first.hit
        across = EDGE + log10(truth / 20) / 3 * (WIDTH - 2 * EDGE)
        low, high = (_up(max(value, 1) / 20, size) for value in (total.low, total.high))
        is_in = total.low <= truth <= total.high
        marks.append(
            f'<line x1="{across:.1f}" x2="{across:.1f}" y1="{low + 1:.1f}" y2="{high - 1:.1f}" '
            f'stroke="{"#2a6f97" if is_in else "#c8553d"}" stroke-width="2"/>'
        )
    diagonal = f'<line class="d" x1="{EDGE}" y1="{_up(1, size):.0f}" x2="{WIDTH - EDGE}" y2="{_up(1000, size):.0f}"/>'
    share = np.mean([one.first.impact.total.low <= one.first.hit <= one.first.impact.total.high for one in shown])
    words = f"accounts hit in truth, 20 to 20,000; ranges after ten minutes on {len(shown)} nights, {share:.0%} hold it"
    return _svg(diagonal + "".join(marks) + _text(EDGE, size - 12, words), words, height=size)


def _up(ratio: float, size: float) -> float:
    return size - EDGE - max(-0.1, log10(ratio)) / 3 * (size - 2 * EDGE)


def _text(x: float, y: float, words: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}">{escape(words)}</text>'


def _svg(content: str, label: str, height: float = HEIGHT) -> str:
    size = f'viewBox="0 0 {WIDTH} {height:g}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(label)}">'
    return f"{head}{STYLE}{content}</svg>\n"


if __name__ == "__main__":
    main()
