import msgspec

from kickoff.findings import Cause
from kickoff.notices.history import STATEMENTS_MAX, incidents, remember
from kickoff.notices.html import tongues
from kickoff.notices.words import Notice, notice
from tests.notices.nights import NIGHT, findings, impact, incident


def say(cause: Cause, at_s: float, *, ended: bool = False, seen: int = 100, calm: bool = False) -> Notice:
    """What is said at an instant."""
    hit = impact(seen=seen, low=seen, high=seen + 50)
    found = findings(cause, *(() if calm else (incident(ended=ended),)), until=NIGHT.at(at_s), hit=hit)
    return notice(found, NIGHT, tongues())


def test_a_statement_is_kept_when_state_or_cause_changed() -> None:
    """What was once said in public stays said."""
    history: tuple[Notice, ...] = ()
    for said in (
        say(Cause.NONE, 90, calm=True),
        say(Cause.TOO_EARLY, 95),
        say(Cause.TOO_EARLY, 96, seen=160),
        say(Cause.FAULT, 100),
        say(Cause.FAULT, 150, ended=True),
        say(Cause.FAULT, 160, ended=True, seen=170),
    ):
        history = remember(history, said)
    assert [(said.cause, said.state) for said in history] == [
        ("too_early", "open"),
        ("fault", "open"),
        ("fault", "mended"),
    ]


def test_the_past_is_not_rewritten() -> None:
    """A journal read again up to an earlier instant says nothing new."""
    history = remember((say(Cause.FAULT, 100),), say(Cause.CAPACITY, 95))
    assert [said.cause for said in history] == ["fault"]


def test_incidents_are_told_whole_and_the_newest_first() -> None:
    """A calm word ends the incident before it instead of beginning one of its own."""
    first = (say(Cause.TOO_EARLY, 95), say(Cause.NONE, 110, calm=True))
    second = msgspec.structs.replace(say(Cause.FAULT, 150), incident="another")
    newest, oldest = incidents((*first, second))
    assert (newest.incident, newest.is_over) == ("another", False)
    assert (oldest.statements, oldest.is_over) == (first, True)


def test_the_history_is_bounded() -> None:
    """A verdict that flickers does not fill the disk."""
    history: tuple[Notice, ...] = ()
    for number in range(STATEMENTS_MAX + 20):
        said = msgspec.structs.replace(say(Cause.FAULT, 100), at=NIGHT.at(100 + number), cause=list(Cause)[number % 2])
        history = remember(history, said)
    assert len(history) == STATEMENTS_MAX
