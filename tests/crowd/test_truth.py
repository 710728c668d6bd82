"""The sum of the diaries, by the definitions of the package's docstring."""

from collections.abc import Iterable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kickoff.crowd
from kickoff.crowd.diary import Diary, Signal
from kickoff.crowd.truth import Truth, progress, truth, watched_ms, watching_each_second
from kickoff.night import Schedule

SCHEDULE = Schedule(doors=20, kick_off=60, half_time=110, second_half=118, whistle=170, end=185)
IN = (Signal.CAME, 10.0), (Signal.JOINED, 11.0), (Signal.CALLED, 20.0), (Signal.LET_IN, 21.0)


def diary(*signals: tuple[Signal, float], failure_s: float | None = None) -> Diary:
    """A diary with these entries."""
    made = Diary()
    for signal, at_s in signals:
        made.note(signal, at_s)
    if failure_s is not None:
        made.note_failure(failure_s)
    return made


def sum_of(*diaries: Diary, at_s: float = 185.0) -> Truth:
    """The truth at the end of the night."""
    return truth(diaries, SCHEDULE, at_s=at_s)


spans = st.lists(
    st.tuples(st.floats(0, 185), st.floats(0, 185)).map(sorted).map(tuple), max_size=1
)  # fmt: skip


@given(st.lists(spans, max_size=8))
def test_each_second_counts_those_who_had_a_picture_then(nights: list[list[tuple[float, float]]]) -> None:
    """The curve is the same as asking each person at each second."""

    def shown(begin_s: float, end_s: float) -> Diary:
        return diary(*IN[:1], (Signal.LET_IN, 10.0), (Signal.SAW_PICTURE, begin_s), (Signal.LEFT, end_s))

    diaries = [shown(*span) for night in nights for span in night]
    asked = [sum(begin_s <= second < end_s for night in nights for begin_s, end_s in night) for second in range(186)]
    assert watching_each_second(diaries, seconds=186, at_s=185.0) == asked


def test_a_picture_that_came_after_the_last_look_counts_nowhere() -> None:
    """No second can have fewer viewers than none."""
    late = diary((Signal.CAME, 180.0), (Signal.LET_IN, 184.0), (Signal.SAW_PICTURE, 186.4))
    assert set(watching_each_second([late], seconds=190, at_s=184.2)) == {0}


def test_a_picture_that_is_still_there_counts_until_now() -> None:
    """Ctrl-C in the middle of the night leaves a truth that is right up to then."""
    found = sum_of(diary(*IN, (Signal.SAW_PICTURE, 25.0)), at_s=100.0)
    assert found.account_minutes_ms == 75_000
    assert sum(found.per_second_watching) == 75
    assert (found.pictures_10s, found.pictures_60s) == (1, 0)


@pytest.mark.parametrize(
    ("entries", "failure_s", "black"),
    [
        ((*IN, (Signal.SAW_PICTURE, 40.0)), None, 0),
        ((*IN, (Signal.SAW_PICTURE, 40.0)), 22.0, 0),
        ((*IN, (Signal.SAW_PICTURE, 60.0)), 22.0, 1),
        ((*IN, (Signal.LEFT, 30.0)), 22.0, 1),
        (IN, 22.0, 1),
        ((*IN, (Signal.LEFT, 30.0)), None, 0),
        ((*IN[:2], (Signal.LEFT, 30.0)), None, 0),
        ((*IN, (Signal.SAW_PICTURE, 40.0), (Signal.LOST_PICTURE, 50.0), (Signal.LEFT, 60.0)), 50.0, 0),
    ],
)
def test_a_black_screen_is_a_failure_not_mended_in_time(
    entries: Iterable[tuple[Signal, float]], failure_s: float | None, black: int
) -> None:
    """Let in, then a failed start or sign-in, and no picture within 30 s of it. A wait in line is no black screen."""
    assert sum_of(diary(*entries, failure_s=failure_s)).black_screens == black


def test_who_walked_off_wanted_no_picture() -> None:
    """People who left of their own will are nobody's failure."""
    found = sum_of(diary(*IN[:3], (Signal.WALKED_OFF, 25.0)), diary(*IN[:2], (Signal.LEFT, 90.0)))
    assert (found.came, found.walked_off, found.wanted_picture, found.gave_up) == (2, 1, 1, 1)


@pytest.mark.parametrize("last", [(), ((Signal.LEFT, 60.0),)])
def test_a_picture_lost_for_good_was_thrown_out(last: tuple[tuple[Signal, float], ...]) -> None:
    """Whether they still sit there or have left."""
    lost = (*IN, (Signal.SAW_PICTURE, 40.0), (Signal.LOST_PICTURE, 50.0))
    assert sum_of(diary(*lost, *last)).thrown_out == 1
    assert sum_of(diary(*lost, (Signal.SAW_PICTURE, 55.0), (Signal.LEFT, 60.0))).thrown_out == 0


def test_waits_are_from_the_place_to_the_pass() -> None:
    """The same two instants as the journal's `wait_ms`."""
    found = sum_of(*(diary((Signal.CAME, 0.0), (Signal.JOINED, 1.0), (Signal.CALLED, at), (Signal.LET_IN, at))
                     for at in (2.0, 3.0, 4.0)))  # fmt: skip
    assert (found.waits_ms.p50, found.waits_ms.p95) == (2000, 3000)
    assert sum_of().waits_ms.p50 is None


def test_stalls_are_no_minutes() -> None:
    """A picture that stands still is not watched."""
    seen = diary(*IN, (Signal.SAW_PICTURE, 30.0), (Signal.LEFT, 40.0))
    seen.stalled_s = 4.0
    assert watched_ms(seen, at_s=185.0) == 6_000


def test_progress_counts_everybody_who_came_once() -> None:
    """The line that `kickoff run` shows."""
    crowd = [
        Diary(),
        diary(*IN[:2]),
        diary(*IN),
        diary(*IN, (Signal.SAW_PICTURE, 30.0)),
        diary(*IN[:2], (Signal.LEFT, 30.0)),
    ]
    found = progress(crowd, at_s=30.04)
    assert (found.at_s, found.came, found.waiting, found.watching, found.failed) == (30.0, 4, 1, 1, 1)


def test_every_key_is_defined_in_words() -> None:
    """Whoever reads crowd.json finds each of its keys in the package's docstring."""
    words = kickoff.crowd.__doc__ or ""
    names = {field.name for field in msgspec.structs.fields(Truth)} - {"pictures_60s"}
    assert not [name for name in names if f"    {name}" not in words]


def test_a_night_that_ends_sooner_shows_nothing_then() -> None:
    """60 s after the kick-off of a night of seconds there is no second to look at."""
    short = Schedule(doors=0, kick_off=1, half_time=2, second_half=2, whistle=11, end=12)
    seen = diary((Signal.CAME, 0.0), (Signal.LET_IN, 0.0), (Signal.SAW_PICTURE, 0.5))
    found = truth([seen], short, at_s=12.0)
    assert (found.pictures_10s, found.pictures_60s) == (1, 0)
