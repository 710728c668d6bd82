"""One subscriber at a time: looked up by care, or reading their own evening."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from kickoff.accounts.roster import account_of
from kickoff.console import pages
from kickoff.console.care_view import case_of, evening_of
from kickoff.console.cases import CaseAsked, CaseNow, Refused
from kickoff.console.evening import COOKIE
from kickoff.console.guard import Guard, Signed, language_of, page
from kickoff.console.room import Room

ACCOUNT_MAX = 2**63 - 1


class CarePaths:
    """One method a path."""

    def __init__(self, room: Room, guard: Guard) -> None:
        self._room = room
        self._guard = guard

    async def look_up(self, request: Request, signed: Signed) -> Response:
        """Find a subscriber by the number of their account; who looked at whom stands in the trail."""
        language = language_of(request)
        t, asked = pages.words_of(language), request.query_params.get("account", "").strip()[:64]
        found, wrong, status = None, "", 200
        if asked:
            account = account_named(asked)
            if account is None:
                wrong, status = t("care.not_a_number"), 400
            else:
                answer = await self._room.clerk.of(CaseAsked(account=account))
                came = "done" if isinstance(answer, CaseNow) else "not_read"
                self._guard.note(signed, "look_up", about=f"account {account}", came=came)
                if isinstance(answer, CaseNow) and answer.is_known and answer.account == account:
                    found = case_of(answer, self._room.night, t)
                elif isinstance(answer, Refused):
                    wrong, status = t("gestures.not_read", why=answer.why), 503
                else:
                    wrong, status = t("care.unknown", account=asked), 404
        body = pages.care(self._room.night, signed, language=language, asked=asked, found=found, wrong=wrong)
        return page(body, language, status=status)

    async def my_evening(self, request: Request) -> Response:
        """A subscriber's own evening, by the session that the door gave them. No role of this room is asked for."""
        room, language = self._room, language_of(request)
        token = request.cookies.get(COOKIE) or request.headers.get("authorization", "").removeprefix("Bearer ")
        subject = room.evenings.whose(token, at=room.clock.now())
        if subject is None:
            return page(pages.my_evening(room.night, None, language=language), language, status=401)
        evening = await asyncio.to_thread(room.evenings.of, subject)
        told = evening_of(evening, room.night, pages.words_of(language))
        return page(pages.my_evening(room.night, told, language=language), language)


def account_named(text: str) -> int | None:
    """The account of a number, or of a login of the sample roster; None: neither."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 19 else account_of(text)
    return number if number is not None and 0 < number <= ACCOUNT_MAX else None
