"""The fit finds which sign speaks for what, and says of one that tells nothing that it does."""

import re
from pathlib import Path

import pytest

from bench.explain_fit import ATTACK_EDGES, CAUSES, EDGES, binary, midst, multinomial, written
from kickoff.causes import attacks, signs
from kickoff.causes.attacks import stretches_of
from kickoff.causes.evening import Evening
from kickoff.units import US_PER_S
from tests.evenings import Row, second, table

Measures = dict[str, float]
Table = list[tuple[str | None, Measures]]
STRETCHES = [(number % 2 == 0, "strangers", {"times": 30.0 if number % 2 == 0 else 2.0}) for number in range(40)]


def table_of(queue: dict[str, float]) -> Table:
    """Incidents of each cause, told apart by what the service says and by the queue before it."""
    overloaded = {"capacity": 0.9, "malice": 0.9, "fault": 0.0}
    return [
        (cause, {"says_overloaded": overloaded[cause] if number % 3 else 0.3, "queue_ms": queue[cause]})
        for cause in CAUSES
        for number in range(30)
    ]


@pytest.mark.parametrize(("module", "edges"), [(signs, EDGES), (attacks, ATTACK_EDGES)])
def test_the_fit_knows_every_sign_that_is_read(module: object, edges: dict[str, object]) -> None:
    """Else a new sign would never be given a weight, and nobody would see it."""
    path = getattr(module, "__file__", "")

    assert set(re.findall(r'name="(\w+)"', Path(path).read_text("utf-8"))) == set(edges)


def test_a_long_queue_speaks_for_capacity() -> None:
    """And a short one against it: a sign says nothing on average over the causes."""
    _, cards = multinomial(table_of({"capacity": 500.0, "malice": 500.0, "fault": 1.0}))
    capacity, malice, fault = cards["queue_ms"][0]

    assert capacity[2] > 0 > fault[2]
    assert capacity[0] < 0 < fault[0]
    assert malice.tolist() == capacity.tolist()


def test_of_a_sign_that_is_always_the_same_the_fit_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be told apart by it must not be told as evidence."""
    learnt = multinomial(table_of(dict.fromkeys(CAUSES, 500.0)))
    written(learnt, binary(STRETCHES), dict.fromkeys(CAUSES, 0.01), 90)
    said = capsys.readouterr().err

    assert "queue_ms weighs nothing" in said
    assert "says_overloaded weighs nothing" not in said


def test_a_stretch_is_labelled_by_its_rows_and_not_by_its_ends() -> None:
    """A token of another night, refused minutes before a thousand forged ones, made households of the forgers."""
    at = [0.0, *(100 + number / 50 for number in range(1_000))]
    rows: list[Row] = [
        {"at": second(one), "fact": "refused", "code": "bad_token", "subject": number + 1}
        for number, one in enumerate(at)
    ]
    evening = Evening(table(rows), second(121))
    (stretch,) = stretches_of(evening, minute_us=60 * US_PER_S)
    first, last = midst(evening, stretch)

    assert second(100) <= first < last <= second(120)
