"""Do people who belong here try again and again? They look like a flood, and are called what they are."""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from kickoff.causes.evening import Evening, Integers, Mask, Window
from kickoff.facts import Fact
from kickoff.findings import Cause, Evidence

RETRIES = 1.8
"""Failed attempts of each subject, from which on it is a storm of retries."""
PEOPLE_MIN = 15
"""Fewer people than this are no storm."""
GENUINE = 0.5
"""Beside an attack more than this of those who failed must be known subscribers or have come in: machines do neither.
Where nothing looks like an attack nobody is doubted: a house that stays full lets few in, and not every journal ties a
device to its account."""
CAME_IN = (Fact.SIGNED_IN, Fact.LEASED, Fact.STARTED)


def storm_of(evening: Evening, window: Window, subscribers: pa.Table, *, attack: Mask) -> list[Evidence]:
    """A storm of retries in this incident, if there is one. `attack`: rows held to be an attacker's."""
    rows = np.flatnonzero(window.failed & window.now & ~attack)
    subject = evening.integers("subject", 0)[rows]
    rows, subject = rows[subject != 0], subject[subject != 0]
    people, first = np.unique(subject, return_index=True)
    each = len(rows) / max(1, len(people))
    if each < RETRIES or len(people) < PEOPLE_MIN:
        return []
    genuine = float((_are_known(people, subscribers) | _came_in(evening, people, rows[first])).mean())
    if genuine <= GENUINE and attack.any():
        return []
    words = (
        f"{len(people):,} who failed did so {each:.1f} times each: a storm of retries, not a flood; "
        f"{genuine:.0%} of them are known subscribers or came in in the end"
    )
    return [Evidence(fact=words, value=round(each, 2), expected=1.0, favours=Cause.CAPACITY, weight=0.0)]


def attack_rows(evening: Evening, stretches: Iterable[Integers]) -> Mask:
    """These stretches' rows, over the rows of the evening."""
    found = np.zeros(len(evening.at), np.bool_)
    for rows in stretches:
        found[rows] = True
    return found


def _are_known(people: Integers, subscribers: pa.Table) -> Mask:
    if "subject" not in subscribers.column_names or not len(subscribers) or not len(people):
        return np.zeros(len(people), np.bool_)
    # PERF: the failing are few, the subscribers millions: these are searched in those.
    known = subscribers["subject"].to_numpy()
    slot = np.minimum(np.searchsorted(people, known), len(people) - 1)
    found = np.zeros(len(people), np.bool_)
    found[slot[people[slot] == known]] = True
    return found


def _came_in(evening: Evening, people: Integers, rows: Integers) -> Mask:
    """By their own name, or as the account that signed in from the device's place in line."""
    done = evening.is_fact(*CAME_IN)
    place = evening.integers("place", -1)
    by_place = (place[rows] > 0) & np.isin(place[rows], place[done & (place > 0)])
    return by_place | np.isin(people, evening.integers("subject", 0)[done])
