from pathlib import Path

from kickoff.aftermath.evenings import FILE, evening_of, forget, is_written, keep
from kickoff.run_folder import RunFolder
from kickoff.units import Subject
from tests.gestures.nights import case


def test_one_evening_is_found_among_all_and_a_new_list_replaces_the_old(tmp_path: Path) -> None:
    """Closing the night again says what is true now, also of whoever is no longer among those hit."""
    folder = RunFolder(tmp_path, "night")
    assert evening_of(folder, "night@1", Subject(7)) is None
    keep(folder, "night@1", [case(7, minutes=10), case(-8, minutes=3)])
    keep(folder, "other@1", [case(7, minutes=1)])
    assert evening_of(folder, "night@1", Subject(-8)) == case(-8, minutes=3)
    keep(folder, "night@1", [case(7, minutes=12)])
    assert evening_of(folder, "night@1", Subject(7)) == case(7, minutes=12)
    assert evening_of(folder, "night@1", Subject(-8)) is None
    assert evening_of(folder, "other@1", Subject(7)) == case(7, minutes=1)


def test_a_night_that_hit_nobody_is_written_too(tmp_path: Path) -> None:
    """Else a calm evening would be counted for ever."""
    folder = RunFolder(tmp_path, "night")
    assert not is_written(folder, "night@1")
    keep(folder, "night@1", [])
    assert is_written(folder, "night@1")
    assert not is_written(folder, "other@1")


def test_who_is_forgotten_is_gone_from_the_file_too(tmp_path: Path) -> None:
    """Not only from what the page finds."""
    folder, subject = RunFolder(tmp_path, "night"), 0x1122_3344_5566_7788
    keep(folder, "night@1", [case(subject), case(9)])
    assert subject.to_bytes(8, "big") in (folder.state / FILE).read_bytes()
    forget(folder, Subject(subject))
    assert evening_of(folder, "night@1", Subject(subject)) is None
    assert evening_of(folder, "night@1", Subject(9)) is not None
    assert subject.to_bytes(8, "big") not in (folder.state / FILE).read_bytes()
