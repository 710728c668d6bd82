"""What did others count? Figures of an audience panel, kept beside our own and never mixed with them.

A panel asks some thousand homes and tells people, over every way of distribution: satellite, cable, terrestrial, ours.
Kickoff counts accounts, exactly, and only its own. One cannot be computed from the other: how many people sit before a
screen, and how many watch elsewhere, no journal holds. So the panel's figures stand in a table of their own, under the
name of their source, with their unit and scope, and nothing here adds, divides or compares the two.

    source = "Médiamétrie, Médiamat"
    scope = "France, all ways of distribution, live and same day"
    published = "2022-09-07"
    [channels.canal-plus]
    average = 1_730_000
    peak = 2_300_000

    PanelError    the file is no panel; one line: what, where, how to mend it
"""

import tomllib
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

People = Annotated[int, Meta(ge=0, le=10_000_000_000)]
CHANNELS_MAX = 1000


class PanelError(ValueError):
    """This is no panel's file. The user mends what is named."""


class PanelChannel(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One channel's figures; what the panel does not tell is left out."""

    average: People | None = None
    """Average audience of the match, as the panel defines it."""
    peak: People | None = None
    reach: People | None = None
    reach_threshold_s: Annotated[float, Meta(ge=0, le=86_400)] | None = None
    share_percent: Annotated[float, Meta(ge=0, le=100)] | None = None
    """Of all who watched television meanwhile."""


class Panel(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a panel published of one night."""

    source: Annotated[str, Meta(min_length=1, max_length=200)]
    scope: Annotated[str, Meta(min_length=1, max_length=400)]
    published: Annotated[str, Meta(max_length=40)] = ""
    unit: Annotated[str, Meta(pattern=r"^(people|households)\Z")] = "people"
    channels: Annotated[dict[Annotated[str, Meta(max_length=40)], PanelChannel], Meta(max_length=CHANNELS_MAX)]


def read_panel(text: str, *, source: str) -> Panel:
    """The panel of a TOML text; `source`: its name for messages. Raises `PanelError`."""
    try:
        return msgspec.convert(tomllib.loads(text), Panel)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise PanelError(f"{source}: {error}; write source, scope and [channels.NAME] with average, peak") from error
