"""Who else limits? The alternatives, written from their papers and documentation; settings tuned by `tuning.py`.

Every one of them stands at the same door: it calls places, and people come seconds later. It sees the queueing delay of
every dependency at every tick, fresh and exact, where Kickoff waits for a report a second, and knows how many of those
called will come. What none of them sees is the work that those inside go on causing.

    open door    everyone at once; sign-ins carry no deadline
    fixed rate   what a person typed
    AIMD         Chiu and Jain 1989: add a step while all is well, multiply down when it is not
    Gradient2    Netflix concurrency-limits: limit · clip(tolerance · long ÷ short) + √limit, smoothed
    Vegas        Brakmo and Peterson 1994, as in concurrency-limits: queue = limit · (1 − least ÷ now), kept between
                 3 and 6 times log10(limit)
    PID          on the worst queueing delay, against a set point
    DAGOR        Zhou et al., SoCC 2018 (WeChat): each second, 5 % fewer than were let in when queues exceed 20 ms on
                 average, else 1 % of those who come more

Gradient2 and Vegas limit entries in flight, from the call to the picture, as they limit requests; the others a rate.
"""

from collections.abc import Callable

import numpy as np
from msgspec import Struct

from kickoff.crowd.fluid import Controller, Move, Seen
from kickoff.crowd.fluid_world import TICK_S, Floats, Nights

TICKS_A_SECOND = round(1 / TICK_S)


class Settings(Struct, frozen=True, kw_only=True):
    """What a person chooses of a baseline. What each number means stands where it is used."""

    one: float = 0.0
    two: float = 0.0
    three: float = 0.0


class Calls:
    """What every baseline has in common: it orders so many people, and places are called for them."""

    def __init__(self, nights: Nights) -> None:
        self._show_up = nights.show_up
        self._stretch = np.zeros(len(nights.seeds), dtype=np.int64)
        self._without_limit = np.full(len(nights.seeds), np.inf)

    def let_in(self, seen: Seen, people: Floats) -> Move:
        """Call places until so many people have been sent for in this tick."""
        call = np.clip(people / self._show_up, 0.0, np.maximum(0.0, seen.joined - seen.called))
        return Move(stretch=self._stretch, passes=self._without_limit, call=call, rate_per_s=call / TICK_S)

    def in_flight(self, seen: Seen) -> Floats:
        """People who were called and have no picture."""
        return np.maximum(0.0, seen.called * self._show_up - seen.passed) + seen.in_flight


def _delay_s(seen: Seen) -> Floats:
    """The worst dependency's."""
    return np.asarray(seen.wait_s.max(axis=0))


class OpenDoor:
    """Everyone, as they come: nobody is called, nobody is on the way."""

    def __init__(self, nights: Nights, settings: Settings) -> None:
        del settings
        self._stretch = np.zeros(len(nights.seeds), dtype=np.int64)

    def move(self, seen: Seen) -> Move:
        """All who have come."""
        return Move(stretch=self._stretch, passes=np.maximum(0.0, seen.line))


class FixedRate(Calls):
    """`one` people a second."""

    def __init__(self, nights: Nights, settings: Settings) -> None:
        super().__init__(nights)
        self._passes = np.full(len(nights.seeds), settings.one * TICK_S)

    def move(self, seen: Seen) -> Move:
        """As typed."""
        return self.let_in(seen, self._passes)


class Aimd(Calls):
    """Adds `one` a second each second; times `two` once a second while the delay exceeds `three` seconds."""

    def __init__(self, nights: Nights, settings: Settings) -> None:
        super().__init__(nights)
        self._settings = settings
        self._rate = np.full(len(nights.seeds), nights.parameters.safe_rate_per_s)

    def move(self, seen: Seen) -> Move:
        """Every tick a part of the step up; every second one step down."""
        late = (_delay_s(seen) > self._settings.three) | (seen.failed > 1.0)
        down = late & (seen.tick % TICKS_A_SECOND == 0)
        up = np.where(late, self._rate, self._rate + self._settings.one * TICK_S)
        self._rate = np.maximum(1.0, np.where(down, self._rate * self._settings.two, up))
        return self.let_in(seen, self._rate * TICK_S)


class Gradient2(Calls):
    """`one`: tolerance of the gradient; `two`: seconds that the long round trip remembers; `three`: smoothing."""

    def __init__(self, nights: Nights, settings: Settings) -> None:
        super().__init__(nights)
        count = len(nights.seeds)
        self._settings, self._service_s = settings, nights.parameters.service_s
        self._limit, self._long = np.full(count, 20.0), np.zeros(count)

    def move(self, seen: Seen) -> Move:
        """The limit of the library's `Gradient2Limit.update`, once a tick."""
        short = _delay_s(seen) + self._service_s + TICK_S
        long = np.where(self._long > 0, self._long, short)
        long += (short - long) * min(1.0, TICK_S / self._settings.two)
        # After an overload the library lets the long round trip drift down.
        long = np.where(long / short > 2.0, long * 0.95, long)
        gradient = np.clip(self._settings.one * long / short, 0.5, 1.0)
        wanted = self._limit * gradient + np.sqrt(self._limit)
        smoothed = self._limit + (wanted - self._limit) * self._settings.three
        # A limit that is not used is not raised.
        in_flight = self.in_flight(seen)
        used = in_flight >= self._limit / 2
        self._limit = np.clip(np.where(used | (smoothed < self._limit), smoothed, self._limit), 20.0, 200_000.0)
        self._long = long
        return self.let_in(seen, np.maximum(0.0, self._limit - in_flight))


class Vegas(Calls):
    """`one`, `two`: least and most in queue, times log10(limit); `three`: seconds between probes of the least."""

    def __init__(self, nights: Nights, settings: Settings) -> None:
        super().__init__(nights)
        count = len(nights.seeds)
        self._settings, self._service_s = settings, nights.parameters.service_s
        self._limit, self._least = np.full(count, 20.0), np.full(count, np.inf)

    def move(self, seen: Seen) -> Move:
        """The limit of the library's `VegasLimit`, once a tick."""
        now = _delay_s(seen) + self._service_s + TICK_S
        probe = seen.tick % max(1, round(self._settings.three / TICK_S)) == 0
        self._least = now if probe else np.minimum(self._least, now)
        queue = self._limit * (1 - self._least / now)
        step = np.log10(np.maximum(10.0, self._limit))
        in_flight = self.in_flight(seen)
        used = in_flight >= self._limit / 2
        up = used & (queue < self._settings.one * step)
        down = queue > self._settings.two * step
        fast = used & (queue < step)
        change = np.where(fast, self._settings.two * step, np.where(up, step, np.where(down, -step, 0.0)))
        failed = seen.failed > 1.0
        self._limit = np.clip(np.where(failed, self._limit * 0.9, self._limit + change), 20.0, 200_000.0)
        return self.let_in(seen, np.maximum(0.0, self._limit - in_flight))


class Pid(Calls):
    """`one`: set point of the delay in seconds; `two`, `three`: gains of the error and of its integral.

    The rate is its own integral, moved in proportion, so that one setting serves houses of any size.
    """

    def __init__(self, nights: Nights, settings: Settings) -> None:
        super().__init__(nights)
        count = len(nights.seeds)
        self._settings = settings
        self._rate, self._before = np.full(count, nights.parameters.safe_rate_per_s), np.zeros(count)

    def move(self, seen: Seen) -> Move:
        """In velocity form: no integral to wind up."""
        error = np.clip((self._settings.one - _delay_s(seen)) / self._settings.one, -1.0, 1.0)
        change = self._settings.two * (error - self._before) + self._settings.three * error * TICK_S
        self._before = error
        self._rate = np.clip(self._rate * np.exp(np.clip(change, -0.5, 0.5)), 1.0, 50_000.0)
        return self.let_in(seen, self._rate * TICK_S)


class Dagor(Calls):
    """`one`: share taken off in an overload; `two`: share of those who come given back; `three`: delay in seconds."""

    def __init__(self, nights: Nights, settings: Settings) -> None:
        super().__init__(nights)
        count = len(nights.seeds)
        self._settings = settings
        self._rate = np.full(count, nights.parameters.safe_rate_per_s)
        self._delay = np.zeros(count)

    def move(self, seen: Seen) -> Move:
        """A window is a second: the level that admits so many is moved at its end."""
        self._delay += _delay_s(seen) / TICKS_A_SECOND
        if seen.tick % TICKS_A_SECOND == 0:
            overloaded = self._delay > self._settings.three
            # Those who come in a second: whoever waits asks again every few seconds.
            incoming = np.maximum(0.0, seen.line) / 5.0
            more = self._rate + self._settings.two * incoming
            self._rate = np.maximum(1.0, np.where(overloaded, self._rate * (1 - self._settings.one), more))
            self._delay = np.zeros_like(self._delay)
        return self.let_in(seen, self._rate * TICK_S)


class Baseline(Struct, frozen=True, kw_only=True):
    """One alternative: how it is made, what may be chosen, and what was."""

    name: str
    make: Callable[[Nights, Settings], Controller]
    chosen: Settings = Settings()
    choices: tuple[tuple[float, ...], ...] = ()
    """The values tried of each setting."""


BASELINES = (
    Baseline(name="open door", make=OpenDoor),
    Baseline(
        name="fixed rate",
        make=FixedRate,
        chosen=Settings(one=550.0),
        choices=((300.0, 350.0, 400.0, 450.0, 500.0, 550.0, 600.0, 700.0, 800.0, 1000.0, 1200.0),),
    ),
    Baseline(
        name="AIMD",
        make=Aimd,
        chosen=Settings(one=200.0, two=0.5, three=0.05),
        choices=(
            (25.0, 50.0, 100.0, 200.0, 400.0, 800.0),
            (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.85),
            (0.005, 0.01, 0.02, 0.05, 0.1, 0.3, 1.0),
        ),
    ),
    Baseline(
        name="Gradient2",
        make=Gradient2,
        chosen=Settings(one=1.2, two=5.0, three=0.5),
        choices=(
            (1.0, 1.1, 1.2, 1.5, 2.0),
            (0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 150.0),
            (0.05, 0.1, 0.2, 0.35, 0.5, 0.8, 1.0),
        ),
    ),
    Baseline(
        name="Vegas",
        make=Vegas,
        chosen=Settings(one=12.0, two=3.0, three=5.0),
        choices=(
            (1.0, 2.0, 3.0, 6.0, 12.0, 25.0),
            (1.0, 2.0, 3.0, 6.0, 12.0, 25.0, 50.0),
            (1.0, 2.0, 5.0, 10.0, 30.0, 120.0),
        ),
    ),
    Baseline(
        name="PID on delay",
        make=Pid,
        chosen=Settings(one=2.0, two=1.0, three=0.02),
        choices=(
            (0.05, 0.1, 0.3, 0.6, 1.0, 1.5, 2.0, 3.0, 4.5),
            (0.1, 0.25, 0.5, 1.0, 2.0, 4.0),
            (0.0025, 0.005, 0.01, 0.02, 0.05, 0.1),
        ),
    ),
    Baseline(
        name="DAGOR",
        make=Dagor,
        chosen=Settings(one=0.5, two=0.01, three=0.02),
        choices=(
            (0.05, 0.1, 0.3, 0.5, 0.7, 0.85, 0.95),
            (0.002, 0.005, 0.01, 0.02, 0.04, 0.08),
            (0.005, 0.01, 0.02, 0.05, 0.1, 0.3),
        ),
    ),
)
