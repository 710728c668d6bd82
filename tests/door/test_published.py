"""Who waits can check the draw: what binds the house, what it shows, both files, the command."""

from pathlib import Path

from kickoff.door.pages import Pages
from kickoff.door.published import BYTES_MAX
from kickoff.night import Night, parse_night
from tests.door.person import NIGHT, Person
from tests.door.rig import night_text
from tests.door.test_pages import get
from tests.web.fake_door import FakeDoor


def example() -> Night:
    """The example night, played."""
    return parse_night(night_text(), source="night.toml")


def test_the_sheet_of_the_draw_is_had_at_the_door(tmp_path: Path) -> None:
    """As it lies with the status page, from when it is there; one that is too long to be sent at once is not."""
    pages = Pages(example(), published=tmp_path)
    missing = get(pages, f"/{NIGHT}/draw.json")
    assert missing
    assert missing.status == 404
    (tmp_path / "draw.json").write_text("{}")
    found = get(pages, f"/{NIGHT}/draw.json")
    assert found
    assert (found.status, found.body, found.content_type) == (200, b"{}", "application/json")
    again = get(pages, f"/{NIGHT}/draw.json", if_none_match=dict(found.headers)["ETag"])
    assert again
    assert (again.status, again.body) == (304, b"")
    (tmp_path / "draw.json").write_text('{"night": "psg-juventus"}')
    assert getattr(get(pages, f"/{NIGHT}/draw.json"), "body", b"") == b'{"night": "psg-juventus"}'
    with (tmp_path / "draw-list.txt").open("wb") as file:
        file.truncate(BYTES_MAX + 1)
    assert getattr(get(pages, f"/{NIGHT}/draw-list.txt"), "status", 0) == 404


def test_without_javascript_too_the_draw_can_be_checked() -> None:
    """Before the doors what binds the house; then the secret, both files, and the command with one's own number."""
    door = FakeDoor(example())
    person = Person(door)
    door.state, door.draw = "draw", {"commitment": "c0" * 32, "count": 1200, "counts": {"main": 1200}}
    page = person.press("join")
    assert "Published before: " + "c0" * 32 in page
    assert "draw verify" not in page
    door.draw |= {"secret": "5e" * 32, "seed": "5d" * 32, "keys": {"main": [1, 2, 3, 4, 5, 6, 7, 8]}}
    door.state, door.serving = "queueing", 0
    page = person.look()
    assert f"Secret: {'5e' * 32}" in page
    assert f"kickoff draw verify draw.json --number main.400 --commitment {'c0' * 32}" in page
    assert f'href="/{NIGHT}/draw.json"' in page
    assert f'href="/{NIGHT}/draw-list.txt"' in page
