"""May this account watch this channel, on one more screen? Verdicts as values; nothing is taken here."""

from collections.abc import Mapping

from msgspec import Struct

from kickoff.night import Offer


class Admit(Struct, frozen=True, tag="admit"):
    """The offer holds the channel. The caller may go on; nothing was taken."""


class NotInOffer(Struct, frozen=True, kw_only=True, tag="not_in_offer"):
    """Waiting will not help: say which channels the offer holds."""

    channels: tuple[str, ...]


class TooManyStreams(Struct, frozen=True, kw_only=True, tag="too_many_streams"):
    """Another screen of the account must end first: show the list."""

    streams_max: int


ADMIT = Admit()


def channel_verdict(offers: Mapping[str, Offer], offer: str, channel: str) -> Admit | NotInOffer:
    """Whether the offer holds the channel; an offer that the night does not know holds none."""
    known = offers.get(offer)
    channels = known.channels if known else ()
    return ADMIT if channel in channels else NotInOffer(channels=channels)


def stream_verdict(streams: int, *, streams_max: int) -> Admit | TooManyStreams:
    """Whether an account with so many streams in progress may begin one more."""
    return ADMIT if streams < streams_max else TooManyStreams(streams_max=streams_max)
