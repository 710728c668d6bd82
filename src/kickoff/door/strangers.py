"""What does a stranger from a hot network get? A place in the slow lane and a challenge; never a refusal for good.

    stranger          joins without a session
    hot network       too many strangers have come from it lately (`networks.py`)

    cold network                    main lane, as anybody
    hot, with a proof of work       main lane
    hot, without                    slow lane; with the place comes a challenge, and with its solution the main lane
    hot, on a television            slow lane, no challenge; its turn comes as if it stood in the main one, and is good
                                    for signing in (`televisions.py`)
    hot, on one of earlier nights   main lane: it can show no work, and is no bot of tonight; of one network so many
    hot, beyond the quota           429 with a challenge: its solution is a place at once

When a network turns hot, the places that its strangers took before are doubted (`waiting_room/line.py`): nobody waits
behind them any more, and who holds one comes in when it was due by showing a proof. So bots gain nothing by the first
places of each network, and who was there before them loses nothing but a second's work.
"""

from msgspec.structs import replace

from kickoff.door.comers import Comer
from kickoff.door.networks import Network
from kickoff.door.seam import Reply
from kickoff.door.state import JSON, House
from kickoff.door.televisions import TELEVISION
from kickoff.facts import Lane

SLOW_SHARE_MAX = 0.25
"""Of the line's places: so many at most are held by the slow lane, so that bots never fill the line."""


def settled(house: House, comer: Comer) -> Comer | None:
    """The stranger with the lane that it gets; None: no place now, beyond what even a slow lane holds.

    For devices of networks that are limited.
    """
    network, at_us = comer.network, comer.at
    is_cold = house.networks.is_cold_for_one(network, at_us)
    if _is_let_be(comer):
        if house.networks.lets_be(network, at_us):
            return comer
        # One of too many: tokens can be collected on earlier nights.
        comer = replace(comer, is_old=False)
    if is_cold:
        return comer
    _doubt_those_before(house, network, at_us)
    if (proved := with_proof(house, comer)) is not None:
        return proved
    slow = house.lines[Lane.SLOW]
    if slow.book.last_given >= house.rules.line_max * SLOW_SHARE_MAX or not house.networks.take(network, at_us):
        return None
    return replace(comer, lane=Lane.SLOW)


def with_proof(house: House, comer: Comer) -> Comer | None:
    """The stranger for the main lane, where it shows a proof of work of its own; as of when it was asked for it."""
    if not comer.body.proof:
        return None
    shown = house.proofs.shown(comer.body.proof, comer.subject, comer.network, comer.at)
    house.heat.proofs_failed += shown is None
    if shown is None:
        return None
    house.heat.proved += 1
    comer.network.prove(comer.at)
    place = house.spares.take(house.lines[Lane.MAIN], shown.asked_at, comer.at)
    return replace(comer, lane=Lane.MAIN, code="proof", kept=place, at=shown.asked_at if place else comer.at)


def remember(house: House, comer: Comer, place: int) -> None:
    """A stranger took a place in the main lane: its network may turn out to be hot a moment later."""
    if comer.code == "proof":
        house.lines[Lane.MAIN].prove(place)
    elif comer.code == "device" and not _is_let_be(comer):
        comer.network.remember(place, comer.at)


def slowed(house: House, comer: Comer, reply: Reply, *, joined_at: int) -> Reply:
    """The reply to who has just been given a slow place."""
    house.heat.slowed += 1
    return with_challenge(house, comer, reply, joined_at=joined_at)


def with_challenge(house: House, comer: Comer, reply: Reply, *, joined_at: int | None = None) -> Reply:
    """The reply that says a slow place, or none, and the way out of it. A television needs none (`televisions.py`).

    `joined_at`: when it took that place, as the index knows it; None: it has none.
    """
    if comer.body.client.device == TELEVISION:
        return reply
    house.heat.challenged += 1
    # While the order is still to be drawn, nobody's place is better for being early.
    if not house.lottery.is_open:
        house.spares.keep(house.lines[Lane.MAIN], comer.at)
    since_us = comer.at if joined_at is None else joined_at
    found = {"challenge": house.proofs.challenge(comer.subject, comer.network, comer.at, since_us=since_us)}
    return replace(reply, body=reply.body[:-1] + b"," + JSON.encode(found)[1:])


def _is_let_be(comer: Comer) -> bool:
    """A television that was here on an earlier night: it can show no work, and no bot of tonight."""
    return comer.is_old and comer.body.client.device == TELEVISION


def _doubt_those_before(house: House, network: Network, at_us: int) -> None:
    if network.recent:
        house.heat.doubted += house.lines[Lane.MAIN].doubt(network.just_taken(at_us))
