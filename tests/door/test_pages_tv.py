"""The page behind a television's code, without a script."""

import json
import re
from urllib.parse import urlencode

import pytest
from markupsafe import escape

from kickoff.door.pages import Pages
from kickoff.door.seam import Forward, Reply, Request, SignInAnswer, SignInOutcome
from tests.door.rig import N, Rig

PAGE = "/psg-juventus/tv"
SIGNED_IN = SignInAnswer(outcome=SignInOutcome.OK, duration_ms=9, account=7, offer="sport", streams_max=2)


class Phone:
    """A browser without scripts, signed in or not."""

    def __init__(self, rig: Rig, account: int | None = 7) -> None:
        self.rig = rig
        self.pages = Pages(rig.night)
        self.headers = {"host": "tele.example", "accept-language": "en"}
        if account is not None:
            self.headers["cookie"] = f"kickoff_session={rig.session(account)}"

        self.is_proxied = False

    def look(self, query: str = "", path: str = PAGE) -> Reply:
        """GET."""
        return self.ask("GET", path, query=query)

    def ask(self, method: str, path: str = PAGE, *, query: str = "", form: dict[str, str] | None = None) -> Reply:
        """One request."""
        request = Request(
            method=method,
            path=path,
            query=query,
            headers=self.headers,
            body=urlencode(form or {}).encode(),
            is_proxied=self.is_proxied,
            at_us=self.rig.now,
        )
        answer = self.pages.answer(request, self._answered)
        assert isinstance(answer, Reply)
        return answer

    def forwarded(self, path: str, form: dict[str, str]) -> Forward:
        """A form whose answer the back end gives."""
        request = Request(
            method="POST", path=path, headers=self.headers, body=urlencode(form).encode(), at_us=self.rig.now
        )

        def api(inner: Request) -> Reply | Forward:
            answer = self.rig.door.answer(inner)
            assert isinstance(answer, Reply | Forward)
            return answer

        answer = self.pages.answer(request, api)
        assert isinstance(answer, Forward)
        return answer

    def _answered(self, request: Request) -> Reply:
        answer = self.rig.door.answer(request)
        assert isinstance(answer, Reply)
        return answer


@pytest.fixture
def rig() -> Rig:
    """A door."""
    return Rig()


def code_of(rig: Rig) -> str:
    """What a television shows."""
    return str(rig.ask("POST", f"{N}/devices", headers={"host": "tele.example"}).json["user_code"])


def test_who_is_signed_in_says_yes_once(rig: Rig) -> None:
    """The code comes with the address; the second time it is unknown, and the page says what to do."""
    phone, code = Phone(rig), code_of(rig)
    assert f'value="{code}"' in phone.look(f"code={code.lower()}").body.decode()
    done = phone.ask("POST", form={"code": code, "allow": "yes"})
    assert (done.status, "The television is signed in" in done.body.decode()) == (200, True)
    again = phone.ask("POST", form={"code": code, "allow": "yes"})
    assert (again.status, "No television shows this code" in again.body.decode()) == (404, True)


def test_no_is_said_as_plainly(rig: Rig) -> None:
    """Somebody was sent a code to trick them."""
    refused = Phone(rig).ask("POST", form={"code": code_of(rig), "allow": "no"})
    assert "The television was refused" in refused.body.decode()


def called_code_of(rig: Rig) -> str:
    """What a television shows whose turn it is."""
    ticket = rig.join().json["ticket"]
    rig.serve(1)
    passed = rig.ask("POST", f"{N}/passes", {"ticket": ticket}).json["pass"]
    begun = rig.raw("POST", f"{N}/devices", urlencode({"pass": passed}).encode(), {"host": "tele.example"})
    assert isinstance(begun, Reply)
    return str(json.loads(begun.body)["user_code"])


def test_who_is_not_signed_in_signs_in_by_the_televisions_turn_and_comes_back(rig: Rig) -> None:
    """The television was called: the phone joins no line, the code stays, and yes is one press away."""
    phone, code = Phone(rig, account=None), called_code_of(rig)
    rig.at_s += 400  # longer than a pass is good: the code is, and the television is still there
    form = {"code": code, "login": "ana@example", "password": "secret"}
    first = phone.look(f"code={code}").body.decode()
    assert f'value="{code}"' in first
    assert 'action="/psg-juventus/tv/sign-in"' in first
    forward = phone.forwarded("/psg-juventus/tv/sign-in", form)
    wrong = forward.finish(SignInAnswer(outcome=SignInOutcome.WRONG_PASSWORD, duration_ms=9), rig.now)
    assert (wrong.status, f'value="{code}"' in wrong.body.decode()) == (401, True)
    rig.at_s += 60
    done = phone.forwarded("/psg-juventus/tv/sign-in", form).finish(SIGNED_IN, rig.now)
    headers = dict(done.headers)
    assert (done.status, headers["Location"]) == (303, f"/psg-juventus/tv?code={code}")
    phone.headers["cookie"] = headers["Set-Cookie"].partition(";")[0]
    assert "Yes, let it in" in phone.look(f"code={code}").body.decode()
    assert phone.ask("POST", form={"code": code, "allow": "yes"}).status == 200
    assert rig.door.house.lines["main"].book.last_given == 1


def test_a_code_without_a_turn_leads_to_the_match_and_back(rig: Rig) -> None:
    """Without JavaScript too: the code is kept on the way, and dropped once it was used."""
    phone, code = Phone(rig, account=None), code_of(rig)
    refused = phone.ask("POST", "/psg-juventus/tv/sign-in", form={"code": code, "login": "a", "password": "b"})
    assert (refused.status, f"/psg-juventus?tv={code}" in refused.body.decode()) == (401, True)
    kept = dict(refused.headers)["Set-Cookie"].partition(";")[0]
    assert kept == f"kickoff_tv={code}"
    ticket = rig.join().json["ticket"]
    rig.serve(1)
    passed = rig.ask("POST", f"{N}/passes", {"ticket": ticket}).json["pass"]
    phone.headers["cookie"] = f"{kept}; kickoff_wait_pass=1{passed}"
    answer = phone.forwarded("/psg-juventus/wait/sign-in", {"login": "ana@example", "password": "secret"})
    assert dict(answer.finish(SIGNED_IN, rig.now).headers)["Location"] == f"/psg-juventus/tv?code={code}"


def test_a_session_that_is_over_asks_to_sign_in_with_the_code_kept(rig: Rig) -> None:
    """Yes from a phone that the house no longer knows is no dead end."""
    phone, code = Phone(rig, account=None), code_of(rig)
    phone.headers["cookie"] = "kickoff_session=old"
    answer = phone.ask("POST", form={"code": code, "allow": "yes"})
    assert (answer.status, f'value="{code}"' in answer.body.decode()) == (401, True)
    assert "/tv/sign-in" in answer.body.decode()


@pytest.mark.parametrize("typed", ["ABCD-EFGH", "BCDF", "BCDF-GHJK-L", "BCDF-GHJ0", "<b>"])
@pytest.mark.parametrize("account", [7, None])
def test_what_is_no_code_is_shown_as_it_was_typed(rig: Rig, typed: str, account: int | None) -> None:
    """It is not read as another code: the page says what a code looks like, and counts no guess."""
    phone = Phone(rig, account=account)
    for body in (phone.look(urlencode({"code": typed})).body, phone.ask("POST", form={"code": typed}).body):
        text = body.decode()
        assert f'value="{escape(typed)}"' in text
        assert f"You typed: {escape(typed)}" in text
    assert not rig.door.house.pairings._wrong


def test_another_sites_form_signs_no_television_in(rig: Rig) -> None:
    """Else a page elsewhere could let a stranger's television in."""
    phone, code = Phone(rig), code_of(rig)
    phone.headers["sec-fetch-site"] = "cross-site"
    assert phone.ask("POST", form={"code": code, "allow": "yes"}).status == 403


def test_guessing_is_stopped_with_a_time(rig: Rig) -> None:
    """After ten wrong codes: how long to wait."""
    phone = Phone(rig)
    for _ in range(10):
        phone.ask("POST", form={"code": "BBBB-BBBB", "allow": "yes"})
    stopped = phone.ask("POST", form={"code": code_of(rig), "allow": "yes"})
    assert (stopped.status, re.search(r"Wait (6\d|70) s", stopped.body.decode()) is not None) == (429, True)


def test_the_qr_code_is_an_image_of_the_address(rig: Rig) -> None:
    """Whatever stands in the address is written as a code first: nothing else is drawn."""
    drawn = Phone(rig).look(f"code={code_of(rig)}", path=f"{PAGE}/qr")
    assert (drawn.status, drawn.content_type) == (200, "image/svg+xml")
    assert drawn.body.startswith(b"<?xml")
    assert Phone(rig).look("code=%3Cscript%3E", path=f"{PAGE}/qr").status == 200
    assert Phone(rig).look(path=f"{PAGE}/other").status == 404


def test_only_a_trusted_proxy_says_that_the_browser_speaks_tls(rig: Rig) -> None:
    """What anybody writes into a header draws no other address, and no other cookie."""
    phone, code = Phone(rig, account=None), code_of(rig)
    plain = phone.look(f"code={code}", path=f"{PAGE}/qr").body
    phone.headers["x-forwarded-proto"] = "https"
    assert phone.look(f"code={code}", path=f"{PAGE}/qr").body == plain
    assert "Secure" not in dict(phone.look(f"code={code}").headers)["Set-Cookie"]
    phone.is_proxied = True
    assert phone.look(f"code={code}", path=f"{PAGE}/qr").body != plain
    assert "Secure" in dict(phone.look(f"code={code}").headers)["Set-Cookie"]
