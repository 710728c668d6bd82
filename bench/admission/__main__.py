"""`make bench-admission`: Kickoff's controller and seven others on the same nights, against the oracle and the floor.

    make bench-admission                       100 judged seeds a scenario, both cores, the picture in docs/
    make bench-admission ARGS="--seeds 8"      a look
    make bench-admission ARGS="--scenario lost --seeds 20 --picture none"
    make bench-admission ARGS=--curve          speed against safety, each controller from careful to bold

Prints a table and, last, one JSON object. Its world and its definitions: `src/kickoff/crowd/fluid_world.py`.
"""

import argparse
import hashlib
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct

from bench.admission.baselines import BASELINES
from bench.admission.bounds import fits, floor, oracle
from bench.admission.curve import drawn
from bench.admission.judging import Judged, judged, t999_s
from bench.admission.picture import draw
from bench.kept import fingerprint, keep
from kickoff.crowd.fluid import Passed, pass_by
from kickoff.crowd.fluid_door import Kickoff
from kickoff.crowd.fluid_queues import CARRIED, NOT_CARRIED
from kickoff.crowd.fluid_world import SCENARIOS, Nights, Scenario, nights

JUDGED_FROM = 20_000
"""Judged seeds begin here; whatever was tuned was tuned on others (`tuning.py`)."""
CHUNK = 50
"""Nights that one process plays side by side, at most: half as many take as long."""
KEPT = Path("out/bench-admission")
"""What was played is kept by what played it: a run that is broken off goes on where it was."""
PLAYED_BY = (
    "src/kickoff/__init__.py", "src/kickoff/facts.py", "src/kickoff/units.py", "src/kickoff/night.py",
    "src/kickoff/health_signals.py", "src/kickoff/toml_text.py", "src/kickoff/admission/*.py",
    "src/kickoff/crowd/__init__.py", "src/kickoff/crowd/fluid*.py", "src/kickoff/door/__init__.py",
    "src/kickoff/door/sign_in_meter.py", "bench/admission/*.py",
)  # fmt: skip
"""All that has a part in a card."""
LOST = ("40 % of nodes lost", "65 % of nodes lost")
PROMISED = ("no failure", *LOST, *(one.name for one in SCENARIOS[3:8]))
"""Scenarios in which nobody who watches may lose a call, where those inside ask at most 0.9 of what is left."""
KICKOFF = "Kickoff"


class Card(Struct, frozen=True, kw_only=True):
    """One controller on one chunk of nights: numbers by night, in the order of the seeds."""

    scenario: str
    controller: str
    oracle_s: list[float]
    oracle_goodput: list[float]
    t999_s: list[float]
    goodput: list[float]
    failures: list[float]
    floor: list[float]
    fits: list[bool]
    called_vs_published: list[float]
    metastable: list[bool]


def played(scenarios: tuple[Scenario, ...], seeds: tuple[int, ...], kept: Path) -> list[Card]:
    """Every controller on the nights of these seeds, in scenarios of one house, played or as kept."""
    names = "|".join(one.name for one in scenarios)
    path = kept / f"{seeds[0]}-{len(seeds)}-{hashlib.sha256(names.encode()).hexdigest()[:8]}.json"
    if path.exists():
        return msgspec.json.decode(path.read_bytes(), type=list[Card])
    cards = _played(scenarios, seeds)
    keep(path, msgspec.json.encode(cards))
    return cards


def by_house(scenarios: tuple[Scenario, ...]) -> list[tuple[Scenario, ...]]:
    """Those together whose capacity is the same: what is reported and stated does not move the oracle."""
    found: dict[Scenario, list[Scenario]] = {}
    for one in scenarios:
        house = msgspec.structs.replace(one, name="", restarted_after_s=None, stated_cost=None, late_s=0, silent_s=0.0)
        found.setdefault(house, []).append(one)
    return [tuple(those) for those in found.values()]


def _played(scenarios: tuple[Scenario, ...], seeds: tuple[int, ...]) -> list[Card]:
    best = oracle(nights(scenarios[0], seeds))[0]
    bests = t999_s(best), judged(best).goodput
    cards = [card for scenario in scenarios for card in _cards(nights(scenario, seeds), bests)]
    names = ", ".join(one.name for one in scenarios)
    print(f"{len(seeds)} nights from seed {seeds[0]}: {names}", file=sys.stderr, flush=True)
    return cards


def _cards(these: Nights, bests: tuple[np.ndarray, np.ndarray]) -> list[Card]:
    cards = [_card(these, KICKOFF, pass_by(these, Kickoff(these)), bests, CARRIED)]
    for one in BASELINES:
        carried = NOT_CARRIED if one.name == "open door" else CARRIED
        night = pass_by(these, one.make(these, one.chosen), carried=carried)
        cards.append(_card(these, one.name, night, bests, carried))
    return cards


def _card(
    these: Nights, name: str, night: Passed, best: tuple[np.ndarray, np.ndarray], carried: tuple[bool, ...]
) -> Card:
    figures: Judged = judged(night)
    least = floor(night, carried).failed_inside.sum(axis=0)
    return Card(
        scenario=these.scenario.name,
        controller=name,
        oracle_s=best[0].tolist(),
        oracle_goodput=best[1].tolist(),
        t999_s=figures.t999_s.tolist(),
        goodput=figures.goodput.tolist(),
        failures=np.round(figures.failures, 1).tolist(),
        floor=np.round(least, 1).tolist(),
        fits=fits(night).tolist(),
        called_vs_published=figures.called_vs_published.tolist(),
        metastable=figures.metastable.tolist(),
    )


def summed_up(cards: list[Card], *, seeds: int) -> dict[str, object]:
    """The figures that the README states."""
    own = [card for card in cards if card.controller == KICKOFF]
    calm = [card for card in own if card.scenario == "no failure"]
    fitting = _these(own, PROMISED, fit=True)
    ratios = {name: _against_floor(cards, name) for name in {card.controller for card in cards}}
    others = {name: ratio for name, ratio in ratios.items() if name != KICKOFF}
    return {
        "seeds": seeds,
        "t999_vs_oracle_no_failure": _rounded(np.max(_ratios(calm, "t999_s", "oracle_s"))),
        "t999_vs_oracle_no_failure_median": _rounded(np.median(_ratios(calm, "t999_s", "oracle_s"))),
        "t999_vs_oracle_no_failure_p95": _rounded(np.quantile(_ratios(calm, "t999_s", "oracle_s"), 0.95)),
        "goodput_vs_oracle": _rounded(np.min(_ratios(calm, "goodput", "oracle_goodput"))),
        "goodput_vs_oracle_median": _rounded(np.median(_ratios(calm, "goodput", "oracle_goodput"))),
        "goodput_vs_oracle_p05": _rounded(np.quantile(_ratios(calm, "goodput", "oracle_goodput"), 0.05)),
        "viewer_failures_fitting_max": _rounded(max((failed for failed, _ in fitting), default=0.0)),
        "nights_fitting": len(fitting),
        "viewer_failures_vs_floor": _rounded(_worst_against_floor(own)),
        "viewer_failures_vs_floor_in_all": _rounded(ratios[KICKOFF]),
        "best_baseline_vs_floor": _rounded(min(others.values(), default=float("nan"))),
        "best_baseline": min(others, key=lambda name: others[name], default=""),
        "called_vs_published_5s_max": _rounded(max(max(card.called_vs_published) for card in own)),
        "metastable_runs": sum(sum(card.metastable) for card in own),
    }


def _these(cards: list[Card], scenarios: tuple[str, ...], *, fit: bool) -> list[tuple[float, float]]:
    """(failures, floor) of the nights of these scenarios on which those inside fit into what was left, or did not."""
    return [
        (failed, least)
        for card in cards
        if card.scenario in scenarios
        for failed, least, does in zip(card.failures, card.floor, card.fits, strict=True)
        if does == fit
    ]


def _against_floor(cards: list[Card], controller: str) -> float:
    """Failures on all nights with nodes lost ÷ Kickoff's own floor there, the same nights for everybody."""
    floor_of_all = sum(sum(card.floor) for card in cards if card.scenario in LOST and card.controller == KICKOFF)
    failed = sum(sum(card.failures) for card in cards if card.scenario in LOST and card.controller == controller)
    return failed / max(1.0, floor_of_all)


def _worst_against_floor(own: list[Card]) -> float:
    """The worst night on which those inside did not fit; a floor of nobody counts as one."""
    nights_lost = _these(own, LOST, fit=False)
    return max((failed / max(1.0, least) for failed, least in nights_lost), default=0.0)


def _ratios(cards: list[Card], upper: str, lower: str) -> np.ndarray:
    above = np.concatenate([getattr(card, upper) for card in cards])
    return np.asarray(above / np.concatenate([getattr(card, lower) for card in cards]))


def _rounded(number: float) -> float:
    return round(float(number), 4)


def table(cards: list[Card]) -> str:
    """A line for each scenario and controller."""
    lines = [" " * 42 + "t999/oracle  goodput  failed, fitting  failed, not     floor   ÷ own"]
    for scenario in dict.fromkeys(card.scenario for card in cards):
        for name in dict.fromkeys(card.controller for card in cards):
            some = [card for card in cards if card.scenario == scenario and card.controller == name]
            if not some:
                continue
            fit, not_fit = _these(some, (scenario,), fit=True), _these(some, (scenario,), fit=False)
            failed, least = (sum(column) for column in zip(*fit, *not_fit, strict=True))
            with np.errstate(invalid="ignore"):
                ratio = np.nanmedian(_ratios(some, "t999_s", "oracle_s"))
            lines.append(
                f"{scenario:28} {name:12} {ratio:11.3f} {np.median(np.concatenate([one.goodput for one in some])):8.3f}"
                f" {sum(one for one, _ in fit):16,.0f} {sum(one for one, _ in not_fit):12,.0f}"
                f" {sum(one for _, one in not_fit):9,.0f}"
                f" {failed / max(1.0, least):6.2f}"
            )
    return "\n".join(lines)


def main() -> None:
    """Play, print, draw."""
    reader = argparse.ArgumentParser(prog="make bench-admission")
    reader.add_argument("--seeds", type=int, default=100)
    reader.add_argument("--scenario", default="", help="only those whose name holds this")
    reader.add_argument("--picture", type=Path, default=Path("docs/admission.svg"), help="none: no picture")
    reader.add_argument("--curve", action="store_true", help="only the curve of docs/admission-caution.svg")
    asked = reader.parse_args()
    if asked.curve:
        for one in drawn(Path("docs/admission-caution.svg"), KEPT / fingerprint(PLAYED_BY)):
            mark = "*" if one.is_chosen else " "
            print(f"{one.controller:14}{one.setting:8g}{mark}{one.time:8.3f}{one.failures:12,.1f}")
        return
    seeds = tuple(range(JUDGED_FROM, JUDGED_FROM + asked.seeds))
    chosen = tuple(one for one in SCENARIOS if asked.scenario in one.name)
    wide = min(CHUNK, -(-len(seeds) // 2))
    chunks = [seeds[begin : begin + wide] for begin in range(0, len(seeds), wide)]
    jobs = [(those, chunk, KEPT / fingerprint(PLAYED_BY)) for those in by_house(chosen) for chunk in chunks]
    with ProcessPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        cards = [card for part in pool.map(played, *zip(*jobs, strict=True)) for card in part]
    # As they stand in the world's file, whatever was played beside what.
    cards.sort(key=lambda card: [one.name for one in chosen].index(card.scenario))
    print(table(cards))
    if str(asked.picture) != "none":
        draw(asked.picture, seed=JUDGED_FROM)
    print(msgspec.json.encode(summed_up(cards, seeds=asked.seeds)).decode())


if __name__ == "__main__":
    main()
