"""The secrets of a night: one file, its owner's alone."""

import base64
import json
from pathlib import Path

import pytest

from kickoff.plumbing.key_files import KEYS_FILE, KeysError, create, jwks, load, load_or_create, rotate, store


def test_keys_are_made_once_and_read_back(tmp_path: Path) -> None:
    """A restart must not make everybody's ticket void."""
    keys = load_or_create(tmp_path)
    assert load_or_create(tmp_path) == keys == load(tmp_path)
    assert (tmp_path / KEYS_FILE).stat().st_mode & 0o777 == 0o600


def test_only_the_public_half_is_published(tmp_path: Path) -> None:
    """Edges hold nothing that could sign."""
    keys = load_or_create(tmp_path)
    published = (tmp_path / "jwks.json").read_text()
    [key] = json.loads(published)["keys"]
    assert (key["kty"], key["crv"], key["alg"], key["kid"]) == ("OKP", "Ed25519", "EdDSA", keys.signing[0].id)
    assert base64.urlsafe_b64encode(keys.signing[0].seed).rstrip(b"=").decode() not in published


def test_after_a_rotation_the_old_keys_still_open() -> None:
    """Overlap: nobody's token dies with the key that sealed it, until it has been rotated out."""
    first = create()
    second = rotate(first)
    third = rotate(rotate(second))
    assert second.seals[1:] == first.seals
    assert [key["kid"] for key in json.loads(jwks(second))["keys"]] == [key.id for key in second.signing]
    assert first.seals[0] not in third.seals
    assert third.subject_key == first.subject_key


@pytest.mark.parametrize("content", ["", "{}", '{"seals":[]}', "nonsense"])
def test_a_file_that_holds_no_keys_is_named(tmp_path: Path, content: str) -> None:
    """What, where and the remedy; new keys are never put over a damaged file."""
    (tmp_path / KEYS_FILE).write_text(content)
    with pytest.raises(KeysError, match=r"keys\.json"):
        load_or_create(tmp_path)
    assert (tmp_path / KEYS_FILE).read_text() == content


def test_a_missing_file_tells_how_to_make_one(tmp_path: Path) -> None:
    """Whoever only reads keys does not make them."""
    with pytest.raises(KeysError, match="kickoff keys"):
        load(tmp_path)
    store(tmp_path, create())
    assert load(tmp_path).seals
