"""`POST /v1/{night}/reports`: a signed-in subscriber says what they see."""

import msgspec

from kickoff.door import identity
from kickoff.door.bodies import REPORT, decode
from kickoff.door.problems import problem
from kickoff.door.seam import Reply, Request
from kickoff.door.state import House
from kickoff.facts import Fact, Row
from kickoff.seals import account_subject


def report(house: House, request: Request) -> Reply:
    """202: heard, as evidence · 401 without a session."""
    try:
        body = decode(REPORT, request.body)
    except msgspec.DecodeError as error:
        return problem("bad_request", str(error))
    session = identity.session_of(house, request)
    if session is None:
        return problem("no_session", "Only subscribers of the night are heard as evidence.")
    subject = account_subject(house.subject_key, session.account)
    stream = next(house.leases.streams_of(subject), None)
    house.counts.reported += 1
    house.journal.record(
        Row(
            at=request.at_us,
            fact=Fact.REPORTED,
            subject=subject,
            stream=stream.stream if stream else 0,
            offer=session.offer,
            channel=stream.channel if stream else "",
            device=stream.device if stream else "",
            source=house.networks.of(request.peer, request.at_us).source,
            code=body.what,
        )
    )
    return Reply(status=202)
