"""Does the door keep its rules on every night? Many rehearsals with drawn troubles, each by its seed, on all cores."""

import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from msgspec import Struct

from kickoff.crowd.rehearsal import Wish, rehearse
from kickoff.crowd.rehearsal_rules import Broken

SEEDS_A_PART = 10


class Many(Struct, frozen=True, kw_only=True):
    """What came of them all."""

    nights: int
    came: int
    got_picture: int
    failed_calls_inside: int
    called_vs_published_5s_max: float
    broken: dict[int, tuple[Broken, ...]]
    """Seed → the rules that did not hold on its night."""


class One(Struct, frozen=True, kw_only=True):
    """What is kept of one night."""

    seed: int
    came: int
    got_picture: int
    failed_calls_inside: int
    called_vs_published: float
    broken: tuple[Broken, ...]


def rehearse_many(
    night_file: Path, *, first: int, count: int, scale: float = 1.0, show: Callable[[int], None] = lambda _: None
) -> Many:
    """Play the nights of seeds `first` … `first + count − 1`. `show` is told how many are done."""
    seeds = range(first, first + count)
    parts = [tuple(seeds[begin : begin + SEEDS_A_PART]) for begin in range(0, count, SEEDS_A_PART)]
    found: list[One] = []
    with ProcessPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for part in pool.map(_part, [night_file] * len(parts), parts, [scale] * len(parts)):
            found += part
            show(len(found))
    return added_up(found)


def played(night_file: Path, seeds: tuple[int, ...], *, scale: float = 1.0) -> Iterator[One]:
    """The nights of these seeds, one after the other, in folders that are thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds:
            out = Path(folder) / str(seed)
            card = rehearse(Wish(night_file=night_file, out=out, seed=seed, scale=scale, is_drawn=True))
            yield One(
                seed=seed,
                came=card.came,
                got_picture=card.got_picture,
                failed_calls_inside=card.failed_calls_inside,
                called_vs_published=card.called_vs_published_5s_max,
                broken=card.broken,
            )


def added_up(nights: list[One]) -> Many:
    """All nights together."""
    return Many(
        nights=len(nights),
        came=sum(one.came for one in nights),
        got_picture=sum(one.got_picture for one in nights),
        failed_calls_inside=sum(one.failed_calls_inside for one in nights),
        called_vs_published_5s_max=max((one.called_vs_published for one in nights), default=0.0),
        broken={one.seed: one.broken for one in nights if one.broken},
    )


def _part(night_file: Path, seeds: tuple[int, ...], scale: float) -> list[One]:
    return list(played(night_file, seeds, scale=scale))
