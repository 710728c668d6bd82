import pytest

from kickoff.backend.picture import picture_of, teams
from tests.backend.small_night import small_night


@pytest.mark.parametrize(
    ("title", "named"),
    [
        ("PSG – Juventus", ("PSG", "JUV")),
        ("Lens - Lille", ("LEN", "LIL")),
        ("Spurs v OM", ("SPU", "OM")),
        ("Saint-Étienne vs. Nantes", ("SAI", "NAN")),
        ("The final", ("", "")),
    ],
)
def test_teams_are_read_from_the_title(title: str, named: tuple[str, str]) -> None:
    """The night file has no other word for them."""
    assert teams(title) == named


def test_a_title_never_becomes_a_filter() -> None:
    """A quote or a comma in a title would otherwise be ffmpeg's grammar."""
    night = small_night()
    picture = picture_of(night, night.channels["main"])
    assert night.title not in picture.filters
    assert f"Canal+ · {night.title}" in picture.texts.values()


def test_the_score_changes_at_each_goal() -> None:
    """What is drawn is what the night file says happened."""
    night = small_night()
    texts = list(picture_of(night, night.channels["main"]).texts.values())
    assert texts[:2] == ["PSG 0 – 0 JUV", "PSG 1 – 0 JUV"]
