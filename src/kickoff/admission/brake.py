"""How hard must the door brake, now? The fast term: a factor of the rate, from queueing delay and errors.

Utilisation says that a back end is full only when it is; a growing queue says it before people notice, and errors say
that it is late already. The brake acts within one report and is not learnt from anything: fixed thresholds cannot
drift into an overload and call it normal.
"""

from kickoff.admission.orders import Health

QUEUE_OK_MS = 120.0
"""Whatever the service: calls of one tick come together."""
QUEUE_OK_CALLS = 4.0
"""And so many calls' work: at 0.88 of its capacity a queue holds 3.7 of them (M/D/1)."""
QUEUE_STOP_MS = 1000.0
"""So much longer than that, and only a trickle goes on: half of what a person tolerates before they try again."""
ERRORS_OK = 0.01
"""Of all calls: some fail on any night, whatever is asked. Fewer say nothing about load."""
ERRORS_STOP = 0.11
FACTOR_MIN = 0.05
"""A trickle goes on: without calls nobody would see the recovery."""


def brake_factor(health: Health) -> float:
    """`FACTOR_MIN` … 1, where 1 is no braking. The worse of delay and errors counts."""
    ok_ms = QUEUE_OK_MS + QUEUE_OK_CALLS * 1000 / max(1e-3, health.capacity_per_s)
    delay = _factor(health.queue_ms, ok=ok_ms, stop=ok_ms + QUEUE_STOP_MS)
    return min(delay, _factor(_error_share(health), ok=ERRORS_OK, stop=ERRORS_STOP))


def is_failing(health: Health) -> bool:
    """Whether more calls fail than on any night."""
    return _error_share(health) > ERRORS_OK


def _error_share(health: Health) -> float:
    calls_per_s = max(1.0, min(1.0, health.utilisation) * health.capacity_per_s)
    return health.errors / calls_per_s


def _factor(value: float, *, ok: float, stop: float) -> float:
    """1 up to `ok`, falling in a straight line to `FACTOR_MIN` at `stop`."""
    return max(FACTOR_MIN, min(1.0, (stop - value) / (stop - ok)))
