"""Who comes: households of the roster, with the shares of the night file."""

import math
from pathlib import Path

import numpy as np
import pytest

from kickoff.accounts.roster import offer_of
from kickoff.crowd.people import People, draw_people, how_many_come
from kickoff.night import Night, parse_night

NIGHT_FILE = Path(__file__).parents[2] / "examples" / "psg-juventus.toml"
COUNT = 15_000


@pytest.fixture(scope="module")
def night() -> Night:
    """The short night as it is shipped."""
    return parse_night(NIGHT_FILE.read_text("utf-8"), source=NIGHT_FILE.name)


@pytest.fixture(scope="module")
def people(night: Night) -> People:
    """Everybody who comes to it, over 170 seconds."""
    return draw_people(night, arrives_s=np.linspace(0, 170, COUNT), chance=np.random.default_rng(1))


def test_everybody_is_another_household_of_the_roster(people: People) -> None:
    """The back end knows the accounts 1…N and no others."""
    assert len(people) == COUNT
    assert np.unique(people.accounts).size == COUNT
    assert people.accounts.min() >= 1
    assert people.accounts.max() <= 20_000


def test_everybody_pays_for_the_offer_that_the_roster_says(people: People, night: Night) -> None:
    """Crowd, back end and journal agree about who pays for what."""
    found = [people.person(number) for number in range(200)]
    assert [person.offer for person in found] == [offer_of(night, person.account) for person in found]


def test_the_shares_of_the_night_file_are_kept(people: People, night: Night) -> None:
    """Within four standard errors of a share of 15,000 draws."""
    assert night.crowd is not None
    assert 1 - people.holds_session.mean() == pytest.approx(night.crowd.signed_out, abs=0.016)
    assert np.median(people.patience_s) == pytest.approx(night.crowd.patience_s, rel=0.03)
    for column, shares in ((people.isp, night.crowd.isps), (people.device, night.crowd.devices)):
        counted = np.bincount(column, minlength=len(shares)) / COUNT
        assert counted == pytest.approx(list(shares.values()), abs=0.016)


def test_nearly_everybody_wants_what_their_offer_holds(people: People, night: Night) -> None:
    """A few ask for more than they pay for: the door says so before the wait."""
    found = [people.person(number) for number in range(COUNT)]
    strays = sum(person.channel not in night.offers[person.offer].channels for person in found)
    assert 0 < strays < 0.01 * COUNT


def test_a_few_answer_their_call_late_or_never(people: People) -> None:
    """An absent head of the line must block nobody: so there have to be some."""
    never = np.isinf(people.called_after_s).mean()
    late = ((people.called_after_s > 0) & (people.called_after_s < math.inf)).mean()
    assert never == pytest.approx(0.05, abs=0.008)
    assert late == pytest.approx(0.08, abs=0.01)


def test_nobody_leaves_before_coming_or_after_the_end(people: People, night: Night) -> None:
    """Most stay until the whistle; all are gone before the night ends."""
    assert np.all(people.leaves_s >= people.arrives_s)
    assert np.all(people.leaves_s >= night.schedule.kick_off)
    assert np.all(people.leaves_s < night.schedule.end)
    assert (people.leaves_s >= night.schedule.whistle).mean() == pytest.approx(0.88, abs=0.02)


def test_only_those_who_type_a_password_mistype_it(people: People) -> None:
    """Who holds a session never signs in."""
    assert not np.any(people.holds_session & (people.wrong_passwords > 0))
    assert people.wrong_passwords.sum() > 0


def test_the_same_seed_draws_the_same_people(night: Night) -> None:
    """A night can be played again with the same crowd, and with the door open to the very same people."""
    first, second = (
        draw_people(night, arrives_s=np.linspace(0, 170, 100), chance=np.random.default_rng(5)) for _ in range(2)
    )
    assert [first.person(i) for i in range(100)] == [second.person(i) for i in range(100)]


def test_a_larger_scale_never_brings_more_than_there_are(night: Night) -> None:
    """Each of the subscribers comes at most once."""
    assert night.crowd is not None
    assert how_many_come(night.crowd) == 15_000
    assert how_many_come(night.crowd, scale=0.1) == 1_500
    assert how_many_come(night.crowd, scale=9) == 20_000
