"""How is the report printed? As PDF, typeset by Typst from the same answers as the page: no browser, no system's fonts.

`templates/report.typ` sets it; here the answers become its data and the curves its pictures. The same answers give the
same bytes.
"""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import typst

from kickoff.aftermath.plots import HEIGHT, WIDTH
from kickoff.units import US_PER_S

FOLDER = Path(__file__).parent / "templates"
FONT = "Libertinus Serif"
"""Comes with Typst."""
_NOTHING = "–"
PRINT = (
    f"text{{font-family:'{FONT}';font-size:12px;fill:#48584f}}"
    ".grid{stroke:#cfd8d2;stroke-width:1}.mark{stroke:#48584f;stroke-width:1;stroke-dasharray:2 3}"
    ".goal{stroke:#cfd8d2;stroke-width:1}.ball{fill:#48584f}.band{fill:#96290d;opacity:.13}"
    ".line{fill:none;stroke-width:1.8;stroke-linejoin:round}.area{opacity:.12;stroke:none}"
    ".s1{stroke:#08683f}.s2{stroke:#a85f00;stroke-dasharray:6 3}.s3{stroke:#2457a6;stroke-dasharray:2 2}"
    ".s4{stroke:#96290d;stroke-dasharray:8 2 2 2}"
    ".area.s1{fill:#08683f;stroke:none}.area.s2{fill:#a85f00;stroke:none}"
    ".area.s3{fill:#2457a6;stroke:none}.area.s4{fill:#96290d;stroke:none}"
)
"""The page's colours as they are printed; a picture of its own knows no page's style sheet."""
CAPTIONS = {
    "sides": "Households watching, each second. Full line: with the door; dashed: the door open to all.",
    "audience": "Households watching, each second. A household with two screens counts once.",
    "line": "Households: joined so far, let in so far, and standing in line at that second.",
    "waits": "Seconds from joining to the pass, by the time of joining: half, and nine of ten, waited no longer.",
    "failures": "Failed starts and failed sign-ins, each second; wrong passwords are left out. Shaded: incidents.",
}


def pdf(told: Mapping[str, Any]) -> bytes:
    """The report as PDF. `told`: `report.story`."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        (root / "report.typ").write_bytes((FOLDER / "report.typ").read_bytes())
        (root / "data.json").write_bytes(msgspec.json.encode(data(told)))
        for name, (drawing, _) in told["plots"].items():
            (root / f"{name}.svg").write_text(picture(drawing), "utf-8")
        made = typst.compile(
            root / "report.typ",
            root=root,
            ignore_system_fonts=True,
            # Of the night, not of the minute in which it is printed: the same journal gives the same file.
            timestamp=told["night"].at(0) // US_PER_S,
        )
    assert isinstance(made, bytes), "without an output file the bytes come back"
    return made


def picture(drawing: str) -> str:
    """A curve of the page as a picture of its own."""
    opened, _, rest = drawing.partition(">")
    return (
        f'{opened} xmlns="http://www.w3.org/2000/svg" width="{WIDTH:g}" height="{HEIGHT + 10:g}"'
        f"><style>{PRINT}</style>{rest}"
    ).replace(f'viewBox="0 0 {WIDTH:g} {HEIGHT:g}"', f'viewBox="0 0 {WIDTH:g} {HEIGHT + 10:g}"')


def data(told: Mapping[str, Any]) -> dict[str, Any]:
    """What the template reads: words, rows of words, and the names of the pictures."""
    line, percent = told["line"], told["percent"]
    return {
        "title": told["night"].title,
        "kind": told["kind"],
        "headline": told["headline"],
        "answers": [{"question": one.question, "figure": one.figure, "words": one.words} for one in told["answers"]],
        "sides": [[words, _count(one), _count(other)] for words, one, other, _ in told["sides"]]
        if told["both"]
        else [],
        "plots": {
            name: {"caption": CAPTIONS[name], "keys": [[key, style] for key, style in keys]}
            for name, (_, keys) in told["plots"].items()
        },
        "zone": told["zone"],
        "timeline": [[row.clock, row.time, row.what, row.kind] for row in told["timeline"]],
        "channels": [
            [name, _count(one.average), _count(one.peak), _count(one.reach)] for name, one in told["channels"]
        ],
        "reach_minutes": told["reach_minutes"],
        "line": _line(line) if line.joined else [],
        "fair": [line.duplicate_places, line.overtakes, line.expelled],
        "calibration": _calibration(told["calibration"], percent),
        "incidents": [
            [one["what"], one["began"], one["noticed_after"], one["ended"], one["where"]] for one in told["incidents"]
        ],
        "hit_by": [
            {"by": dimension, "bars": [[name, _count(count), share] for name, count, share in bars]}
            for dimension, bars in told["hit_by"]
        ],
        "impact_how": told["impact"].how,
        "probabilities": [[name, percent(share), share] for name, share in told["probabilities"]],
        "evidence": _evidence(told["evidence"], told["measured"]),
        "settles": told["settles"],
        "offers": [
            [row["offer"], row["rule"], _count(row["count"]), row["average"], row["total"]] for row in told["offers"]
        ],
        "gestures_how": told["allotment"].how,
        "tomorrow": _tomorrow(told["tomorrow"], percent),
        "said": [[code, texts.title, texts.status_page.split("\n\n")] for code, texts in told["said"].items()],
        "method": [told["until"], _count(told["facts_read"]), told["mended_s"], told["answer_s"]],
    }


def _count(value: int | None) -> str:
    return _NOTHING if value is None else f"{value:,}"


def _line(line: Any) -> list[list[str]]:  # noqa: ANN401 - outcomes.LineFigures, of which only numbers are read
    return [
        ["joined", _count(line.joined)],
        ["called", _count(line.called)],
        ["let in", _count(line.admitted)],
        ["waited, half of them", f"{line.waited_p50_s:.1f} s"],
        ["waited, 95 of 100", f"{line.waited_p95_s:.1f} s"],
    ]


def _calibration(found: Any, percent: Any) -> dict[str, Any] | None:  # noqa: ANN401 - as they stand in the story
    if found is None:
        return None
    return {
        "bins": [[one.words, _count(one.people), percent(one.inside), f"{one.width_s:.1f}"] for one in found.bins],
        "words": f"{percent(found.inside)} of {found.people:,} waits ended within the interval that stands for eight "
        f"in ten: {percent(found.early)} were called sooner, {percent(found.late)} later. Winkler score "
        f"{found.score_s:.1f} s at a mean wait of {found.wait_s:.1f} s; less is better.",
    }


def _evidence(evidence: Sequence[Any], measured: Any) -> list[list[str]]:  # noqa: ANN401 - as above
    return [
        [one.fact, measured(one.value), measured(one.expected), str(one.favours), f"{one.weight:+.1f}"]
        for one in evidence
    ]


def _tomorrow(found: Any, percent: Any) -> dict[str, Any] | None:  # noqa: ANN401 - as above
    if found is None:
        return None
    again = ", tonight's own file once more" if found.is_tonight_again else ""
    return {
        "words": f"{found.title}{again}: the production door on a virtual clock, {found.faults} of tonight's faults at "
        f"the same minute of the match, servers that carry {found.sign_ins_per_s:.0f} sign-ins a second as tonight's "
        f"were measured to. Played with {percent(found.scale)} of the crowd, told in people of the full one; seed "
        f"{found.seed}.",
        "rows": [
            ["come", _count(found.came)],
            ["in line when it is longest", _count(found.line_peak)],
            ["wait, half of them at most", f"{found.waited_p50_s:.1f} s"],
            ["wait, 95 of 100 at most", f"{found.waited_p95_s:.1f} s"],
            ["with a picture 60 s after kick-off", _count(found.pictures_60s)],
            ["came and never had a picture", _count(found.never_had_a_picture)],
            ["thrown out while watching", _count(found.thrown_out)],
        ],
        "broken": list(found.broken),
    }
