from pathlib import Path

from kickoff.console.accounts import Operators, ensure_operator


def test_only_the_hash_of_the_password_is_kept(tmp_path: Path) -> None:
    """Whoever reads the file cannot sign in with what they read."""
    name, password = ensure_operator(tmp_path)
    assert password.encode() not in (tmp_path / "state" / "console.sqlite").read_bytes()
    operators = Operators(tmp_path)
    assert operators.is_right(name, password)
    assert not operators.is_right(name, password[:-1])
    assert not operators.is_right("nobody", password)
    assert not operators.is_right("", "")
    operators.close()


def test_starting_the_night_again_makes_a_new_password(tmp_path: Path) -> None:
    """A password that was printed once and lost is replaced, not recovered."""
    _, first = ensure_operator(tmp_path)
    name, second = ensure_operator(tmp_path)
    operators = Operators(tmp_path)
    assert operators.is_right(name, second)
    assert not operators.is_right(name, first)
    operators.close()


def test_a_console_without_accounts_lets_nobody_in(tmp_path: Path) -> None:
    """No account is not an open door."""
    operators = Operators(tmp_path)
    assert not operators.is_right("operator", "")
    operators.close()
