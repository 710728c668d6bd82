"""The page behind a television's code, without a script."""

from urllib.parse import urlencode

import pytest

from kickoff.door.pages import Pages
from kickoff.door.seam import Reply, Request
from tests.door.rig import N, Rig

PAGE = "/psg-juventus/tv"


class Phone:
    """A browser without scripts, signed in or not."""

    def __init__(self, rig: Rig, account: int | None = 7) -> None:
        self.rig = rig
        self.pages = Pages(rig.night)
        self.headers = {"host": "tele.example", "accept-language": "en"}
        if account is not None:
            self.headers["cookie"] = f"kickoff_session={rig.session(account)}"

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
            at_us=self.rig.now,
        )
        answer = self.pages.answer(request, self._answered)
        assert isinstance(answer, Reply)
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


def test_who_is_not_signed_in_is_told_how(rig: Rig) -> None:
    """No form leads nowhere."""
    body = Phone(rig, account=None).look(f"code={code_of(rig)}").body.decode()
    assert "First sign in on this device" in body
    assert "<form" not in body


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
    assert (stopped.status, "Wait 60 s" in stopped.body.decode()) == (429, True)


def test_the_qr_code_is_an_image_of_the_address(rig: Rig) -> None:
    """Whatever stands in the address is written as a code first: nothing else is drawn."""
    drawn = Phone(rig).look(f"code={code_of(rig)}", path=f"{PAGE}/qr")
    assert (drawn.status, drawn.content_type) == (200, "image/svg+xml")
    assert drawn.body.startswith(b"<?xml")
    assert Phone(rig).look("code=%3Cscript%3E", path=f"{PAGE}/qr").status == 200
    assert Phone(rig).look(path=f"{PAGE}/other").status == 404
