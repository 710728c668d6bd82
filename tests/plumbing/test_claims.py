"""Names that processes hold while they live."""

from pathlib import Path

import pytest

from kickoff.plumbing.claims import NameTakenError, claim


def test_each_process_of_a_kind_gets_a_name_of_its_own(tmp_path: Path) -> None:
    """Two doors on one folder must not write one log."""
    first, second = claim(tmp_path, kind="door"), claim(tmp_path, kind="door")
    assert (first.name, second.name) == ("door-1", "door-2")
    first.give_up()
    # Started again, it goes on under its own name, and reads its own log back.
    assert claim(tmp_path, kind="door").name == "door-1"


def test_a_name_that_somebody_holds_is_refused(tmp_path: Path) -> None:
    """And is free again once its holder has ended."""
    held = claim(tmp_path, name="paris", kind="door")
    with pytest.raises(NameTakenError, match="runs already"):
        claim(tmp_path, name="paris", kind="door")
    held.give_up()
    assert claim(tmp_path, name="paris", kind="door").name == "paris"
