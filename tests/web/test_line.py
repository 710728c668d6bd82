import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kickoff.door.pages_words import drawn_place
from kickoff.waiting_room.draw import Order, all_permuted, round_keys
from kickoff.waiting_room.eta import seconds_at
from kickoff.web.line import ahead, interval, seconds_left, span
from kickoff.web.words import all_words
from tests.web.browser import ROOT

CASES = json.loads((Path(__file__).parent / "line_cases.json").read_text("utf-8"))
FLAT = [(what, arguments, said) for what, cases in CASES.items() for arguments, said in cases]


@pytest.mark.parametrize(("what", "arguments", "said"), FLAT)
def test_a_time_is_said_as_the_table_says(what: str, arguments: list[float], said: list[Any]) -> None:
    """One table for both ways of the page."""
    key, blanks = interval(*arguments) if what == "interval" else span(*arguments)
    written = {name: list(value) if isinstance(value, tuple) else value for name, value in blanks.items()}
    assert [key, written] == said


def test_the_browsers_script_says_the_same() -> None:
    """Who waits with JavaScript and who waits without hear the same time."""
    script = f"""
        import {{ interval, span }} from "{(ROOT / "src/kickoff/web/scripts/line.js").as_uri()}";
        const cases = {json.dumps(FLAT)};
        console.log(JSON.stringify(cases.map(([what, given]) => ({{ interval, span }})[what](...given))));
    """
    node = ROOT / ".venv" / "bin" / "node"
    done = subprocess.run(
        [node, "--input-type=module", "-e", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert json.loads(done.stdout) == [said for _, _, said in FLAT]


@given(low=st.floats(0, 100_000), more=st.floats(0, 100_000))
def test_what_is_said_is_never_zero_and_never_narrower_than_what_is_known(low: float, more: float) -> None:
    """Rounded outwards: the interval that people read stays as true as the one that was computed."""
    key, blanks = interval(low, low + more)
    minutes = {name: value[0] * 60 + value[1] if isinstance(value, tuple) else value for name, value in blanks.items()}
    if key == "eta.seconds_under":
        assert int(str(minutes["n"])) >= max(10, low + more - 1)
    if "high" in minutes:
        assert int(str(minutes["high"])) * 60 >= low + more
    if "low" in minutes:
        assert 0 < int(str(minutes["low"])) * 60 <= low


@given(st.floats(0, 100_000), st.floats(0, 100_000))
def test_every_time_has_words_in_every_language(low: float, more: float) -> None:
    """No key is missing, no blank left open."""
    key, blanks = interval(low, low + more)
    for words in all_words().values():
        assert "{" not in words(
            key, **{name: 2 if isinstance(value, tuple) else value for name, value in blanks.items()}
        )


def test_whoever_is_called_has_nobody_ahead_and_nothing_to_wait() -> None:
    """`serving` is the last place that was called."""
    assert (ahead(5, 5), seconds_left(5, 5, 2.0)) == (0, 0.0)
    assert (ahead(6, 5), seconds_left(6, 5, 2.0)) == (0, 2.0)
    assert (ahead(9, 5), seconds_left(9, 5, 2.0)) == (3, 8.0)
    assert seconds_left(9, 5, None) is None


def test_the_browser_reads_the_curve_as_the_door_does() -> None:
    """One curve, one time, on every page."""
    curve = ((5.0, 1.0, 2.0, 4.0), (100.0, 8.0, 10.0, 14.0), (1000.0, 90.0, 110.0, 160.0))
    ahead = (1, 5, 6, 50, 100, 640, 1000, 4000)
    script = f"""
        import {{ curveAt }} from "{(ROOT / "src/kickoff/web/scripts/line.js").as_uri()}";
        const told = {list(ahead)}.map((places) => curveAt(places, {json.dumps(curve)}));
        console.log(JSON.stringify([told, curveAt(5, []), curveAt(5, undefined)]));
    """
    node = ROOT / ".venv" / "bin" / "node"
    done = subprocess.run(
        [node, "--input-type=module", "-e", script], capture_output=True, text=True, timeout=60, check=True
    )
    told, *none = json.loads(done.stdout)
    assert none == [None, None]
    for places, found in zip(ahead, told, strict=True):
        assert (found["low"], found["mid"], found["high"]) == pytest.approx(seconds_at(places, curve))


def test_the_browser_draws_as_the_door_does() -> None:
    """Each person's browser computes where they stand: the permutation is the same, place by place."""
    keys = round_keys(bytes(range(32)), "main")
    counts = (1, 2, 3, 4, 5, 17, 255, 256, 257, 1000)
    script = f"""
        import {{ drawnPlace }} from "{(ROOT / "src/kickoff/web/scripts/line.js").as_uri()}";
        const keys = {{ main: {list(keys)} }};
        const all = (count) => Array.from({{ length: count + 2 }}, (_, at) => at + 1);
        const place = (count) => (number) => drawnPlace(number, "main", {{ counts: {{ main: count }}, keys }});
        console.log(JSON.stringify({list(counts)}.map((count) => all(count).map(place(count)))));
    """
    node = ROOT / ".venv" / "bin" / "node"
    done = subprocess.run(
        [node, "--input-type=module", "-e", script], capture_output=True, text=True, timeout=60, check=True
    )
    drawn = [[*all_permuted(count, keys).tolist()[1:], count + 1, count + 2] for count in counts]
    assert json.loads(done.stdout) == drawn


def test_the_browser_leaves_out_the_numbers_of_nobody_as_the_door_does() -> None:
    """A shared line went on beyond a gap while the doors were shut."""
    order = Order(count=40, keys=round_keys(bytes(range(32)), "main"), skips=((3, 9), (21, 21), (46, 60)))
    script = f"""
        import {{ drawnPlace, drawnWith }} from "{(ROOT / "src/kickoff/web/scripts/line.js").as_uri()}";
        const draw = {{ counts: {{ main: 40 }}, keys: {{ main: {list(order.keys)} }}, skips: {{ main: {
        list(map(list, order.skips))
    } }} }};
        const all = Array.from({{ length: 70 }}, (_, at) => at + 1);
        console.log(JSON.stringify(all.map((each) => [drawnPlace(each, "main", draw), drawnWith(each, "main", draw)])));
    """
    node = ROOT / ".venv" / "bin" / "node"
    done = subprocess.run(
        [node, "--input-type=module", "-e", script], capture_output=True, text=True, timeout=60, check=True
    )
    told = {"counts": {"main": 40}, "keys": {"main": order.keys}, "skips": {"main": order.skips}}
    assert json.loads(done.stdout) == [list(drawn_place(number, "main", told)) for number in range(1, 71)]
    assert [place for place, _ in json.loads(done.stdout)] == [order.place(number) for number in range(1, 71)]
