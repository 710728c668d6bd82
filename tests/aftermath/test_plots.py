import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kickoff.aftermath.plots import POINTS_MAX, STEPS, TICKS, Band, Frame, Mark, Series, chart, nice_top, thousands

FRAME = Frame(
    from_s=0.0,
    to_s=100.0,
    marks=(Mark(at_s=10, name="doors"), Mark(at_s=50, name="<kick-off>"), Mark(at_s=60, name="")),
    bands=(Band(from_s=20, to_s=30),),
)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def points(svg: str) -> list[tuple[float, float]]:
    """The points of the first line."""
    found = re.search(r'<polyline[^>]*points="([^"]*)"', svg)
    assert found
    pairs = [pair.split(",") for pair in found[1].split()]
    return [(float(x), float(y)) for x, y in pairs]


def test_a_chart_is_well_formed_and_says_what_it_shows() -> None:
    """Whoever does not see it hears the label."""
    svg = chart([Series(name="a", values=[1, 2, 3], filled=True)], FRAME, label='"households" & more')
    root = ET.fromstring(svg)
    assert root.get("aria-label") == '"households" & more'
    assert "<kick-off>" in "".join(root.itertext())


@given(st.floats(1e-6, 1e12))
def test_the_axis_holds_the_highest_in_steps_that_one_can_count_in(highest: float) -> None:
    """12,000 is read off 3,000, 6,000, 9,000, 12,000."""
    top = nice_top(highest)
    assert highest <= top * (1 + 1e-6)
    assert top <= 2.01 * highest
    step = top / TICKS
    while step >= 10.0001:
        step /= 10
    while step < 0.9999:
        step *= 10
    assert any(step == pytest.approx(times) for times in STEPS)


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=300))
def test_no_line_leaves_its_frame(values: list[float]) -> None:
    """Whatever is counted, it is drawn between the axes."""
    for x, y in points(chart([Series(name="a", values=values)], FRAME, label="x")):
        assert 51.9 <= x <= 708.1
        assert 13.9 <= y <= 224.1


def test_a_long_evening_is_thinned_and_its_peak_survives() -> None:
    """A peak of one second is the number that is quoted."""
    values = [0.0] * 9000
    values[4321] = 100.0
    frame = Frame(from_s=0, to_s=8999, marks=())
    drawn = points(chart([Series(name="a", values=values)], frame, label="x"))
    assert len(drawn) <= POINTS_MAX
    assert min(y for _, y in drawn) == pytest.approx(14.0)


def test_nothing_to_draw_is_an_empty_frame() -> None:
    """A night that has not begun has axes."""
    assert "<polyline" not in chart([Series(name="a", values=[])], FRAME, label="x")
    assert nice_top(0) == TICKS


def test_numbers_on_the_axis_are_grouped() -> None:
    """12,000 and not 12000.0."""
    assert [thousands(value) for value in (0, 2.5, 40, 12_000)] == ["0", "2.5", "40", "12,000"]
