"""How does one wait, get in and watch without JavaScript? By looking again and by forms; each step calls the door.

    no cookie ── join ──> place ── enter ──> pass ── sign-in ──> pass, signed in ── watch ──> lease ── leave ──> lease
                          │ GET: the line     │ GET: the form     │ GET: the channels          │ GET: the way back

The device keeps what it was given in cookies of this page alone: the channel it waits for, ticket and place, pass,
lease, and the address of the picture. Nothing personal is kept here; ticket, pass and lease say it themselves.
"""

from collections.abc import Callable, Mapping
from importlib.metadata import version
from urllib.parse import parse_qs

import msgspec

from kickoff.accounts.pairing import written
from kickoff.door.identity import SESSION_COOKIE
from kickoff.door.pages_picture import PictureCookie, picture_of, read_picture, renewed_url, renews_s
from kickoff.door.pages_reply import (
    cookies_set_by,
    fields_of,
    form_of,
    is_from_elsewhere,
    redirect,
    retry_after_s,
    set_cookie,
)
from kickoff.door.pages_sheet import TV_CODE, Api, Ask, Button, Choice, Headers, Sheets, call, post, read
from kickoff.door.pages_words import Standing, standing_of, ways_of
from kickoff.door.seam import Forward, Reply, Request, SignInAnswer
from kickoff.night import Night
from kickoff.units import AtUs

TICKET, PLACE, PASS, LEASE, PICTURE, CHANNEL = (
    f"kickoff_wait_{name}" for name in ("ticket", "place", "pass", "lease", "picture", "channel")
)


class PlainPages:
    """The steps of one night."""

    def __init__(self, night: Night, *, headers: Headers) -> None:
        self._night = night
        self._sheets = Sheets(night, headers=headers)
        self._root = self._sheets.root
        self._base = f"/v1/{night.name}"
        self._posts: dict[str, Callable[[Ask], Reply | Forward]] = {
            "join": self._join,
            "enter": self._enter,
            "sign-in": self._sign_in,
            "watch": self._watch,
            "leave": self._leave,
        }

    def answer(self, request: Request, api: Api, *, step: str) -> Reply | Forward:
        """The answer to `/{night}/wait/{step}`."""
        ask = read(request, api)
        if request.method == "POST":
            if is_from_elsewhere(request):
                why = ask.said("problem.403.foreign")
                return self._sheets.step(ask, "problem.403.title", why=why, status=403)
            return self._posts[step](ask) if step in self._posts else self.problem(request, 404)
        if step == "watch":
            return self._picture(ask)
        return self._show(ask) if not step else redirect(self._root)

    def problem(self, request: Request, status: int) -> Reply:
        """A problem in people's words, with the way on."""
        return self._sheets.problem(read(request, _nobody), Reply(status=status))

    # What one sees when one looks.

    def _show(self, ask: Ask) -> Reply:
        chosen = parse_qs(ask.request.query).get("lang")
        kept = (set_cookie(ask.request, "kickoff_lang", ask.language, path="/"),) if chosen else ()
        if ask.cookies.get(LEASE):
            left = not ask.cookies.get(PICTURE)
            return self._back_in(ask, "left" if left else "still", kept)
        if ask.cookies.get(PASS):
            return self._called(ask, kept)
        if ask.cookies.get(TICKET) and ask.cookies.get(PLACE):
            return self._line(ask, kept)
        return self._outside(ask, kept)

    def _outside(self, ask: Ask, kept: Headers) -> Reply:
        """Without a place: how it stands, and the way to one."""
        told = self._sheets.told(ask)
        join = Button(action="join", label=ask.said("plain.join"), choices=self._choices(ask))
        reason = (ask.said(told.why),) if told.why else ()
        lines = self._opening(ask, told.times) if told.state in {"before", "draw"} else reason
        return self._sheets.step(
            ask,
            "plain.join",
            why=ask.said("plain.join_why"),
            lines=lines,
            buttons=(join,),
            headers=kept,
            notice=told.notice.get(ask.language, ""),
        )

    def _opening(self, ask: Ask, times: Mapping[str, int | None]) -> tuple[str, ...]:
        """When places are given, while they are not, and when the doors open."""
        draw_at, doors_at, clock = times.get("draw"), times.get("doors"), self._sheets.words.clock
        given = draw_at is None or draw_at <= ask.request.at_us
        return (
            *(() if draw_at is None or given else (ask.said("eta.draws", clock=clock(AtUs(draw_at))),)),
            *((ask.said("eta.opens", clock=clock(AtUs(doors_at))),) if doors_at is not None else ()),
        )

    def _line(self, ask: Ask, kept: Headers) -> Reply:
        standing = self._standing(ask, ask.cookies[PLACE])
        if standing is None:
            return self._sheets.problem(ask, Reply(status=503), headers=(self._sheets.cookie(ask, PLACE, ""),))
        if standing.called and standing.state != "closed":
            enter = Button(action="enter", label=ask.said("turn.enter"))
            lines = (ask.said("reason.everyone"),) if standing.reason == "everyone" else ()
            notice = standing.notice.get(ask.language, "")
            return self._sheets.step(
                ask,
                "turn.title",
                why=ask.said("turn.lapse"),
                lines=lines,
                buttons=(enter,),
                headers=kept,
                notice=notice,
            )
        said = self._sheets.words.line(standing, ask.language, ask.request.at_us)
        refresh_s = None if ask.still else standing.ask_again_s(ask.request.at_us)
        values = {**said, "still": ask.still}
        status = standing.waiting_status
        return self._sheets.page(ask, "wait_line.html", values, status=status, refresh_s=refresh_s, headers=kept)

    def _called(self, ask: Ask, kept: Headers = ()) -> Reply:
        if ask.cookies[PASS].startswith("1") and SESSION_COOKIE not in ask.cookies:
            return self._sign_page(ask, "sign.why", headers=kept)
        chosen = self._channel(ask)
        names = (chosen, *(name for name in self._night.channels if name != chosen))
        buttons = self._channel_buttons(ask, names)
        return self._sheets.step(ask, "turn.title", why=ask.said("channel.title"), buttons=buttons, headers=kept)

    def _channel(self, ask: Ask, wished: str = "") -> str:
        """The channel that one wishes for: by the form, by the link that led here, as chosen before, else the first."""
        linked = parse_qs(ask.request.query).get("channel", [""])[0]
        said = (wished, linked, ask.cookies.get(CHANNEL, ""), next(iter(self._night.channels)))
        return next(name for name in said if name in self._night.channels)

    def _choices(self, ask: Ask) -> tuple[Choice, ...]:
        """What one may wait for; nothing where there is no choice."""
        if len(self._night.channels) == 1:
            return ()
        chosen = self._channel(ask)
        return tuple(
            Choice(value=name, label=channel.title, is_chosen=name == chosen)
            for name, channel in self._night.channels.items()
        )

    def _channel_buttons(
        self, ask: Ask, names: tuple[str, ...], kind: str = "main", *, action: str = "watch"
    ) -> tuple[Button, ...]:
        return tuple(
            Button(
                action=action,
                label=ask.said(f"channel.{action}", title=self._night.channels[name].title),
                kind=kind,
                fields={"channel": name},
            )
            for name in names
        )

    def _back_in(self, ask: Ask, which: str, kept: Headers) -> Reply:
        picture = read_picture(ask.cookies.get(PICTURE, ""))
        channel = picture.channel if picture else next(iter(self._night.channels))
        back = Button(action="watch", label=ask.said("left.back"), fields={"channel": channel})
        return self._sheets.step(ask, f"{which}.title", why=ask.said(f"{which}.why"), buttons=(back,), headers=kept)

    def _sign_page(self, ask: Ask, why: str, *, status: int = 200, headers: Headers = (), **blanks: object) -> Reply:
        said = {
            "heading": "sign.title",
            "why": ask.said(why, **blanks),
            "wrong": why == "sign.wrong",
            "login": form_of(ask.request).get("login", "")[:200],
        }
        return self._sheets.page(ask, "wait_sign.html", said, status=status, headers=headers)

    # What one can do.

    def _join(self, ask: Ask) -> Reply:
        return self._take_place(ask, self._channel(ask, form_of(ask.request).get("channel", "")), {})

    def _take_place(self, ask: Ask, channel: str, more: dict[str, object]) -> Reply:
        reply = post(ask, f"{self._base}/tickets", {"client": _client(), "channel": channel, **more})
        if fields_of(reply).get("code") == "not_in_offer":
            return self._not_in_offer(ask, reply, channel, action="join")
        if reply.status not in {200, 201}:
            return self._sheets.problem(ask, reply)
        found = fields_of(reply)
        number = found.get("number", found.get("place"))
        place = f"{found.get('lane')}.{number}.0"
        standing = self._standing(ask, place)
        if standing:
            place = f"{found.get('lane')}.{number}.{standing.ahead}"
        values = {CHANNEL: channel, TICKET: str(found.get("ticket", "")), PLACE: place}
        kept = tuple(self._sheets.cookie(ask, name, value) for name, value in values.items())
        return redirect(self._root, *kept, *cookies_set_by(reply), needs_log=reply.needs_log)

    def _standing(self, ask: Ask, place: str) -> Standing | None:
        status = call(ask, "GET", f"{self._base}/status")
        return standing_of(place, status.body) if isinstance(status, Reply) and status.status == 200 else None

    def _enter(self, ask: Ask) -> Reply:
        reply = post(ask, f"{self._base}/passes", {"ticket": ask.cookies.get(TICKET, "")})
        if fields_of(reply).get("code") == "proof_needed":
            # Work is asked for that only a script can do: the slow lane asks for none.
            return self._take_place(ask, self._channel(ask), {"slow": True})
        if reply.status in {401, 409}:
            dropped = tuple(self._sheets.cookie(ask, name, "") for name in (TICKET, PLACE))
            return self._sheets.problem(ask, reply, headers=dropped)
        if reply.status != 201:
            return self._sheets.problem(ask, reply)
        found = fields_of(reply)
        kept = f"{int(found.get('sign_in') is True)}{found.get('pass', '')}"
        return redirect(self._root, self._sheets.cookie(ask, PASS, kept), needs_log=reply.needs_log)

    def _sign_in(self, ask: Ask) -> Reply | Forward:
        form = form_of(ask.request)
        login, password = form.get("login", "").strip(), form.get("password", "")
        if not login or not password:
            return self._sign_page(ask, "sign.missing")
        body = {"night": self._night.name, "pass": ask.cookies.get(PASS, "")[1:], "login": login, "password": password}
        answer = call(ask, "POST", f"{self._base}/sessions", body)
        if isinstance(answer, Reply):
            return self._signed_in(ask, answer)
        finish = answer.finish

        def page(outcome: SignInAnswer, at_us: int) -> Reply:
            return self._signed_in(ask, finish(outcome, at_us))

        return msgspec.structs.replace(answer, finish=page)

    def _signed_in(self, ask: Ask, reply: Reply) -> Reply:
        if reply.status == 201:
            kept = self._sheets.cookie(ask, PASS, "0" + ask.cookies.get(PASS, "")[1:])
            code = written(ask.cookies.get(TV_CODE, "")[:40])
            onward = f"/{self._night.name}/tv?code={code}" if code else self._root
            return redirect(onward, kept, *cookies_set_by(reply), needs_log=reply.needs_log)
        if fields_of(reply).get("code") == "wrong_login":
            return self._sign_page(ask, "sign.wrong", status=401)
        if reply.status in {400, 401, 403}:
            # The pass is over; the ticket fetches another one.
            return redirect(self._root, self._sheets.cookie(ask, PASS, ""))
        wait_s = retry_after_s(reply, ask.request.at_us)
        headers = (("Retry-After", str(wait_s)),)
        return self._sign_page(ask, "sign.full_still", status=reply.status, headers=headers, n=wait_s)

    def _watch(self, ask: Ask) -> Reply:
        form = form_of(ask.request)
        channel = form.get("channel") or self._channel(ask)
        lease = ask.cookies.get(LEASE)
        right = {"resume": lease} if lease else {"pass": ask.cookies.get(PASS, "")[1:]}
        end = {"end": form["end"]} if "end" in form else {}
        body = {**right, **end, "channel": channel, "client": _client()}
        reply = post(ask, f"{self._base}/leases", body)
        if reply.status in {200, 201}:
            return self._leased(ask, reply)
        code = str(fields_of(reply).get("code", ""))
        if code == "not_in_offer":
            return self._not_in_offer(ask, reply, channel, action="watch")
        if code == "too_many_streams":
            return self._screens(ask, reply, channel)
        if reply.status == 401 or code == "no_pass":
            return self._not_known(ask, code)
        return self._sheets.problem(ask, reply)

    def _leased(self, ask: Ask, reply: Reply) -> Reply:
        picture = picture_of(fields_of(reply))
        kept = (
            self._sheets.cookie(ask, LEASE, str(fields_of(reply).get("lease", ""))),
            self._sheets.cookie(ask, PICTURE, picture.written()),
            self._sheets.cookie(ask, PASS, ""),
        )
        return redirect(f"{self._root}/watch", *kept, *cookies_set_by(reply))

    def _not_known(self, ask: Ask, code: str) -> Reply:
        """The session is over: it is asked for. Lease or pass is: it is dropped, and the way begins before it."""
        if ask.cookies.get(LEASE) or code != "no_session":
            dropped = (self._sheets.cookie(ask, name, "") for name in (LEASE, PICTURE, PASS))
            return redirect(self._root, *dropped)
        kept = "1" + ask.cookies.get(PASS, "")[1:]
        return self._sign_page(ask, "sign.needed", status=401, headers=(self._sheets.cookie(ask, PASS, kept),))

    def _leave(self, ask: Ask) -> Reply:
        if lease := ask.cookies.get(LEASE):
            body = {"watched_ms": 0, "stalled_ms": 0, "code": "quit"}
            call(ask, "DELETE", f"{self._base}/leases/{lease}", body)
        return redirect(self._root, self._sheets.cookie(ask, PICTURE, ""))

    # The picture, and what stands in its way.

    def _picture(self, ask: Ask) -> Reply:
        picture = read_picture(ask.cookies.get(PICTURE, ""))
        lease = ask.cookies.get(LEASE)
        if picture is None or not lease:
            return redirect(self._root)
        # What runs in this browser is not measured, so no minute is claimed: the beat only says that the page is open.
        beat = {"sta": "s", "watched_ms": 0, "stalled_ms": 0, "channel": picture.channel}
        reply = post(ask, f"{self._base}/leases/{lease}/beats", beat)
        if reply.status in {401, 404, 410}:
            return redirect(self._root, self._sheets.cookie(ask, PICTURE, ""))
        url = renewed_url(picture.url, fields_of(reply).get("playback_token"))
        refresh_s = renews_s(url, ask.request.at_us)
        kept = self._sheets.cookie(ask, PICTURE, PictureCookie(channel=picture.channel, url=url).written())
        others = self._channel_buttons(ask, tuple(name for name in self._night.channels if name != picture.channel), "")
        said = {
            "heading": "still.title",
            "url": url,
            "title": self._title(picture.channel),
            "renews_s": refresh_s,
            "buttons": (*others, Button(action="leave", label=ask.said("play.leave"), kind="")),
        }
        headers = (kept, ("Refresh", f"{refresh_s}; url={self._root}/watch"))
        return self._sheets.page(ask, "wait_watch.html", said, headers=headers)

    def _title(self, channel: str) -> str:
        found = self._night.channels.get(channel)
        return found.title if found else channel

    def _not_in_offer(self, ask: Ask, reply: Reply, channel: str, *, action: str) -> Reply:
        """What the offer holds instead, each with a button for `action`, and the other ways to watch this channel."""
        found = fields_of(reply)
        held = self._held(found.get("channels"))
        titles = ", ".join(self._title(name) for name in held)
        holds = f"{ask.said('channel.holds')} {titles}" if held else ask.said("channel.holds_none")
        return self._sheets.step(
            ask,
            "problem.403.title",
            why=ask.said("problem.403.why"),
            status=403,
            lines=(ask.said("channel.lacks", title=self._title(channel)), holds),
            buttons=self._channel_buttons(ask, held, action=action),
            ways=ways_of(found.get("alternatives"), ask.language),
        )

    def _held(self, names: object) -> tuple[str, ...]:
        return tuple(str(name) for name in names if name in self._night.channels) if isinstance(names, list) else ()

    def _screens(self, ask: Ask, reply: Reply, channel: str) -> Reply:
        streams = self._sheets.words.screens(fields_of(reply).get("streams"), ask.language)
        why = ask.said("screens.count", n=len(streams))
        return self._sheets.step(ask, "screens.title", why=why, status=409, streams=streams, channel=channel)


def _client() -> dict[str, str]:
    """Without JavaScript only this is known of the device."""
    return {"device": "web", "app": f"plain-{version('kickoff')}", "isp": "", "region": ""}


def _nobody(request: Request) -> Reply:
    """The door of a page that is no step of the way: it knows nothing."""
    del request
    return Reply(status=503)
