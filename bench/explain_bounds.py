"""From which probability on is a verdict said? By what a wrong one costs, checked on tuning nights, none ever judged.

The rule: a verdict is said where it is likelier to be right than its price asks (Chow 1970: reject below 1 - t, with t
the cost of saying nothing over that of an error). The promises of the bench set the prices: so many statements may
decide nothing, so many of the decided may be wrong, so many nights without malice may be told there was. What may
happen a tenth as often costs ten times as much. Of the limits of what is wrong only half are taken, for other nights
will not be quite like these. On the tuning nights the bounds must then keep half of every limit in hand; pairs below
and above are printed beside them.
"""

from functools import partial
from pathlib import Path

import msgspec
from msgspec import Struct

from bench.kept import keep
from bench.nights.store import answers_in, night, of_each
from kickoff.aftermath.answers import incidents, read
from kickoff.aftermath.journal import JournalView
from kickoff.causes.evening import Evening
from kickoff.causes.explain import Weighing, evidence_of, said, weigh
from kickoff.findings import Cause

TUNING = 200
"""Nights, each with two statements."""
SURE = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.96, 0.97, 0.98, 0.99, 0.995)
MALICE_SURE = (0.85, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999)
"""What the bounds are held against: to both sides, as far as decides nearly nothing."""
FALSE_MALICE, EARLY, RIGHT = 0.005, 0.20, 0.95
IN_HAND = 0.5
"""Of each limit, as a share of it."""


class Weighed(Struct, frozen=True, kw_only=True):
    """What the signs of one statement come to, and what is true."""

    causes: list[str]
    weighing: Weighing
    probabilities: dict[Cause, float]
    malice_told: int
    """Pieces of evidence that favour malice by more than a factor of e: a mixture with two of them says malice."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What one pair of bounds is worth on these nights."""

    sure: float
    malice_sure: float
    false_malice: float
    too_early_10min: float
    accuracy_decided: float

    @property
    def margin(self) -> float:
        """Of the limit that it is nearest to, the share that it keeps in hand; below nought where it breaks it."""
        wrong = (1 - self.accuracy_decided) / (1 - RIGHT)
        return 1 - max(self.false_malice / FALSE_MALICE, self.too_early_10min / EARLY, wrong)


def choose() -> None:
    """Write causes/bounds.py, print what its pair and every other is worth as JSON; one line where it is not enough."""
    nights = collect(TUNING)
    taken = outcome(nights, priced(1 - RIGHT), priced(FALSE_MALICE))
    if taken.margin < IN_HAND:
        raise SystemExit(f"{taken} keeps {taken.margin:.3f} of its nearest limit in hand, less than {IN_HAND}")
    others = [outcome(nights, sure, malice) for sure in SURE for malice in MALICE_SURE]
    Path("src/kickoff/causes/bounds.py").write_text(TEMPLATE.format(sure=taken.sure, malice_sure=taken.malice_sure))
    print(msgspec.json.format(msgspec.json.encode({"taken": taken, "others": others})).decode())


def priced(limit: float) -> float:
    """The probability above which saying it costs less than saying nothing; `limit`: how often it may be wrong."""
    return round(1 - IN_HAND * limit / EARLY, 4)


def outcome(nights: list[tuple[Weighed, Weighed]], sure: float, malice_sure: float) -> Outcome:
    """Both statements of each night, said with these bounds."""
    verdicts = [
        (said(one.probabilities, one.weighing, sure=sure, malice_sure=malice_sure), one)
        for pair in nights
        for one in pair
    ]
    decided = [(verdict, one) for verdict, one in verdicts if verdict is not Cause.TOO_EARLY]
    pairs = zip(nights, zip(verdicts[::2], verdicts[1::2], strict=True), strict=True)
    harmless = [both for night_of, both in pairs if "malice" not in night_of[1].causes]
    return Outcome(
        sure=sure,
        malice_sure=malice_sure,
        false_malice=_share([any(_says_malice(*one) for one in both) for both in harmless]),
        too_early_10min=_share([verdict is Cause.TOO_EARLY for verdict, _ in verdicts[::2]]),
        accuracy_decided=_share([verdict == _truth(one) for verdict, one in decided]),
    )


def collect(count: int) -> list[tuple[Weighed, Weighed]]:
    """Both statements of so many tuning nights; kept by the code that weighed them."""
    return of_each(range(count), partial(_weighed, answers_in("weighed")), what="tuning nights")


def _weighed(kept_in: Path, seed: int) -> tuple[Weighed, Weighed]:
    path = kept_in / f"{seed:04d}.json"
    if path.is_file():
        return msgspec.json.decode(path.read_bytes(), type=tuple[Weighed, Weighed])
    folder, kept = night("tuning", seed)
    found = []
    for part, truth, until in (("first", kept.first, kept.first_at), ("whole", kept.whole, None)):
        evening = read(JournalView(folder / part, kept.plan.name, until=until))
        own = Evening(evening.facts, evening.until)
        opinion = weigh(own, evening.view.night, incidents(evening), evening.complaints)
        found.append(Weighed(
            causes=truth.causes,
            weighing=opinion.weighing,
            probabilities=opinion.probabilities,
            malice_told=sum(one.favours is Cause.MALICE and one.weight > 1 for one in evidence_of(opinion)),
        ))  # fmt: skip
    keep(path, msgspec.json.encode(found))
    return found[0], found[1]


def _truth(one: Weighed) -> str:
    return {0: "none", 1: one.causes[0] if one.causes else ""}.get(len(one.causes), "mixed")


def _says_malice(verdict: Cause, one: Weighed) -> bool:
    return verdict is Cause.MALICE or (verdict is Cause.MIXED and one.malice_told > 1)


def _share(values: list[bool]) -> float:
    return round(sum(values) / max(1, len(values)), 4)


TEMPLATE = '''"""How sure is sure enough? By what a wrong one costs: written by `make bench-explain ARGS=--bounds`."""

SURE = {sure}
"""Probability from which on a verdict is said."""
MALICE_SURE = {malice_sure}
"""The same for malice, alone or in a mixture: a wrong "malice" is the worst answer."""
'''
