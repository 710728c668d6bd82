"""The secrets of a night: one file, its owner's alone."""

import base64
import json
from pathlib import Path

import pytest

from kickoff.accounts.sessions import SESSION_US
from kickoff.plumbing.key_files import (
    KEYS_FILE,
    RING_MAX,
    TOKENS_LIVE_US,
    KeysError,
    KeysFile,
    create,
    jwks,
    load,
    load_or_create,
    revoke,
    rotate,
    store,
)


def test_keys_are_made_once_and_read_back(tmp_path: Path) -> None:
    """A restart must not make everybody's ticket void."""
    keys = load_or_create(tmp_path)
    assert load_or_create(tmp_path) == keys == load(tmp_path)
    assert (tmp_path / KEYS_FILE).stat().st_mode & 0o777 == 0o600


def test_only_the_public_half_is_published(tmp_path: Path) -> None:
    """Edges hold nothing that could sign."""
    keys = load_or_create(tmp_path)
    published = (tmp_path / "jwks.json").read_text()
    key, other = json.loads(published)["keys"]
    assert (key["kty"], key["crv"], key["alg"], key["kid"]) == ("OKP", "Ed25519", "EdDSA", keys.signing[0].id)
    assert (other["kty"], other["crv"], other["alg"], other["kid"]) == (
        *("EC", "P-256", "ES256"),
        f"{keys.signing[0].id}-es256",
    )
    assert set(other) == {"kty", "crv", "use", "alg", "kid", "x", "y"}
    assert base64.urlsafe_b64encode(keys.signing[0].seed).rstrip(b"=").decode() not in published


def test_after_a_rotation_the_old_keys_still_open() -> None:
    """Overlap: nobody's token dies with the key that sealed it; when the last of its tokens is over, it goes."""
    first = create()
    second = rotate(first, at_us=1_000)
    much_later = 1_000 + TOKENS_LIVE_US
    still = rotate(second, at_us=much_later)
    third = rotate(still, at_us=much_later + 1)
    assert [key.id for key in still.seals[1:]] == [key.id for key in second.seals]
    assert second.seals[0] in third.seals
    assert second.seals[1:] == first.seals
    published = [key["kid"] for key in json.loads(jwks(second))["keys"]]
    assert published == [name for key in second.signing for name in (key.id, f"{key.id}-es256")]
    assert first.seals[0] not in third.seals
    assert third.subject_key == first.subject_key


def test_no_token_lives_longer_than_the_key_that_opens_it() -> None:
    """The longest-lived are sessions and devices."""
    assert TOKENS_LIVE_US > SESSION_US


def test_a_key_is_revoked_by_its_id_and_the_one_that_signs_is_not() -> None:
    """One that got out: its tokens are refused at once, and nobody is left without a key."""
    first = create()
    rotated = rotate(first, at_us=1)
    old = first.signing[0].id
    assert [key.id for key in revoke(rotated, old).signing] == [rotated.signing[0].id]
    with pytest.raises(KeysError, match="rotate first"):
        revoke(first, old)
    with pytest.raises(KeysError, match="no such key"):
        revoke(rotated, "none such")


def test_a_ring_does_not_grow_without_end() -> None:
    """Whoever rotates in a loop is told so; no key with valid tokens is thrown away for it."""
    keys = create()
    for at in range(1, RING_MAX):
        keys = rotate(keys, at_us=at)
    assert len(keys.seals) == RING_MAX
    with pytest.raises(KeysError, match="still valid"):
        rotate(keys, at_us=RING_MAX)


def test_a_process_that_runs_on_sees_the_rotation(tmp_path: Path) -> None:
    """And only it: a file that is as before is not read again."""
    store(tmp_path, create())
    file = KeysFile(tmp_path)
    assert file.changed() is None
    rotated = rotate(load(tmp_path), at_us=1)
    store(tmp_path, rotated)
    assert file.changed() == rotated
    assert file.changed() is None
    (tmp_path / KEYS_FILE).write_text("nonsense")
    with pytest.raises(KeysError):
        file.changed()
    store(tmp_path, rotated)
    assert file.changed() == rotated


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
