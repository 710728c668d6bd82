"""The night on one screen: the room, what keeps it alive, and the acts on door and notice."""

from collections.abc import Coroutine

import msgspec
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from kickoff.console import pages
from kickoff.console.acts import FIELDS, Act, ActMalformed, Clockface, read_act
from kickoff.console.desk import DraftGone
from kickoff.console.door_link import ActRefused, DoorSilent
from kickoff.console.guard import FRESH, Guard, Signed, form_of, is_ours, language_of, page, said, wants_json
from kickoff.console.live import events
from kickoff.console.roles import Role
from kickoff.console.room import Room
from kickoff.console.spelling import instant_of
from kickoff.console.view import screen_of

LISTENERS_MAX = 100
"""Screens that are kept live at once; further ones renew themselves."""
SAYS = {"door": "door", "notice": "publish"}
"""Where it is said what came of an act → the words for it."""
FIRST_PAGES = ((Role.SEE, "/"), (Role.APPROVE, "/gestures"), (Role.OPERATE, "/gestures"), (Role.CARE, "/care"))
"""Where people come to first, by what they may do."""
_ENCODE = msgspec.json.encode

Doing = Coroutine[None, None, str]
"""An act under way; ends with the key of what we say when it is done."""


class NightPaths:
    """One method a path."""

    def __init__(self, room: Room, guard: Guard) -> None:
        self._room = room
        self._guard = guard

    async def room(self, request: Request, signed: Signed) -> Response:
        """The night on one screen; who may not see it is sent to what is theirs."""
        if not signed.person.may(Role.SEE):
            first = next((path for role, path in FIRST_PAGES if signed.person.may(role)), "/account")
            return RedirectResponse(first, status_code=303, headers=FRESH)
        room, language = self._room, language_of(request)
        t = pages.words_of(language)
        screen = screen_of(room.watch.seen, room.night, at=room.clock.now(), t=t)
        came = request.query_params.get("said", "")
        is_known = came.startswith("done_")
        words = {
            place: t(f"{table}.{came}") if is_known and t.has(f"{table}.{came}") else ""
            for place, table in SAYS.items()
        }
        is_still = "still" in request.query_params
        body = pages.room(room.night, screen, room.series(), signed, language=language, said=words, is_still=is_still)
        return page(body, language)

    async def curves(self, _: Request, __: Signed) -> Response:
        """Every second so far."""
        return Response(_ENCODE(self._room.series()), media_type="application/json", headers=FRESH)

    async def live(self, request: Request, _: Signed) -> Response:
        """What changes, as server-sent events."""
        if self._room.listeners >= LISTENERS_MAX:
            return Response(status_code=503, headers={**FRESH, "retry-after": "60"})
        told = events(self._room, lambda: self._guard.who(request) is not None, language=language_of(request))
        return StreamingResponse(told, media_type="text/event-stream", headers=FRESH)

    async def act(self, request: Request, signed: Signed) -> Response:
        """One of the door's acts: from a pause to the hour at which it opens."""
        form = await form_of(request)
        return await self._do(request, signed, form, self._act(form, signed))

    async def notice(self, request: Request, signed: Signed) -> Response:
        """Publish the draft that was read, or take back what stands."""
        form = await form_of(request)
        return await self._do(request, signed, form, self._speak(form, signed))

    async def _do(self, request: Request, signed: Signed, form: FormData, doing: Doing) -> Response:
        """Do what one of our own forms asks, and say what came of it: as JSON to a script, else as a page."""
        t, why = pages.words_of(language_of(request)), ""
        if not is_ours(request, signed, form):
            doing.close()
            status, key = 403, "door.stale"
        else:
            try:
                status, key = 200, await doing
            except ActMalformed as error:
                status, key = 400, f"door.{error}"
            except DraftGone:
                status, key = 409, "publish.gone"
            except ActRefused as error:
                status, key, why = 409, "door.refused", str(error)
            except DoorSilent:
                status, key = 503, "door.silent"
            came = "done" if status == 200 else why or key.partition(".")[2]
            self._guard.note(signed, str(form.get("act", ""))[:20], about=_about(form), came=came)
        words = t(key, why=why)
        if wants_json(request):
            return said(words, status=status)
        if status == 200:
            return RedirectResponse(f"/?said={key.partition('.')[2]}", status_code=303, headers=FRESH)
        language = language_of(request)
        body = pages.message(self._room.night, signed, language=language, title=t("door.not_done"), words=words)
        return page(body, language, status=status)

    async def _act(self, form: FormData, signed: Signed) -> str:
        now = self._room.clock.now()
        clock = Clockface(now=now, at=lambda text: instant_of(self._room.night, text, near=now))
        asked: Act = read_act(str(form.get("act", "")), str(form.get("value", "")), _fields(form), clock)
        await self._room.door.act(asked.act, asked.value, by=signed.name)
        return f"door.{asked.done}"

    async def _speak(self, form: FormData, signed: Signed) -> str:
        watch, act = self._room.watch, str(form.get("act", ""))
        if act == "publish":
            await watch.desk.publish(str(form.get("mark", "")), by=signed.name)
        elif act == "take_back":
            await watch.desk.take_back(by=signed.name)
        else:
            raise DraftGone
        await watch.show_desk()
        return f"publish.done_{act}"


def _about(form: FormData) -> str:
    """What an act was done to, for the trail."""
    said = ", ".join(f"{name} {text}" for name, text in _fields(form).items() if text)
    return str(form.get("value", "") or form.get("mark", "") or said)[:40]


def _fields(form: FormData) -> dict[str, str]:
    """What was typed into the fields that have names of their own."""
    return {name: str(form.get(name, "")) for name in FIELDS}
