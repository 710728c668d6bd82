"""How soon an incident is noticed is judged on nights as they are described, and reckoned by hand."""

from math import log

import numpy as np
import pytest

from bench import notice
from bench.notice import BEGINS_S, SECONDS, SHARES, Nights, Trouble, failing, play, threshold
from kickoff.incidents.sequential import FALSE_ALARM_S

EVERYBODY, LARGE = 0, 1


def test_a_night_with_trouble_has_the_surges_of_every_night() -> None:
    """A delay that is judged on a flat evening says nothing of kick-off, when troubles are likeliest."""
    trouble = Trouble(cohort=LARGE, second=3_000, excess=0.5)
    night = play(np.random.default_rng(1), 1, level=1_000.0, trouble=trouble)
    tried = night.tried[EVERYBODY]

    assert tried[:60].mean() / tried[3_000:3_600].mean() == pytest.approx(1 + 2 * 0.906, rel=0.03)
    assert tried[3_601:3_661].mean() / tried[3_000:3_600].mean() == pytest.approx(1.906, rel=0.03)


def test_a_trouble_lasts_from_its_second_on_in_its_own_cohort() -> None:
    """Else a test is judged by what is not there."""
    trouble = Trouble(cohort=LARGE, second=4_000, excess=0.5)
    night = play(np.random.default_rng(1), 1, level=1_000.0, trouble=trouble)
    share = night.failed.sum(axis=1) / night.tried.sum(axis=1)
    late = night.failed[LARGE, 4_000:].sum() / night.tried[LARGE, 4_000:].sum()

    assert late == pytest.approx(0.5, abs=0.01)
    assert night.failed[LARGE, :4_000].sum() / night.tried[LARGE, :4_000].sum() < 0.01
    assert np.delete(share, LARGE).max() < 0.01


def test_troubles_begin_between_minutes_15_and_90() -> None:
    """As it is written at the top of the bench, and late enough before the end to be noticed."""
    assert BEGINS_S == (900, 5_400)
    assert BEGINS_S[1] < SECONDS


def drawn(second: int, monkeypatch: pytest.MonkeyPatch) -> Nights:
    """The next episode's trouble begins at this second, among ten attempts a second, of which none fails before it."""
    tried = np.full((len(SHARES), SECONDS), 10.0)
    failed = np.zeros_like(tried)
    failed[LARGE, second:] = 5.0
    night = Nights(tried=tried, failed=failed)
    monkeypatch.setattr(notice, "BEGINS_S", (second, second + 1))
    monkeypatch.setattr(notice, "play", lambda *_args, **_kept: night)
    return night


def test_an_episode_counts_seconds_and_trials_from_the_first_bad_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Noticed in the third bad second: three seconds, thirty trials, over the bound of Lorden."""
    drawn(1_000, monkeypatch)
    took_s, ratio = notice._episode(
        np.random.default_rng(1), lambda _: [(LARGE, 1_002)], level=1.0, cohort=LARGE, excess=0.5
    )
    before = 0.5 / 10_001
    worse = before + (1 - before) * 0.5
    divergence = worse * log(worse / before) + (1 - worse) * log((1 - worse) / (1 - before))

    assert took_s == 3.0
    assert ratio == pytest.approx(30 / max(10.0, log(FALSE_ALARM_S * len(SHARES)) / divergence))


def test_nobody_is_asked_to_notice_within_less_than_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trials come by the second: whoever notices in the first bad one has met the bound, however few would do."""
    drawn(1_000, monkeypatch)
    _, ratio = notice._episode(
        np.random.default_rng(1), lambda _: [(LARGE, 1_000)], level=1.0, cohort=LARGE, excess=0.999
    )

    assert ratio == 1.0


@pytest.mark.parametrize("alarms", [[], [(LARGE, 999), (LARGE, 1_002)]], ids=["never", "before"])
def test_a_trouble_that_is_missed_or_cried_before_it_is_no_quick_one(
    alarms: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else whoever always cries would be the quickest."""
    drawn(1_000, monkeypatch)
    found = notice._episode(np.random.default_rng(1), lambda _: alarms, level=1.0, cohort=LARGE, excess=0.5)

    assert found == (np.inf, np.inf)


def test_a_fixed_threshold_reads_the_last_minute_as_of_so_many_attempts() -> None:
    """Thirty failures of six hundred are one in twenty, of a thousand three in a hundred; gone after a minute."""
    tried, failed = np.full((1, 200), 10.0), np.zeros((1, 200))
    failed[0, 100] = 30.0
    night = Nights(tried=tried, failed=failed)

    assert failing(night, 25.0)[0, 159] == 0.05
    assert failing(night, 1_000.0)[0, 159] == 0.03
    assert failing(night, 25.0)[0, 160] == 0.0
    assert threshold(0.04, 25.0)(night) == [(0, 100)]
    assert threshold(0.04, 1_000.0)(night) == []
