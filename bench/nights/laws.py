"""From which law is each parameter of a night drawn? The only file that says so.

Each law has three ranges: for learning (weights), for tuning (whatever a hand chooses), for judging. Judged nights are
thus not only other nights but nights of other kinds: fuller and emptier services, smaller and larger faults, other
attackers. Sources: [wc98] requests to the 1998 World Cup site; [owasp] OWASP Automated Threats handbook, OAT-007 and
OAT-008; [hibp] success of credential stuffing as reported by large sites, 0.1 % to 2 %; [cgnat] carrier-grade
translation puts thousands of mobile households behind one address; [cta] CTA-2066; [meta] metastable failures, Bronson
and others 2021: retries that hold an overload up; [judgement] ours, where nobody publishes.
"""

from math import exp, log

import numpy as np
from msgspec import Struct

REGIMES = ("learning", "tuning", "judging")
Pair = tuple[float, float]


class Law(Struct, frozen=True):
    """Where a parameter lies in each regime, and on which scale it is spread evenly."""

    learning: Pair
    tuning: Pair
    judging: Pair
    source: str
    is_log: bool = False

    def draw(self, rng: np.random.Generator, regime: str) -> float:
        """One value."""
        low, high = {"learning": self.learning, "tuning": self.tuning, "judging": self.judging}[regime]
        return exp(rng.uniform(log(low), log(high))) if self.is_log else float(rng.uniform(low, high))


LAWS: dict[str, Law] = {
    # the evening
    "subscribers": Law(
        (7e3, 2e4), (7e3, 2e4), (8e3, 2.4e4), "a cohort's scale, so that 500 nights fit a bench", is_log=True
    ),
    "come": Law((0.45, 0.75), (0.45, 0.75), (0.4, 0.8), "share who want to watch [judgement]"),
    "forecast_sd": Law((0.05, 0.15), (0.05, 0.15), (0.05, 0.15), "how far a night lies from its forecast"),
    "signed_out": Law((0.15, 0.45), (0.15, 0.45), (0.1, 0.5), "sessions live 30 days [judgement]"),
    "rush": Law((0.5, 0.8), (0.5, 0.8), (0.45, 0.85), "share who come with the growth of the real curve [wc98]"),
    "base_start_failures": Law((4e-4, 4e-3), (4e-4, 4e-3), (3e-4, 5e-3), "video start failures [cta]", is_log=True),
    "base_exits": Law((2e-3, 1e-2), (2e-3, 1e-2), (2e-3, 1.2e-2), "exits before video start [cta]", is_log=True),
    "wrong_passwords": Law((0.03, 0.08), (0.03, 0.08), (0.02, 0.1), "one in twenty is mistyped [judgement]"),
    "switches_per_h": Law((0.4, 1.2), (0.4, 1.2), (0.3, 1.5), "channel changes and new starts [judgement]"),
    "carrier_share": Law((0.0, 0.1), (0.0, 0.1), (0.0, 0.12), "households behind one of a few addresses [cgnat]"),
    "stale_tokens": Law(
        (1e-3, 1e-2), (1e-3, 1e-2), (1e-3, 1.5e-2), "people with a token of another night", is_log=True
    ),
    "report_share": Law((0.02, 0.12), (0.02, 0.12), (0.015, 0.15), "of those hit, who report in the app", is_log=True),
    "report_late_min": Law(
        (2, 10), (2, 10), (1.5, 12), "median minutes from failure to report [judgement]", is_log=True
    ),
    "complaint_share": Law(
        (0.005, 0.04), (0.005, 0.04), (0.003, 0.05), "of those hit, who complain elsewhere", is_log=True
    ),
    "earlier_nights": Law((0, 6.99), (0, 6.99), (0, 6.99), "nights of the same season under the same root"),
    # people who fail
    "persistence": Law((0.7, 0.93), (0.7, 0.93), (0.65, 0.95), "try again after a failure [meta]"),
    "retry_s": Law((4, 20), (4, 20), (3, 25), "mean seconds until they do [judgement]", is_log=True),
    "storm_persistence": Law((0.95, 0.99), (0.95, 0.99), (0.94, 0.995), "an app that retries by itself [meta]"),
    "storm_retry_s": Law((1.0, 3.0), (1.0, 3.0), (0.8, 3.5), "without backing off [meta]", is_log=True),
    # when and how long trouble lasts, in minutes of the match from kick-off
    "begins_min": Law((-20, 12), (-20, 12), (-22, 14), "when people come: what else is there to break"),
    "lasts_min": Law((8, 40), (8, 40), (7, 45), "outages of live services that were made public", is_log=True),
    # capacity
    "headroom": Law((0.35, 0.75), (0.35, 0.75), (0.3, 0.8), "what is carried over what is offered at the peak"),
    "nodes_lost": Law((0.55, 0.9), (0.55, 0.9), (0.5, 0.92), "share of the capacity that is lost"),
    "queue_limit_s": Law((1.5, 6), (1.5, 6), (1.2, 8), "seconds of work that are queued before refusing", is_log=True),
    "idle_use": Law((0.15, 0.5), (0.15, 0.5), (0.1, 0.55), "use of a service at its own peak when it is sized well"),
    "says_error": Law((0.0, 0.6), (0.0, 0.6), (0.0, 0.7), 'of refusals of a full service that say "error" [judgement]'),
    # faults
    "lost_words": Law(
        (0.0, 0.08), (0.0, 0.08), (0.0, 0.1), "of players that fail, that never say so: a beacon is lost"
    ),
    "lost_starts": Law((0.0, 0.006), (0.0, 0.006), (0.0, 0.008), "the same of those that start"),
    "second_device": Law((0.0, 0.12), (0.0, 0.12), (0.0, 0.15), "after a failed sign-in, try with another device"),
    "broken_slow": Law((0.0, 0.8), (0.0, 0.8), (0.0, 0.9), "of a broken dependency's failures that are time-outs"),
    "broken_queue_ms": Law(
        (1, 1500), (1, 1500), (1, 2500), "queue before what is broken: calls hang in it", is_log=True
    ),
    "fault_share": Law((0.25, 1.0), (0.25, 1.0), (0.2, 1.0), "share of what matches that fails: degrees"),
    "error_share": Law((0.2, 1.0), (0.2, 1.0), (0.15, 1.0), "the same for a dependency of sign-in"),
    "silent_share": Law((0.6, 1.0), (0.6, 1.0), (0.55, 1.0), "share of a provider's customers who reach nothing"),
    "come_back_min": Law((2, 10), (2, 10), (1.5, 12), "mean minutes until someone shut out tries again", is_log=True),
    "says_so": Law((0.2, 0.9), (0.2, 0.9), (0.15, 0.95), "whose app tells later of attempts that met no door"),
    # malice; rates per second are over the genuine arrivals' mean rate of the rush
    "flood_times": Law((3, 25), (3, 25), (2.5, 40), "joins over genuine arrivals [owasp]", is_log=True),
    "stuffing_times": Law((1.0, 12), (1.0, 12), (0.8, 20), "tries over genuine sign-ins [owasp]", is_log=True),
    "stuffing_success": Law((1e-3, 2e-2), (1e-3, 2e-2), (5e-4, 2e-2), "[hibp]", is_log=True),
    "unknown_accounts": Law((0.2, 0.8), (0.2, 0.8), (0.1, 0.9), "stolen logins that are nobody's here"),
    "tries_per_device": Law((1, 8), (1, 8), (1, 10), "a place takes ten wrong passwords", is_log=True),
    "networks": Law((8, 800), (8, 800), (6, 1500), "networks that take part [owasp]", is_log=True),
    "tokens_times": Law((1.0, 10), (1.0, 10), (0.8, 15), "forged tokens over genuine arrivals", is_log=True),
    "farm_times": Law((1.0, 6), (1.0, 6), (0.8, 8), "places taken to be sold, over genuine ones", is_log=True),
    "disguise": Law((0.1, 0.9), (0.1, 0.9), (0.05, 0.95), "of attackers' rows that look like anybody's [owasp]"),
    "proxies": Law((0.0, 0.5), (0.0, 0.5), (0.0, 0.6), "of attackers' rows from networks of real households [owasp]"),
    "collateral": Law((0.0, 1.0), (0.0, 1.0), (0.0, 1.0), "below a half an attack hurts nobody else"),
}

SCENARIOS: dict[str, float] = {
    "quiet": 0.10, "quiet_release": 0.03, "quiet_forgotten": 0.02,
    "crowd": 0.06, "nodes": 0.06, "storm": 0.06, "edge": 0.05,
    "cdn": 0.07, "isp": 0.06, "release": 0.06, "dependency": 0.07, "silence": 0.08, "passwords": 0.02,
    "flood": 0.05, "stuffing": 0.06, "tokens": 0.03, "farming": 0.03,
    "mixed": 0.09,
}  # fmt: skip
"""How often each kind of night is drawn [judgement]. `quiet_forgotten`: many type an old password; nothing is wrong.
`edge`: one delivery network is full. `passwords`: the check of
passwords is broken. `mixed`: two of different causes, together or one after the other."""

CAUSE_OF: dict[str, str] = {
    "crowd": "capacity", "nodes": "capacity", "storm": "capacity", "edge": "capacity",
    "cdn": "fault", "isp": "fault", "release": "fault", "dependency": "fault", "silence": "fault",
    "passwords": "fault",
    "flood": "malice", "stuffing": "malice", "tokens": "malice", "farming": "malice",
}  # fmt: skip

OPEN_DOOR = 0.35
"""Share of nights without a line: nobody joins, everybody signs in or presses play."""
QUICK = ((60.0, 0.75), (20.0, 0.15), (5.0, 0.1))
"""Seconds of the night that a minute of the match lasts, and how often: rehearsals are played quicker."""
UNRECORDED: dict[str, float] = {"health": 0.15, "source": 0.15, "place": 0.1, "match": 0.1}
"""How often a journal of somebody else's lacks these."""
