"""A night for tests of the crowd's world, with what a test wants to be different."""

from pathlib import Path

import msgspec

from kickoff.night import Night, parse_night

EXAMPLE = Path(__file__).parents[2] / "examples/psg-juventus.toml"


def short_night(**different: object) -> Night:
    """The short example, played at its usual instant, without its faults."""
    night = parse_night(EXAMPLE.read_text("utf-8"), source=str(EXAMPLE))
    changed = {"faults": (), "starts_at": "2022-09-06T18:59:00Z", **different}
    return msgspec.structs.replace(night, **changed)
