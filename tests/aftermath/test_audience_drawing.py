from kickoff.aftermath.audience_drawing import chart, draw
from kickoff.audience import measure
from tests.audience.spans import NIGHT, facts, span, spans


def test_a_curve_reaches_the_top_at_its_peak_and_nowhere_else() -> None:
    """A short peak is not lost between two columns."""
    curve = [0] * 50 + [10] + [5] * 49
    title, *rows = chart(curve, "One", seconds=100, width=20)
    assert title == "One, peak 10"
    assert [row.count("█") + row.count("▄") for row in rows] == [1, 1, 10, 10, 10]


def test_nobody_watching_draws_an_empty_chart() -> None:
    """Before the doors open there is a frame and no hill."""
    assert chart([], "One", seconds=100, width=20) == ["One, peak 0", "", "", "", "", ""]


def test_marks_stand_where_the_match_had_them() -> None:
    """Kick-off at 60 of 185 seconds is a third of the way."""
    text = draw(measure(spans(span(1, 60, 170)), facts(), NIGHT), NIGHT, until=None, width=74)
    line = next(line for line in text.splitlines() if line.startswith("─"))
    assert (line.index("K"), line.index("G"), line.index("W")) == (24, 36, 68)
