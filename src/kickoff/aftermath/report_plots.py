"""Which curves does the report show? Each with its own frame of the match clock."""

from collections.abc import Sequence

from kickoff.aftermath.plots import Band, Frame, Mark, Series, chart
from kickoff.aftermath.report_series import WAIT_SHARES, Curves
from kickoff.findings import Findings
from kickoff.night import Night
from kickoff.units import US_PER_S

MARKS = {"kick_off": "kick-off", "half_time": "half-time", "second_half": "", "whistle": "whistle", "goal": ""}

Drawn = tuple[str, tuple[tuple[str, int], ...]]
"""(the SVG, its keys: name and style of each line)."""


def plots(found: Findings, curves: Curves, night: Night, open_seconds: Sequence[int] | None) -> dict[str, Drawn]:
    """Every chart of the report by its name."""
    frame = frame_of(night, found)
    half, most = WAIT_SHARES[1], WAIT_SHARES[2]
    return {
        "audience": _drawn(_channels(found, night), frame, "Households watching each second, by channel"),
        "sides": _drawn(
            [
                Series(name="with the door", values=found.audience.seconds, filled=True),
                Series(name="door open to all", values=open_seconds or (), style=2),
            ],
            frame,
            "Households watching each second, with the door and with the door open to all",
        ),
        "line": _drawn(
            [
                Series(name="joined", values=curves.joined.tolist(), style=3),
                Series(name="let in", values=curves.passed.tolist(), style=1),
                Series(name="in line", values=curves.waiting.tolist(), style=2, filled=True),
            ],
            frame,
            "Households that joined, were let in, and stood in line",
        ),
        "waits": _drawn(
            [
                Series(name="half waited at most", values=curves.waits[half].tolist(), filled=True),
                Series(name="nine of ten", values=curves.waits[most].tolist(), style=2),
            ],
            frame,
            "Seconds in line by the time of joining",
        ),
        "failures": _drawn(
            [
                Series(name="failed starts", values=curves.failed_starts.tolist(), style=1),
                Series(name="failed sign-ins", values=curves.failed_sign_ins.tolist(), style=4),
            ],
            frame,
            "Failed starts and failed sign-ins each second",
        ),
    }


def frame_of(night: Night, found: Findings) -> Frame:
    """From the start to the end of the night, with the match clock and the incidents."""
    start = night.at(0)
    named = [Mark(at_s=at, name=MARKS.get(code, code)) for code, at in night.match_events()]
    doors = [Mark(at_s=night.schedule.doors, name="doors")] if night.schedule.doors else []
    bands = [
        Band(
            from_s=(one.began_at - start) / US_PER_S,
            to_s=((found.until if one.ended_at is None else one.ended_at) - start) / US_PER_S,
        )
        for one in found.incidents
    ]
    return Frame(from_s=0.0, to_s=night.schedule.end, marks=(*doors, *named), bands=tuple(bands))


def _channels(found: Findings, night: Night) -> list[Series]:
    audience = found.audience
    every = [Series(name="all channels", values=audience.seconds, filled=True)]
    return every + [
        Series(
            name=night.channels[name].title if name in night.channels else name,
            values=audience.seconds_by_channel[name],
            style=min(4, number),
        )
        for number, name in enumerate(sorted(audience.seconds_by_channel), 2)
    ]


def _drawn(series: Sequence[Series], frame: Frame, label: str) -> Drawn:
    return chart(series, frame, label=label), tuple((one.name, one.style) for one in series)
