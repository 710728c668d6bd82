"""Which paths does the console have? The room, gestures, care, the trail, the way in, and a subscriber's own evening.

`guard.py` says who may take which; `paths_*.py` answer.
"""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import StatelessLifespan

from kickoff.console import pages
from kickoff.console.guard import FRESH, Guard
from kickoff.console.paths_care import CarePaths
from kickoff.console.paths_gestures import GesturePaths
from kickoff.console.paths_night import NightPaths
from kickoff.console.paths_people import PeoplePaths
from kickoff.console.paths_records import RecordPaths
from kickoff.console.roles import Role
from kickoff.console.room import Room
from kickoff.web.assets import load_assets

_FOR_EVER = {"cache-control": "public, max-age=31536000, immutable", "x-content-type-options": "nosniff"}


def application(room: Room, lifespan: StatelessLifespan[Starlette]) -> Starlette:
    """The console over its parts."""
    guard = Guard(room)
    night, people, gestures = NightPaths(room, guard), PeoplePaths(room, guard), GesturePaths(room, guard)
    care, records = CarePaths(room, guard), RecordPaths(room, guard)
    see, operate, approve = Role.SEE, Role.OPERATE, Role.APPROVE
    return Starlette(
        routes=[
            Route("/", guard.needs(night.room)),
            Route("/live", guard.needs(night.live, see)),
            Route("/curves", guard.needs(night.curves, see)),
            Route("/door", guard.needs(night.act, operate), methods=["POST"]),
            Route("/notice", guard.needs(night.notice, operate), methods=["POST"]),
            Route("/gestures", guard.needs(gestures.preview, see, operate, approve), methods=["GET"]),
            Route("/gestures", guard.needs(gestures.decide, operate, approve), methods=["POST"]),
            Route("/care", guard.needs(care.look_up, Role.CARE)),
            Route("/replay", guard.needs(records.replay, see)),
            Route("/trail", guard.needs(records.trail, see)),
            Route("/report", guard.needs(records.report, see)),
            Route("/report.pdf", guard.needs(records.report_pdf, see)),
            Route("/account", guard.needs(people.account), methods=["GET"]),
            Route("/account", guard.needs(people.set_factor), methods=["POST"]),
            Route("/sign-out", guard.needs(people.sign_out), methods=["POST"]),
            Route("/sign-in", people.way_in, methods=["GET"]),
            Route("/sign-in", people.sign_in, methods=["POST"]),
            Route("/my-evening", care.my_evening),
            Route("/assets/{name}", asset),
            Route("/healthz", healthy),
        ],
        lifespan=lifespan,
    )


async def asset(request: Request) -> Response:
    """A file under a name that holds its hash."""
    path = f"/assets/{request.path_params['name']}"
    for file in pages.files().values():
        if file.path == path:
            return Response(file.body, media_type=file.content_type, headers=_FOR_EVER)
    shared = load_assets().at(path)
    if shared is None:
        return Response(status_code=404, headers=FRESH)
    return Response(shared.body, media_type=shared.content_type, headers=_FOR_EVER)


async def healthy(_: Request) -> Response:
    """The process lives."""
    return Response(b"ok\n", media_type="text/plain", headers=FRESH)
