from pathlib import Path

import msgspec
import pytest

from kickoff.backend.film import FilmError, Reel, make_reels
from kickoff.night import Channel
from tests.backend.small_night import small_night


def test_ffmpeg_makes_both_channels_once(tmp_path: Path) -> None:
    """Real pictures, cut into whole segments at each bitrate; the second night finds them made."""
    said: list[tuple[str, float]] = []
    night = small_night()

    def make() -> dict[str, Reel]:
        return make_reels(night, segment_s=2, cache=tmp_path, progress=lambda *words: said.append(words))

    assert make().keys() == make().keys()
    reels = make()
    assert sorted(reels) == ["foot", "main"]
    main = reels["main"]
    assert main.film.count == 2
    assert [part.name for part in main.film.renditions] == ["400k", "1200k"]
    assert all(part.codecs.startswith("avc1.42") for part in main.film.renditions)
    for part in main.film.renditions:
        init = main.init(part.name)
        assert init is not None
        assert init[4:8] == b"ftyp"
        for index in range(2):
            segment = main.segment(part.name, index)
            assert segment is not None
            assert b"moof" in segment[:200]
    assert [title for title, share in said if share == 1.0] == ["Canal+", "Canal+ Foot"]


def test_there_is_no_other_bitrate(tmp_path: Path) -> None:
    """A made-up name is not a file name."""
    night = small_night()
    only = msgspec.structs.replace(night, channels={"foot": night.channels["foot"]})
    reel = make_reels(only, segment_s=2, cache=tmp_path, progress=lambda *_: None)["foot"]
    assert reel.init("..") is None
    assert reel.segment("400k", 0) is None


def test_what_ffmpeg_says_reaches_the_operator(tmp_path: Path) -> None:
    """A bitrate that no encoder takes ends in ffmpeg's own words and leaves nothing half made behind."""
    night = small_night()
    impossible = msgspec.structs.replace(night, channels={"main": Channel(title="x", bitrates_kbps=(100_000_000,))})
    with pytest.raises(FilmError, match=r"ffmpeg could not make a channel: .*maxrate"):
        make_reels(impossible, segment_s=2, cache=tmp_path, progress=lambda *_: None)
    assert list(tmp_path.iterdir()) == []
