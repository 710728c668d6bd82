"""The list of gestures: read, approved by two different people, posted."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kickoff.console import pages
from kickoff.console.cases import ApproveAsked, DoneNow, ListAsked, ListNow, PostAsked, Refused
from kickoff.console.gestures_view import list_of
from kickoff.console.guard import FRESH, Guard, Signed, form_of, is_ours, language_of, page
from kickoff.console.roles import Role
from kickoff.console.room import Room

_CAME = ("done_approve", "done_post")


class GesturePaths:
    """One method a path."""

    def __init__(self, room: Room, guard: Guard) -> None:
        self._room = room
        self._guard = guard

    async def preview(self, request: Request, signed: Signed) -> Response:
        """What would be given to whom, who has approved it, what stands."""
        came = request.query_params.get("said", "")
        return await self._show(request, signed, said=f"gestures.{came}" if came in _CAME else "")

    async def decide(self, request: Request, signed: Signed) -> Response:
        """Approve the list that was read, or post it."""
        form = await form_of(request)
        act, digest = str(form.get("act", "")), str(form.get("digest", ""))[:64]
        if not is_ours(request, signed, form):
            return await self._show(request, signed, wrong="door.stale", status=403)
        if act == "approve":
            if wrong := _may_not_approve(signed):
                return await self._show(request, signed, wrong=wrong, status=403)
            answer = await self._room.clerk.of(ApproveAsked(digest=digest, by=signed.name))
        elif act == "post":
            answer = await self._room.clerk.of(PostAsked(digest=digest))
        else:
            return await self._show(request, signed, wrong="gestures.no_act", status=400)
        about = f"list {digest[:12]}"
        if isinstance(answer, DoneNow):
            self._guard.note(signed, f"gestures_{act}", about=about)
            return RedirectResponse(f"/gestures?said=done_{act}", status_code=303, headers=FRESH)
        code, why = (answer.code, answer.why) if isinstance(answer, Refused) else ("not_read", "")
        self._guard.note(signed, f"gestures_{act}", about=about, came=why or code)
        return await self._show(request, signed, wrong=f"gestures.{code}", why=why, status=409)

    async def _show(
        self, request: Request, signed: Signed, *, said: str = "", wrong: str = "", why: str = "", status: int = 200
    ) -> Response:
        language = language_of(request)
        t = pages.words_of(language)
        found = await self._room.clerk.of(ListAsked())
        listed = list_of(found, self._room.night, t, by=signed.name) if isinstance(found, ListNow) else None
        if isinstance(found, Refused):
            wrong, why = wrong or f"gestures.{found.code}", why or found.why
        body = pages.gestures(
            self._room.night,
            signed,
            language=language,
            listed=listed,
            said=t(said) if said else "",
            wrong=t(wrong, why=why) if wrong else "",
            has_factor=signed.session.has_shown_factor,
        )
        return page(body, language, status=status)


def _may_not_approve(signed: Signed) -> str:
    """Why this person may not approve; empty where they may. Money moves with a second factor only."""
    if not signed.person.may(Role.APPROVE):
        return "roles.missing"
    return "" if signed.session.has_shown_factor else "gestures.needs_factor"
