"""`GET /metrics`: the door's counters in Prometheus' text format, read from its state when asked."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from kickoff.door.seam import Reply
from kickoff.door.state import House

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

COUNTERS: dict[str, str] = {
    "joined": "Places given.",
    "passed": "Tickets redeemed for a pass.",
    "leased": "Streams granted, channel switches included.",
    "signed_in": "Sign-ins that succeeded.",
    "sign_in_failed": "Sign-ins that failed.",
    "started": "Streams that showed a first frame.",
    "start_failed": "Streams that failed before it.",
    "ended": "Streams that ended.",
    "readmitted": "Returns through the re-entry lane.",
    "reported": "Reports by subscribers.",
    "beats": "Beats recorded.",
}


class HouseCollector(Collector):
    """Reads the house at each scrape: requests pay nothing for metrics."""

    def __init__(self, house: House, at_us: int) -> None:
        self._house = house
        self._at_us = at_us

    def collect(self) -> Iterator[Metric]:
        """All metrics."""
        house = self._house
        for name, words in COUNTERS.items():
            yield CounterMetricFamily(f"kickoff_door_{name}", words, value=getattr(house.counts, name))
        yield CounterMetricFamily(
            "kickoff_door_called", "Places called.", value=sum(line.calls.called_total for line in house.lines.values())
        )
        yield CounterMetricFamily(
            "kickoff_door_lapsed",
            "Calls that ran out.",
            value=sum(line.calls.lapsed_total for line in house.lines.values()),
        )
        refused = CounterMetricFamily("kickoff_door_refused", "Requests told no.", labels=["code"])
        for code, count in house.refused.items():
            refused.add_metric([code], count)
        yield refused
        yield CounterMetricFamily(
            "kickoff_door_events_malformed", "Player events that could not be read.", value=house.events.malformed
        )
        unknown = CounterMetricFamily(
            "kickoff_door_events_unknown_keys", "Keys of player events that are in no specification.", labels=["key"]
        )
        for key, count in house.events.unknown.items():
            unknown.add_metric([key], count)
        yield unknown
        yield from self._gauges()

    def _gauges(self) -> Iterator[Metric]:
        house = self._house
        gauges = {
            "inside": ("Leases weighted by the chance that they still watch.", house.inside(self._at_us)),
            "leases": ("Leases in progress.", house.leases.open_total),
            "line": ("People in line.", sum(line.waiting for line in house.lines.values())),
            "rate_per_s": ("People called a second.", house.orders.rate_per_s if house.orders else 0.0),
            "index_bytes": ("Bytes of the one-place index.", house.index.bytes_used),
            "unheard": ("Events of other doors that this one has not heard.", house.unheard),
            "log_lines_lost": ("Lines of access logs that said nothing, since the leader began.", house.log_lines_lost),
            "log_stuck": ("1 while the log refuses.", float(house.journal.is_stuck)),
        }
        for name, (words, value) in gauges.items():
            yield GaugeMetricFamily(f"kickoff_door_{name}", words, value=value)


def metrics(house: House, at_us: int) -> Reply:
    """The text that Prometheus scrapes."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(HouseCollector(house, at_us))
    return Reply(status=200, body=generate_latest(registry), content_type=CONTENT_TYPE)
