"""May this account watch this, on one more screen?"""

import pytest

from kickoff.accounts.entitlement import ADMIT, NotInOffer, TooManyStreams, channel_verdict, stream_verdict
from kickoff.night import Offer

OFFERS = {"one": Offer(title="One", channels=("a",), streams_max=1, price_cents=1, share=1.0)}


def test_an_offer_admits_to_its_channels_and_names_them_otherwise() -> None:
    """Who is told no learns what they do hold."""
    assert channel_verdict(OFFERS, "one", "a") is ADMIT
    assert channel_verdict(OFFERS, "one", "b") == NotInOffer(channels=("a",))
    assert channel_verdict(OFFERS, "none", "a") == NotInOffer(channels=())


@pytest.mark.parametrize(("streams", "admitted"), [(0, True), (1, True), (2, False), (3, False)])
def test_the_stream_limit_is_the_number_of_screens_at_once(streams: int, *, admitted: bool) -> None:
    """Two screens are two screens; lowering an offer's limit ends none of them."""
    verdict = stream_verdict(streams, streams_max=2)
    assert verdict == (ADMIT if admitted else TooManyStreams(streams_max=2))
