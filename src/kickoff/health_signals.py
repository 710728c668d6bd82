"""Who else says how the back end is? The `[signals]` table of the night file.

    [signals]
    report = true                    # ask the back end's own /health each second

    [[signals.prometheus]]           # ask a Prometheus each second; every query gives one number
    url = "http://prometheus:9090"
    dependency = "entitlement"
    capacity_per_s = 'sum(entitlement_workers) / avg(entitlement_seconds_mean)'
    utilisation = 'sum(rate(entitlement_busy_seconds_total[5s])) / sum(entitlement_workers)'

    [[signals.logs]]                 # follow an access log of nginx or Envoy on this machine
    file = "/var/log/nginx/kickoff-origin.log"
    dependency = "playlist"
    at_once = 8

Besides, the operator's services may post their health with a token of `kickoff health`; that needs no line here.
"""

from typing import Annotated

from msgspec import Meta, Struct

Dependency = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}\Z")]
Query = Annotated[str, Meta(min_length=1, max_length=2000)]


class PrometheusSignal(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Queries in PromQL, each of which gives one number: what the journal's column of its name means."""

    url: Annotated[str, Meta(pattern=r"^https?://[^\s]{1,500}\Z")]
    """Of the server, without `/api/v1`."""
    dependency: Dependency
    capacity_per_s: Query
    """Calls a second that it can carry."""
    utilisation: Query
    """Share of it in use."""
    queue_ms: Query | None = None
    errors: Query | None = None
    """Calls that failed in the last second."""
    instant: Query | None = None
    """When this was measured, in seconds UTC, such as `timestamp(entitlement_workers)`: a target that is no longer
    scraped is then seen to be old. Without it, the instant of the answer counts."""


class LogSignal(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An access log whose lines are those of `deploy/`: instant, status, and how long the call took."""

    file: Annotated[str, Meta(pattern=r"^/[^\0]{1,500}\Z")]
    dependency: Dependency
    at_once: Annotated[int, Meta(ge=1, le=1_000_000)]
    """Calls that it works on at once when busy: its workers. More in hand than that are waiting."""


class Signals(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the conductor hears of the back end's health."""

    report: bool = True
    """Whether the back end has a `/health` of its own."""
    prometheus: Annotated[tuple[PrometheusSignal, ...], Meta(max_length=64)] = ()
    logs: Annotated[tuple[LogSignal, ...], Meta(max_length=64)] = ()
