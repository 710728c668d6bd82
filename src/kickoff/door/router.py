"""Which operation is meant? Paths and methods of the viewer API; everything else is asked of the pages."""

from collections.abc import Callable
from importlib.metadata import version
from typing import Protocol

from kickoff.door import (
    beacons,
    beats,
    checks,
    health,
    leases,
    metrics,
    openapi,
    operator,
    pairing,
    passes,
    reports,
    sessions,
    tickets,
)
from kickoff.door.problems import problem
from kickoff.door.seam import Forward, Parked, Reply, Request
from kickoff.door.state import House
from kickoff.waiting_room.eta import personal_s
from kickoff.waiting_room.shared import Answered

Answer = Reply | Forward | Parked
Handler = Callable[[House, Request], Answer]
Api = Callable[[Request], Reply | Forward]
STATUS_CACHE = ("Cache-Control", "public, max-age=1, stale-while-revalidate=5, stale-if-error=86400")


class Pages(Protocol):
    """What people see: the page, the page without JavaScript and its forms, the assets."""

    def answer(self, request: Request, api: Api) -> Reply | Forward | None:
        """The page's reply, made with inner calls of the JSON API; None: not a page's path."""


class InnerParked(Exception):
    """An inner call of a page waits for the shared line: the page is made anew once it has its answer."""

    def __init__(self, inner: Request, parked: Parked) -> None:
        super().__init__("parked")
        self.inner = inner
        self.parked = parked


class Router:
    """The API of one house."""

    def __init__(self, house: House, pages: Pages | None) -> None:
        self._house = house
        self._pages = pages
        night = f"/v1/{house.night.name}"
        self._leases = f"{night}/leases/"
        self._exact: dict[str, dict[str, Handler]] = {
            f"{night}/tickets": {"POST": tickets.join},
            f"{night}/passes": {"POST": passes.redeem},
            f"{night}/leases": {"POST": leases.grant},
            f"{night}/beacons": {"POST": beacons.beacons},
            f"{night}/reports": {"POST": reports.report},
            f"{night}/devices": {"POST": pairing.begin},
            f"{night}/devices/token": {"POST": pairing.token},
            f"{night}/devices/decision": {"POST": pairing.decide},
            f"{night}/devices/proof": {"POST": pairing.prove},
            f"{night}/operator": {"POST": operator.operate},
            f"{night}/health": {"POST": health.take_health},
            f"{night}/house": {"GET": operator.look},
            f"{night}/status": {"GET": status},
            f"{night}/sessions": {"POST": sessions.sign_in},
            "/v1/sessions": {"POST": sessions.sign_in},
            "/.well-known/jwks.json": {"GET": jwks},
            "/healthz": {"GET": healthz},
            "/readyz": {"GET": readyz},
            "/openapi.json": {"GET": described},
            "/metrics": {"GET": lambda known, request: metrics.metrics(known, request.at_us)},
        }

    def routes(self) -> set[tuple[str, str]]:
        """(method, path) of each operation; those on a lease and of the edge's check as templates."""
        exact = {(method, path) for path, methods in self._exact.items() for method in methods}
        lease = f"{self._leases}{{lease}}"
        return exact | {("PUT", lease), ("DELETE", lease), ("POST", f"{lease}/beats"), ("GET", checks.PREFIX)}

    def answer(self, request: Request) -> Answer:
        """Answer one request of the API or of a page."""
        methods = self._exact.get(request.path)
        if methods is not None:
            handler = methods.get(request.method)
            return handler(self._house, request) if handler else self._wrong_method(request, methods)
        if request.path.startswith(self._leases):
            return self._lease(request)
        if request.path == checks.PREFIX or request.path.startswith(checks.BELOW):
            return checks.check(self._house, request)
        return self._page(request) or problem("not_found")

    def _page(self, request: Request, told: tuple[Request, Reply] | None = None) -> Answer | None:
        """A page, made with inner calls; `told`: the one call that had to wait, and its answer."""

        def api(inner: Request) -> Reply | Forward:
            if told is not None and (inner.method, inner.path) == (told[0].method, told[0].path):
                return told[1]
            answer = self.answer(inner)
            if isinstance(answer, Parked):
                raise InnerParked(inner, answer)
            return answer

        try:
            return self._pages.answer(request, api) if self._pages is not None else None
        except InnerParked as waiting:
            return self._parked_page(request, waiting)

    def _parked_page(self, request: Request, waiting: InnerParked) -> Parked:
        parked = waiting.parked

        def finish(answered: Answered, now_us: int) -> Reply:
            page = self._page(request, (waiting.inner, parked.finish(answered, now_us)))
            assert isinstance(page, Reply), "a page makes one call that waits, and has its answer"
            return page

        return Parked(question=parked.question, finish=finish)

    def _wrong_method(self, request: Request, methods: dict[str, Handler]) -> Answer:
        if request.method == "HEAD" and "GET" in methods:
            return methods["GET"](self._house, request)
        return problem("method_not_allowed", headers=(("Allow", ", ".join(methods)),))

    def _lease(self, request: Request) -> Reply:
        token, _, rest = request.path[len(self._leases) :].partition("/")
        if rest == "beats":
            if request.method == "POST":
                return beats.beat(self._house, request, token)
            return problem("method_not_allowed", headers=(("Allow", "POST"),))
        if rest:
            return problem("not_found")
        if request.method == "PUT":
            return leases.switch(self._house, request, token)
        if request.method == "DELETE":
            return leases.end(self._house, request, token)
        return problem("method_not_allowed", headers=(("Allow", "PUT, DELETE"),))


def status(house: House, request: Request) -> Reply:
    """The status object: the same bytes for everybody."""
    del request
    return Reply(status=200, body=house.status, headers=(STATUS_CACHE,))


def jwks(house: House, request: Request) -> Reply:
    """The public keys of playback tokens."""
    del request
    return Reply(status=200, body=house.jwks, headers=(("Cache-Control", "public, max-age=60"),))


def described(house: House, request: Request) -> Reply:
    """The viewer API, described to machines."""
    del request
    body = openapi.document(house.night.name, channels=house.night.channels, version=version("kickoff"))
    return Reply(status=200, body=body, headers=(("Cache-Control", "public, max-age=60"),))


def healthz(house: House, request: Request) -> Reply:
    """200 while the process answers."""
    del house, request
    return Reply(status=200, body=b'{"status":"ok"}')


def readyz(house: House, request: Request) -> Reply:
    """200 once the log is read back and places can be given; 503 before, and while the disk refuses."""
    del request
    if house.is_ready and not house.journal.is_stuck:
        return Reply(status=200, body=b'{"status":"ready"}')
    return problem("not_ready", retry_s=personal_s(2.0, house.draw()))
