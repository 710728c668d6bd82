"""What stays of the night: the trail of acts, and the report to take away."""

import asyncio
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from kickoff.console import pages
from kickoff.console.guard import FRESH, Guard, Signed, language_of, page
from kickoff.console.records_view import steps_of
from kickoff.console.room import Room


class RecordPaths:
    """One method a path."""

    def __init__(self, room: Room, guard: Guard) -> None:
        self._room = room
        self._guard = guard

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
