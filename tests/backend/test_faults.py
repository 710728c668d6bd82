import pytest

from kickoff.backend.faults import breaks_playlist, breaks_sign_in, lost_share
from kickoff.night import Fault

SOUTH = Fault(kind="cdn", at=10, until=20, where={"cdn": "south"}, share=0.9)


@pytest.mark.parametrize(("seconds", "broken"), [(9.9, False), (10, True), (19.9, True), (20, False)])
def test_a_fault_lasts_from_at_until_until(seconds: float, *, broken: bool) -> None:
    """The script's instants are the truth that the aftermath is judged against."""
    assert breaks_playlist([SOUTH], seconds=seconds, where={"cdn": "south"}, draw=0.0) is broken


def test_a_fault_strikes_only_where_it_says() -> None:
    """Else locating it would be impossible."""
    assert not breaks_playlist([SOUTH], seconds=15, where={"cdn": "north"}, draw=0.0)
    assert not breaks_playlist([SOUTH], seconds=15, where={}, draw=0.0)


def test_all_dimensions_of_a_fault_must_match() -> None:
    """`where` is a conjunction."""
    fault = Fault(kind="release", at=0, until=9, where={"app": "7.3.0", "isp": "isp-a"})
    assert breaks_playlist([fault], seconds=1, where={"app": "7.3.0", "isp": "isp-a", "cdn": "x"}, draw=0.5)
    assert not breaks_playlist([fault], seconds=1, where={"app": "7.3.0", "isp": "isp-b"}, draw=0.5)


def test_a_share_of_the_calls_is_spared() -> None:
    """Nine in ten fail: the draw decides."""
    assert breaks_playlist([SOUTH], seconds=15, where={"cdn": "south"}, draw=0.89)
    assert not breaks_playlist([SOUTH], seconds=15, where={"cdn": "south"}, draw=0.9)


def test_each_kind_breaks_its_own_thing() -> None:
    """A delivery network does not break sign-in, a flood breaks nothing by itself."""
    script = [Fault(kind=kind, at=0, until=9) for kind in ("sign_in", "flood", "stuffing", "capacity")]
    assert not breaks_playlist(script, seconds=1, where={}, draw=0.0)
    assert breaks_sign_in(script, seconds=1, draw=0.0)
    assert not breaks_sign_in([SOUTH], seconds=15, draw=0.0)


def test_the_largest_loss_of_capacity_counts() -> None:
    """Two faults on one core do not add up to more than a core."""
    script = [Fault(kind="capacity", at=0, until=9, share=share) for share in (0.3, 0.5)]
    assert lost_share(script, seconds=1) == 0.5
    assert lost_share(script, seconds=9) == 0.0
