"""How hard must the door brake, now? The fast term: a factor of the rate, from queueing delay and errors.

Utilisation says that a back end is full only when it is; a growing queue says it before people notice, and errors say
that it is late already. The brake acts within one report and is not learnt from anything: fixed thresholds cannot
drift into an overload and call it normal.
"""

from kickoff.admission.orders import Health

QUEUE_OK_MS = 200.0
"""A back end at 0.88 of its capacity queues some 80 ms (M/D/1, 21 ms a call); ticks of 250 ms add as much again."""
QUEUE_STOP_MS = 1200.0
"""Half of what a person tolerates before they try again."""
ERRORS_OK = 0.01
ERRORS_STOP = 0.11
FACTOR_MIN = 0.05
"""A trickle goes on: without calls nobody would see the recovery."""


def brake_factor(health: Health) -> float:
    """`FACTOR_MIN` … 1, where 1 is no braking. The worse of delay and errors counts."""
    calls_per_s = max(1.0, min(1.0, health.utilisation) * health.capacity_per_s)
    delay = _factor(health.queue_ms, ok=QUEUE_OK_MS, stop=QUEUE_STOP_MS)
    errors = _factor(health.errors / calls_per_s, ok=ERRORS_OK, stop=ERRORS_STOP)
    return min(delay, errors)


def _factor(value: float, *, ok: float, stop: float) -> float:
    """1 up to `ok`, falling in a straight line to `FACTOR_MIN` at `stop`."""
    return max(FACTOR_MIN, min(1.0, (stop - value) / (stop - ok)))
