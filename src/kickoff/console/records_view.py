"""How does the trail read? Each act with who and when, in words of one language."""

from collections.abc import Sequence

from msgspec import Struct

from kickoff.console.spelling import local_day, local_time
from kickoff.console.trail import Step
from kickoff.night import Night
from kickoff.web.words import Words


class StepSeen(Struct, frozen=True, kw_only=True):
    """One line of the trail."""

    number: int
    day: str
    time: str
    by: str
    act: str
    about: str
    came: str
    is_done: bool


def steps_of(steps: Sequence[Step], night: Night, t: Words) -> tuple[StepSeen, ...]:
    """The lines as they stand on the page."""
    return tuple(
        StepSeen(
            number=step.number,
            day=local_day(night, step.at),
            time=local_time(night, step.at),
            by=step.by,
            act=t(f"act.{step.act}") if t.has(f"act.{step.act}") else step.act,
            about=step.about,
            came=_came(step.came, t),
            is_done=step.came == "done",
        )
        for step in steps
    )


def _came(came: str, t: Words) -> str:
    return t(f"came.{came}") if t.has(f"came.{came}") else came
