import stat
from pathlib import Path

import pytest

from kickoff.console import accounts
from kickoff.console.accounts import People, TooManyPeople, ensure_operator, new_factor
from kickoff.console.roles import EVERY, Role
from kickoff.console.second_factor import code_at, step_of
from kickoff.units import US_PER_S, AtUs

NOW = AtUs(1_700_000_000 * US_PER_S)


def test_only_the_hash_of_the_password_is_kept(tmp_path: Path) -> None:
    """Whoever reads the file cannot sign in with what they read; and only its owner reads it."""
    name, password = ensure_operator(tmp_path)
    kept = tmp_path / "state" / "console.sqlite"
    assert password.encode() not in kept.read_bytes()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    people = People(tmp_path)
    assert people.is_right(name, password)
    assert not people.is_right(name, password[:-1])
    assert not people.is_right("nobody", password)
    assert not people.is_right("", "")
    people.close()


def test_starting_the_night_again_makes_a_new_password(tmp_path: Path) -> None:
    """A password that was printed once and lost is replaced, not recovered; the second factor stays."""
    name, first = ensure_operator(tmp_path)
    people = People(tmp_path)
    people.set_factor(name, new_factor())
    name, second = ensure_operator(tmp_path)
    assert people.is_right(name, second)
    assert not people.is_right(name, first)
    person = people.person(name)
    assert person is not None
    assert (person.roles, person.has_factor) == (EVERY, True)
    people.close()


def test_a_console_without_accounts_lets_nobody_in(tmp_path: Path) -> None:
    """No account is not an open door."""
    people = People(tmp_path)
    assert not people.is_right("operator", "")
    people.close()


def test_what_changes_about_an_account_changes_its_stamp(tmp_path: Path) -> None:
    """A session that began before is over: with another password, another role, another factor."""
    people = People(tmp_path)
    stamps = []
    for change in (
        lambda: people.add("ana", frozenset({Role.SEE})),
        lambda: people.add("ana", frozenset({Role.CARE})),
        lambda: people.set_factor("ana", new_factor()),
        lambda: people.set_factor("ana", None),
    ):
        change()
        person = people.person("ana")
        assert person is not None
        stamps.append(person.stamp)
    assert len(set(stamps)) == 4
    assert people.remove("ana")
    assert people.person("ana") is None
    people.close()


def test_a_code_is_good_once(tmp_path: Path) -> None:
    """Who read it over a shoulder has read it too late."""
    people, secret = People(tmp_path), new_factor()
    people.add("ana", frozenset({Role.APPROVE}))
    assert not people.holds_factor("ana", code_at(secret, step_of(NOW)), at=NOW)
    people.set_factor("ana", secret)
    code = code_at(secret, step_of(NOW))
    assert people.holds_factor("ana", code, at=NOW)
    assert not people.holds_factor("ana", code, at=NOW)
    assert people.holds_factor("ana", code_at(secret, step_of(NOW) + 1), at=NOW)
    assert not people.holds_factor("nobody", code, at=NOW)
    people.close()


def test_the_accounts_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that grows for ever is a list that nobody reads."""
    monkeypatch.setattr(accounts, "PEOPLE_MAX", 1)
    people = People(tmp_path)
    people.add("ana", EVERY)
    people.add("ana", EVERY)
    with pytest.raises(TooManyPeople, match="1 accounts"):
        people.add("ben", EVERY)
    people.close()
