import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kickoff.backend.playlists import Film, Rendition, codecs_of, film_index, master, media
from kickoff.units import US_PER_S, AtUs

START = AtUs(1_662_490_800 * US_PER_S)
FILM = Film(
    segment_s=2,
    count=7,
    renditions=(Rendition(name="400k", width=366, height=206, kbps=400, codecs="avc1.42c00c,mp4a.40.2"),),
)


def second(seconds: float) -> AtUs:
    """An instant of the night."""
    return AtUs(START + round(seconds * US_PER_S))


def numbers(playlist: str) -> list[int]:
    """The segments that a playlist lists."""
    return [int(name) for name in re.findall(r"^(\d+)\.m4s$", playlist, re.MULTILINE)]


def tag(playlist: str, name: str) -> int:
    """The number that a tag carries."""
    found = re.search(rf"^#EXT-X-{name}:(\d+)$", playlist, re.MULTILINE)
    assert found, f"no {name} in {playlist}"
    return int(found[1])


@given(st.floats(-3600, 100_000))
def test_what_is_listed_is_over_and_can_be_fetched(seconds: float) -> None:
    """A live playlist never names the future, and never names what is gone."""
    at = second(seconds)
    listed = numbers(media(FILM, at=at, starts_at=START))
    assert len(listed) == 6
    assert all(film_index(FILM, f"{number}.m4s", at=at, starts_at=START) is not None for number in listed)
    assert film_index(FILM, f"{listed[-1] + 1}.m4s", at=at, starts_at=START) is None


@given(st.integers(-1800, 50_000))
def test_the_window_moves_on_by_one_segment_at_a_time(number: int) -> None:
    """RFC 8216, 6.2.1: the media sequence grows by one for each segment that leaves the list."""
    before = media(FILM, at=second(2 * number), starts_at=START)
    after = media(FILM, at=second(2 * number + 2), starts_at=START)
    assert numbers(after)[:-1] == numbers(before)[1:]
    assert tag(after, "MEDIA-SEQUENCE") == tag(before, "MEDIA-SEQUENCE") + 1


@given(st.integers(-1800, 50_000))
def test_the_discontinuity_sequence_counts_the_tags_that_left(number: int) -> None:
    """RFC 8216, 6.2.2: a player that joins later must agree with one that has been there all along."""
    before = media(FILM, at=second(2 * number), starts_at=START)
    after = media(FILM, at=second(2 * number + 2), starts_at=START)
    left_with_tag = (
        before.index("#EXT-X-DISCONTINUITY\n") < before.index("#EXTINF")
        if "#EXT-X-DISCONTINUITY\n" in before
        else False
    )
    assert tag(after, "DISCONTINUITY-SEQUENCE") == tag(before, "DISCONTINUITY-SEQUENCE") + left_with_tag


def test_the_film_shows_the_night_from_its_start() -> None:
    """The match clock in the picture is the night's: the segment of second 4 is the film's third."""
    listed = numbers(media(FILM, at=second(6), starts_at=START))
    assert film_index(FILM, f"{listed[-1]}.m4s", at=second(6), starts_at=START) == 2


def test_where_the_film_starts_over_the_playlist_says_so() -> None:
    """Time stamps jump back there: without the tag a player stops."""
    playlist = media(FILM, at=second(18), starts_at=START)
    begins_again = playlist.split("#EXT-X-DISCONTINUITY\n")[1]
    first = numbers(begins_again)[0]
    assert film_index(FILM, f"{first}.m4s", at=second(18), starts_at=START) == 0
    assert begins_again.startswith("#EXT-X-PROGRAM-DATE-TIME:2022-09-06T19:00:14.000Z")


@pytest.mark.parametrize("name", ["x.m4s", "43200", "-1.m4s", "4.3e4.m4s", "٤.m4s", f"{'9' * 13}.m4s", "0.m4s"])
def test_other_names_are_no_segments(name: str) -> None:
    """What is not a number of the window is not looked up anywhere."""
    assert film_index(FILM, name, at=second(60), starts_at=START) is None


def test_the_master_playlist_names_each_bitrate_by_a_relative_address() -> None:
    """Whatever network and token the player came by, it stays on them."""
    assert master(FILM).splitlines()[-2:] == [
        '#EXT-X-STREAM-INF:BANDWIDTH=400000,RESOLUTION=366x206,CODECS="avc1.42c00c,mp4a.40.2"',
        "400k/index.m3u8",
    ]


def test_codecs_are_read_from_the_initialisation_segment() -> None:
    """A player decides by them whether it can play at all."""
    assert codecs_of(b"....avcC\x01\x42\xc0\x1e\xff") == "avc1.42c01e,mp4a.40.2"
    with pytest.raises(ValueError, match="subsection"):
        codecs_of(b"no such box")
