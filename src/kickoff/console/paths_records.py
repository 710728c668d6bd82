"""What stays of the night: the night again, the trail of acts, the report to take away."""

import asyncio
import math
from collections import deque
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from kickoff.console import pages
from kickoff.console.answers import Answers
from kickoff.console.cases import Refused, ThenAsked, ThenNow
from kickoff.console.guard import FRESH, Guard, Signed, language_of, page
from kickoff.console.records_view import steps_of
from kickoff.console.room import Room
from kickoff.console.view import screen_of
from kickoff.console.watch import Seen, series_of


class RecordPaths:
    """One method a path."""

    def __init__(self, room: Room, guard: Guard) -> None:
        self._room = room
        self._guard = guard

    async def replay(self, request: Request, signed: Signed) -> Response:
        """The night again at a second of it: what was known then, and no more."""
        room, language = self._room, language_of(request)
        t, end = pages.words_of(language), room.night.schedule.end
        second = _second(request.query_params.get("at", ""), until=end)
        found, seen, at, wrong = await room.clerk.of(ThenAsked(second=second)), Seen(), room.night.at(second), ""
        if isinstance(found, ThenNow):
            told = Answers(at=at, findings=found.findings, curves=found.curves, said=found.said, reports=found.reports)
            seen = Seen(answers=told)
        else:
            wrong = t("gestures.not_read", why=found.why if isinstance(found, Refused) else "")
        screen = screen_of(seen, room.night, at=at, t=t)
        series = series_of(seen, deque(), starts_at=room.night.at(0), until_s=second)
        body = pages.replay(room.night, signed, screen, series, language=language, second=second, wrong=wrong)
        return page(body, language, status=503 if wrong else 200)

    async def trail(self, request: Request, signed: Signed) -> Response:
        """Every act with who and when, the newest first; whether the chain of their hashes holds."""
        language = language_of(request)
        trail, t = self._room.trail, pages.words_of(language)
        broken = await asyncio.to_thread(trail.broken_at)
        steps = steps_of(trail.newest(), self._room.night, t)
        return page(pages.trail(self._room.night, signed, language=language, steps=steps, broken=broken), language)

    async def report(self, request: Request, signed: Signed) -> Response:
        """The report as one page."""
        return self._file(request, signed, self._room.folder.report, "text/html")

    async def report_pdf(self, request: Request, signed: Signed) -> Response:
        """The report as PDF."""
        return self._file(request, signed, self._room.folder.report.with_suffix(".pdf"), "application/pdf")

    def _file(self, request: Request, signed: Signed, path: Path, kind: str) -> Response:
        if path.is_file():
            self._guard.note(signed, "report", about=path.name)
            name = f"{self._room.night.name}-{path.name}"
            return FileResponse(path, media_type=kind, filename=name, headers=FRESH)
        language = language_of(request)
        t = pages.words_of(language)
        body = pages.message(
            self._room.night, signed, language=language, title=t("take_away.none"), words=t("take_away.none_why")
        )
        return page(body, language, status=404)


def _second(text: str, *, until: float) -> float:
    """The second that was asked for; the end where none was."""
    try:
        second = float(text)
    except ValueError:
        return until
    return min(until, max(0.0, second)) if math.isfinite(second) else until
