"""What a beat tells."""

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given

from kickoff.playback.beats import Beat, Happened, PlayerState, happened, next_beat_s, start_failure


@pytest.mark.parametrize(
    ("beat", "started", "failed", "told"),
    [
        (Beat(sta=PlayerState.PLAYING), False, False, (Happened.STARTED, "")),
        (Beat(sta=PlayerState.PLAYING), False, True, (Happened.STARTED, "")),
        (Beat(sta=PlayerState.PLAYING), True, False, None),
        (Beat(sta=PlayerState.REBUFFERING), False, False, None),
        (Beat(sta=PlayerState.FAILED, ec="manifest"), False, False, (Happened.START_FAILED, "manifest")),
        (Beat(sta=PlayerState.FAILED, ec="manifest"), False, True, None),
        (Beat(sta=PlayerState.FAILED), True, False, (Happened.ENDED, "failed")),
        (Beat(sta=PlayerState.QUIT), True, False, (Happened.ENDED, "quit")),
    ],
)
def test_states_become_facts(beat: Beat, *, started: bool, failed: bool, told: tuple[Happened, str] | None) -> None:
    """The first frame once; a failed start once, until a picture comes after all."""
    assert happened(beat, started=started, failed=failed) == told


def test_unknown_errors_are_other() -> None:
    """A player's own words do not become codes of ours."""
    assert start_failure("timeout") == "timeout"
    assert start_failure("E-4711") == "other"


@pytest.mark.parametrize(
    "body",
    [b'{"watched_ms":600001}', b'{"watched_ms":-1}', b'{"sta":"x"}', b'{"br":-1}', b'{"ec":"%b"}' % (b"a" * 41)],
)
def test_impossible_beats_are_not_read(body: bytes) -> None:
    """Ten minutes at most between two beats, and only states that CMCD knows."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=Beat)


@given(st.floats(1, 600), st.integers(1, 2**32 - 1))
def test_the_next_beat_is_spread_around_the_interval(beat_s: float, stream: int) -> None:
    """Those who started together part."""
    assert 0.94 * beat_s <= next_beat_s(beat_s, stream) <= 1.06 * beat_s
