"""Events of other players, read into one form."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kickoff.audience.cmcd import parse
from kickoff.audience.player_events import (
    SILENT_MS_MAX,
    EventError,
    EyevinnEvent,
    Said,
    Story,
    read_cmcd,
    read_eyevinn,
)

STATES = st.sampled_from([*"psrakwefq", ""])


def said(at_ms: int, state: str) -> Said:
    """An event."""
    return Said(at_ms=at_ms, state=state, session="a")


def test_inner_lists_and_custom_keys_of_version_two_are_read() -> None:
    """Of an inner list the first item, without its parameters."""
    found = parse('br=(2500;v 128;a),ec=("E 1" "E2"),com.example-key="x,y",bg,bl=(),sta=p,pr=1.5')
    assert found == {
        "br": 2500, "ec": "E 1", "com.example-key": "x,y", "bg": True, "bl": "", "sta": "p", "pr": "1.5",
    }  # fmt: skip


@pytest.mark.parametrize("line", ["", "e=ps", "ts=1", "e=ps,ts=-5", "e=ps,ts=x", "=", "e=(,ts=1", "e=" + "x" * 3000])
def test_a_line_that_is_no_event_says_so(line: str) -> None:
    """It is counted, and never ends the reading."""
    with pytest.raises(EventError):
        read_cmcd(line)


@given(st.text(max_size=200))
def test_no_line_whatsoever_does_harm(line: str) -> None:
    """Read as an event of some instant, or refused with one error that says why."""
    read = read_or_why(line)
    assert read.at_ms >= 0 if isinstance(read, Said) else read


def read_or_why(line: str) -> Said | str:
    """The event, or why the line is none."""
    try:
        return read_cmcd(line)
    except EventError as error:
        return str(error)


@given(st.lists(st.tuples(st.integers(0, 10_000_000), STATES), max_size=30))
def test_no_time_is_counted_twice(events: list[tuple[int, str]]) -> None:
    """Whatever the order: what was watched and stalled is never more than the time that passed."""
    story = Story()
    spent = [story.hear(said(at_ms, state)) for at_ms, state in events]
    times = [at_ms for at_ms, _ in events]
    total = sum(one.watched_ms + one.stalled_ms for one in spent)
    assert total <= max(times, default=0) - min(times, default=0)


def test_a_long_silence_is_not_counted_as_watched() -> None:
    """A player that said nothing for four intervals may have been asleep."""
    story = Story()
    story.hear(said(1_000, "p"))
    assert story.hear(said(1_000 + SILENT_MS_MAX, "")).watched_ms == SILENT_MS_MAX
    assert story.hear(said(2_001 + 2 * SILENT_MS_MAX, "")).watched_ms == 0


def test_an_unknown_event_of_eyevinn_is_counted_and_changes_nothing() -> None:
    """A later version's events must not end a session."""
    raw = {"event": "teleported", "sessionId": "a", "timestamp": 5, "playhead": 0, "duration": 0}
    found = read_eyevinn(msgspec.convert(raw, EyevinnEvent))
    assert (found.state, found.unknown) == ("", ("teleported",))


def test_an_init_without_an_instant_is_no_event() -> None:
    """The specification lets `init` carry −1: it places nothing in time."""
    raw = {"event": "init", "sessionId": "a", "timestamp": -1}
    with pytest.raises(EventError):
        read_eyevinn(msgspec.convert(raw, EyevinnEvent))
