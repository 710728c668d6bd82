"""An access log as a signal: Little's law, whole seconds, rotation, and lines that are none."""

import json
from pathlib import Path

import pytest

from kickoff.clock import ManualClock
from kickoff.conductor.access_log import SECONDS_MAX, AccessLogWatch, Second, measured
from kickoff.health_signals import LogSignal
from kickoff.units import AtUs

START_S = 1_000_000


def line(at_s: float, *, status: int = 200, took: object = 0.01, name: str = "took_s") -> bytes:
    """One line as nginx or Envoy writes it."""
    return json.dumps({"at": f"{at_s:.3f}", "status": status, name: took}).encode() + b"\n"


class Log:
    """A log that grows, and a watch on it."""

    def __init__(self, path: Path, *, at_once: int = 2) -> None:
        self.path = path
        self.clock = ManualClock(AtUs(START_S * 1_000_000))
        self.watch = AccessLogWatch(LogSignal(file=str(path), dependency="playlist", at_once=at_once), self.clock)

    def write(self, *lines: bytes) -> None:
        """Append."""
        with self.path.open("ab") as file:
            file.write(b"".join(lines))

    def look_after(self, seconds: float) -> None:
        """Time goes on, and the watch looks."""
        self.clock.advance(seconds)
        self.watch.look()


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """A log with a past that is nobody's business now."""
    log = Log(tmp_path / "access.log")
    log.write(line(START_S - 5))
    log.watch.look()
    return log


def test_a_whole_second_is_one_word(log: Log) -> None:
    """Fifty calls of 10 ms by two workers: a quarter busy, so two hundred would fit. Half a second is not counted."""
    log.write(*(line(START_S + number / 50) for number in range(50)), line(START_S + 1.2))
    log.look_after(1.3)
    assert log.watch.latest() == ()
    log.look_after(0.3)
    (word,) = log.watch.latest()
    assert (word.dependency, word.at, word.errors, word.queue_ms) == ("playlist", (START_S + 1) * 1_000_000, 0, 0)
    assert word.utilisation == pytest.approx(0.25)
    assert word.capacity_per_s == pytest.approx(200)


def test_a_full_service_is_no_measure_of_a_quick_one() -> None:
    """Forty calls of a quarter second each are ten in hand; two are worked on, eight wait, and forty is all it does."""
    signal = LogSignal(file="/x", dependency="sign_in", at_once=2)
    word = measured(signal, Second(completed=40, errors=3, taken_s=10.0), second=7, before=200.0)
    assert (word.utilisation, word.capacity_per_s, word.queue_ms, word.errors) == (1.0, 40, 200, 3)


def test_few_calls_leave_the_measure_as_it_was() -> None:
    """Three calls do not say what is carried; that they were slow is still said."""
    signal = LogSignal(file="/x", dependency="sign_in", at_once=2)
    assert measured(signal, Second(completed=3, taken_s=0.3), second=7, before=200.0).capacity_per_s == 200


def test_a_log_that_stops_is_no_idle_service(log: Log) -> None:
    """The last word grows old, and the controller holds, then decays; nobody says that the service is idle."""
    log.write(*(line(START_S + number / 50) for number in range(50)), line(START_S + 1))
    log.look_after(2.0)
    before = log.watch.latest()
    log.look_after(30.0)
    assert [word.at for word in before] == [(START_S + 1) * 1_000_000]
    assert log.watch.latest()[0].at == (START_S + 2) * 1_000_000, "one call in its second, and then no word"


def test_envoy_writes_milliseconds_and_several_tries_are_one_call(log: Log) -> None:
    """Both formats of deploy/, and nginx's list of tries."""
    log.write(*(line(START_S + 0.1, took=20, name="took_ms") for _ in range(10)))
    log.write(*(line(START_S + 0.1, took="0.015, 0.005") for _ in range(10)))
    log.write(line(START_S + 0.1, took="-"), line(START_S + 0.1, took="-", name="took_ms", status=403))
    log.look_after(2.0)
    (word,) = log.watch.latest()
    assert word.capacity_per_s == pytest.approx(20 / 0.2)
    assert log.watch.lost == 0


@pytest.mark.parametrize(
    "raw",
    [
        b"no json\n",
        b'{"at":"NaN","status":200,"took_s":0.1}\n',
        b'{"at":1e400,"status":200,"took_s":0.1}\n',
        b'{"at":"1000000.5","status":"-","took_s":0.1}\n',
        b'{"at":"1000000.5","status":200,"took_s":-4}\n',
        b'{"at":"1000000.5","status":200,"took_s":"inf"}\n',
        b"x" * 9000 + b"\n",
    ],
)
def test_a_line_that_is_none_is_counted_and_passed_over(log: Log, raw: bytes) -> None:
    """A half-written or foreign line never stops the watch."""
    log.write(raw, *(line(START_S + 0.5) for _ in range(10)))
    log.look_after(2.0)
    assert log.watch.lost == 1
    assert log.watch.latest()[0].capacity_per_s == pytest.approx(200)


def test_a_rotated_log_and_one_that_was_cut_are_read_on(log: Log) -> None:
    """Logrotate moves the file or cuts it; what was written before and after counts once."""
    log.write(*(line(START_S + 0.5) for _ in range(10)))
    log.path.rename(log.path.with_suffix(".1"))
    log.write(*(line(START_S + 0.6) for _ in range(10)))
    log.look_after(0.7)
    log.look_after(0.9)
    assert log.watch.latest()[0].utilisation == pytest.approx(0.1)
    log.path.write_bytes(b"")
    log.watch.look()
    log.write(*(line(START_S + 1.7) for _ in range(30)))
    log.look_after(1.0)
    assert log.watch.latest()[0].utilisation == pytest.approx(0.15)


def test_a_log_that_comes_later_is_read_from_its_beginning(tmp_path: Path) -> None:
    """The proxy may be started after the conductor."""
    log = Log(tmp_path / "late.log")
    log.watch.look()
    log.write(*(line(START_S + 0.5) for _ in range(10)))
    log.look_after(2.0)
    assert len(log.watch.latest()) == 1


def test_a_clock_that_jumps_costs_no_memory(log: Log) -> None:
    """Seconds of all ages at once: a bounded number is kept."""
    log.write(*(line(START_S - 100 * number) for number in range(200)))
    log.watch.look()
    assert len(log.watch._seconds) < SECONDS_MAX
    assert log.watch.lost == 200 - SECONDS_MAX


def test_lines_dated_ahead_are_lost_and_the_watch_goes_on(log: Log) -> None:
    """A proxy whose clock is wrong for a moment: its lines would keep the watch blind until the clock is there."""
    log.write(*(line(START_S + 3_600 + number) for number in range(SECONDS_MAX)))
    log.look_after(0.3)
    assert log.watch.lost == SECONDS_MAX
    log.write(*(line(START_S + 1 + number / 50) for number in range(50)))
    log.look_after(2.5)
    (word,) = log.watch.latest()
    assert word.at == (START_S + 2) * 1_000_000
    assert word.capacity_per_s == pytest.approx(200)
