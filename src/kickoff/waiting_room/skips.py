"""Which numbers of a line does nobody have? After a failover numbering goes on beyond a gap, and nobody waits for it.

`Skips` are ranges (first, last), both included, in order and apart from each other.
"""

from collections.abc import Iterable

Skips = tuple[tuple[int, int], ...]


def ranges(numbers: Iterable[int]) -> Skips:
    """These numbers as ranges."""
    found: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return tuple(found)


def longest(skips: Skips, count: int) -> Skips:
    """The longest of them, in their order: what is told where all would be too long. Nobody's number is among them."""
    if len(skips) <= count:
        return skips
    return tuple(sorted(sorted(skips, key=lambda gap: gap[0] - gap[1])[:count]))


def held(place: int, skips: Skips) -> int:
    """How many places up to and including this number somebody has."""
    return place - sum(min(place, last) - first + 1 for first, last in skips if first <= place)


def rank(place: int, skips: Skips) -> int:
    """Which of the numbers that somebody has this one is, counted from 1; 0: nobody has it."""
    return 0 if any(first <= place <= last for first, last in skips) else held(place, skips)


def at_rank(number: int, skips: Skips) -> int:
    """The number that somebody has as the so-manieth; the other way round of `rank`."""
    for first, last in skips:
        if first > number:
            break
        number += last - first + 1
    return number


def advanced(serving: int, count: int, skips: Skips) -> int:
    """The number that calls `count` more people: over every gap that begins right behind it, or on the way."""
    reached = serving + count
    for first, last in skips:
        if serving < last and first <= reached + 1:
            reached += last - max(first, serving + 1) + 1
    return reached


def ahead(place: int, serving: int, skips: Skips) -> int:
    """How many people are still before `place`, itself included; 0 when it is called."""
    return max(0, held(place, skips) - held(serving, skips)) if place > serving else 0


def beyond(skips: Skips, serving: int) -> Skips:
    """Those that are still ahead when everyone up to `serving` was called."""
    return tuple(gap for gap in skips if gap[1] > serving)
