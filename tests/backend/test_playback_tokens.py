from pathlib import Path

import pytest

from kickoff.backend import playback_tokens
from kickoff.backend.playback_tokens import PlaybackTokens, TokenForeign, TokenInvalid
from kickoff.clock import ManualClock
from kickoff.signatures import EDDSA, ES256
from tests.backend.small_night import STARTS_AT, Issuer


@pytest.fixture
def clock() -> ManualClock:
    """At the start of the night."""
    return ManualClock(STARTS_AT)


@pytest.fixture
def door(tmp_path: Path) -> Issuer:
    """Who signs, its public keys written."""
    door = Issuer()
    door.write_keys(tmp_path / "jwks.json")
    return door


@pytest.fixture
def tokens(tmp_path: Path, clock: ManualClock) -> PlaybackTokens:
    """The back end's side."""
    return PlaybackTokens(tmp_path / "jwks.json", night="small", clock=clock)


def test_a_token_of_the_door_opens_its_channels(tokens: PlaybackTokens, door: Issuer) -> None:
    """Twice: the second time from memory."""
    token = door.token("main")
    for _ in range(2):
        tokens.check(token, "main")
    with pytest.raises(TokenForeign, match="foot"):
        tokens.check(token, "foot")


def test_a_remembered_token_still_ends(tokens: PlaybackTokens, door: Issuer, clock: ManualClock) -> None:
    """The cache remembers what is genuine, not that it is valid for ever."""
    token = door.token("main", until=60)
    tokens.check(token, "main")
    clock.advance(60)
    with pytest.raises(TokenInvalid, match="over"):
        tokens.check(token, "main")


@pytest.mark.parametrize("broken", ["", "x", "a.b.c", "ü" * 20])
def test_what_is_no_token_is_refused(tokens: PlaybackTokens, broken: str) -> None:
    """Anybody can send anything."""
    with pytest.raises(TokenInvalid):
        tokens.check(broken, "main")


def test_each_changed_part_is_seen(tokens: PlaybackTokens, door: Issuer) -> None:
    """Head, claims and signature are all signed."""
    token = door.token("main")
    for at in (2, len(token) // 2, len(token) - 5):
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        with pytest.raises(TokenInvalid):
            tokens.check(changed, "main")


def test_tokens_of_others_are_refused(tokens: PlaybackTokens, door: Issuer) -> None:
    """Another night, another issuer, no signature at all, another's key under our key's name."""
    for token in (
        door.token("main", night="other"),
        door.token("main", issuer="somebody"),
        door.token("main", algorithm="none"),
        Issuer(seed=b"t" * 32).token("main"),
    ):
        with pytest.raises(TokenInvalid):
            tokens.check(token, "main")


@pytest.mark.parametrize("algorithm", [EDDSA, ES256])
def test_a_common_access_token_opens_its_channels_and_no_others(
    tokens: PlaybackTokens, door: Issuer, clock: ManualClock, algorithm: int
) -> None:
    """Signed by the door's own writing of the standard, read here by the library's."""
    token = door.common_access_token("main", algorithm=algorithm)
    for _ in range(2):
        tokens.check(token, "main")
    with pytest.raises(TokenForeign, match="foot"):
        tokens.check(token, "foot")
    refused = [
        token[:-4],
        token[:60] + "AAAA" + token[64:],
        door.common_access_token("main", night="other", algorithm=algorithm),
        door.common_access_token("main", issuer="somebody", algorithm=algorithm),
        Issuer(seed=b"t" * 32).common_access_token("main", algorithm=algorithm),
    ]
    for broken in refused:
        with pytest.raises(TokenInvalid):
            tokens.check(broken, "main")
    clock.advance(3600)
    with pytest.raises(TokenInvalid, match="over"):
        tokens.check(token, "main")


def test_new_keys_are_read_when_a_token_names_them(
    tokens: PlaybackTokens, door: Issuer, clock: ManualClock, tmp_path: Path
) -> None:
    """The door may rotate its keys, or write its first ones, while the back end runs; at most one look a second."""
    tokens.check(door.token("main"), "main")
    rotated = Issuer("k2", b"r" * 32)
    rotated.write_keys(tmp_path / "jwks.json")
    with pytest.raises(TokenInvalid):
        tokens.check(rotated.token("main"), "main")
    clock.advance(1.0)
    tokens.check(rotated.token("main"), "main")


def test_the_memory_is_bounded(tokens: PlaybackTokens, door: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound the oldest is checked anew; nobody is refused for it."""
    monkeypatch.setattr(playback_tokens, "CACHE_MAX", 2)
    made = [door.token("main", until=60 + number) for number in range(3)]
    for token in [*made, made[0]]:
        tokens.check(token, "main")
    assert len(tokens._genuine) == 2
