"""All who say how the back end is, as one."""

from pathlib import Path

import pytest

from kickoff.admission.orders import Health
from kickoff.clock import ManualClock
from kickoff.conductor.sources import HealthSources
from kickoff.health_signals import LogSignal, Signals
from kickoff.night import NightError, parse_night
from kickoff.units import AtUs
from tests.door.rig import NIGHT_FILE

NOW = AtUs(1_000_000_000_000)


def word(capacity_per_s: float, *, at: int = NOW, dependency: str = "playlist") -> Health:
    """A reading."""
    return Health(
        dependency=dependency, at=AtUs(at), utilisation=0.5, queue_ms=0, errors=0, capacity_per_s=capacity_per_s
    )


def test_of_two_that_speak_of_one_dependency_the_later_counts(tmp_path: Path) -> None:
    """A log and a service that both know the playlists: whoever spoke last. What nobody else knows stands beside it."""
    clock, log = ManualClock(NOW), tmp_path / "access.log"
    log.touch()
    posted = [word(50.0, at=NOW - 500_000), word(9.0, dependency="entitlement")]
    sources = HealthSources(
        Signals(report=False, logs=(LogSignal(file=str(log), dependency="playlist", at_once=1),)),
        backend="http://127.0.0.1:9",
        clock=clock,
        posted=lambda: tuple(posted),
    )
    (watch,) = sources._watches
    assert {one.dependency: one.capacity_per_s for one in sources.latest()} == {"playlist": 50, "entitlement": 9}
    watch.look()  # type: ignore[attr-defined]
    log.write_bytes(b'{"at":1000000.5,"status":200,"took_s":0.01}\n' * 20 + b"no line\n")
    clock.advance(2.0)
    watch.look()  # type: ignore[attr-defined]
    assert {one.dependency: round(one.capacity_per_s) for one in sources.latest()} == {
        "playlist": 100,
        "entitlement": 9,
    }
    assert sources.lines_lost == 1


@pytest.mark.parametrize("absurd", [word(float("nan")), word(-1.0), word(1e12), word(5.0, at=NOW + 60_000_000)])
def test_an_absurd_word_takes_nobodys_place(absurd: Health) -> None:
    """Whatever a source says, a sound word of another stands; alone, it is none."""
    found: list[Health] = [absurd, word(50.0, at=NOW - 1)]
    sources = HealthSources(
        Signals(report=False), backend="http://127.0.0.1:9", clock=ManualClock(NOW), posted=lambda: tuple(found)
    )
    assert [one.capacity_per_s for one in sources.latest()] == [50]
    found.pop()
    assert sources.latest() == ()


def test_a_night_says_where_signals_come_from() -> None:
    """The table of the night file, and one line for what is wrong in it."""
    text = NIGHT_FILE.read_text("utf-8")
    tables = (
        '[signals]\nreport = false\n[[signals.logs]]\nfile = "/var/log/x.log"\ndependency = "playlist"\nat_once = 8\n'
        '[[signals.prometheus]]\nurl = "http://p:9090"\ndependency = "entitlement"\n'
        'capacity_per_s = "a"\nutilisation = "b"\n'
    )
    signals = parse_night(f"{text}\n{tables}", source="n").signals
    assert (signals.report, signals.logs[0].at_once, signals.prometheus[0].queue_ms) == (False, 8, None)
    with pytest.raises(NightError, match="at_once"):
        parse_night(f"{text}\n{tables.replace('at_once = 8', 'at_onse = 8')}", source="n")
    assert parse_night(text, source="n").signals == Signals()
