"""The fit finds which sign speaks for what, and says of one that tells nothing that it does."""

import re
from pathlib import Path

import pytest

from bench.explain_fit import ATTACK_EDGES, CAUSES, EDGES, binary, multinomial, written
from kickoff.causes import attacks, signs

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
