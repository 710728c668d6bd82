"""May a place that is doubted let its holder in? By a proof of work; without one the slow lane is open to them.

Doubted are the places that strangers took shortly before their network turned out to be hot (`strangers.py`), and those
whose ticket many networks redeem: it was shared, sold or replayed.
"""

from kickoff.door.problems import problem
from kickoff.door.seam import Reply, Request
from kickoff.door.state import House
from kickoff.facts import Fact, Row
from kickoff.waiting_room.line import Line
from kickoff.waiting_room.tickets import TicketClaims


def unproved(house: House, request: Request, ticket: TicketClaims, proof: str) -> Reply | None:
    """The refusal with its challenge; None: the proof is shown, and the place good again. Not for televisions."""
    line = house.lines[ticket.lane]
    network = house.networks.of(request.peer, request.at_us)
    if proof and house.proofs.shown(proof, ticket.subject, network, request.at_us):
        # The same one sent again is no more work, and makes no neighbour's dearer.
        if line.prove(ticket.place):
            house.heat.proved += 1
            network.prove(request.at_us)
        return None
    house.heat.proofs_failed += bool(proof)
    house.refuse(_row(request, ticket, line, network.source, "proof_needed"))
    house.heat.challenged += 1
    challenge = house.proofs.challenge(ticket.subject, network, request.at_us, since_us=ticket.joined_at)
    return problem("proof_needed", "Solve the challenge, or take a place in the slow lane.", challenge=challenge)


def look_again(house: House, request: Request, ticket: TicketClaims) -> None:
    """A place is redeemed once more: from too many networks it is doubted. One of a known household is its own."""
    network = house.networks.of(request.peer, request.at_us)
    if not network.limited or ticket.offer:
        return
    line = house.lines[ticket.lane]
    if house.redeemed.is_shared(ticket.lane, ticket.place, network.source) and line.doubt((ticket.place,)):
        house.heat.shared += 1
        house.refuse(_row(request, ticket, line, network.source, "shared_ticket"))


def _row(request: Request, ticket: TicketClaims, line: Line, source: int, code: str) -> Row:
    client = ticket.client
    return Row(
        at=request.at_us,
        fact=Fact.REFUSED,
        subject=ticket.subject,
        device=client.device,
        app=client.app,
        isp=client.isp,
        region=client.region,
        source=source,
        lane=line.lane,
        place=ticket.place,
        code=code,
    )
