"""The client in a page of another origin, in Chromium against a real door: let in where it is named, else not."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.door.process import NIGHT, DoorProcess
from tests.web.browser import ROOT

WAY_IN = """
    async ({ base, night, device }) => {
        const { Client } = await import("/client.js");
        const client = new Client(night, { base, device });
        const joined = await client.join({ client: { device: "web", app: "1" } });
        if (!joined.ok) return { status: joined.status };
        const again = await client.join();
        const early = await client.redeem(joined.body.ticket.slice(0, -1));
        const seen = await client.look(joined.body);
        return {
            status: joined.status, again: again.status, code: early.code, device: client.device,
            same: again.body.number === joined.body.number, seen: seen !== null,
        };
    }
"""


@contextmanager
def served() -> Iterator[str]:
    """The app's own origin: the client's files, and no door."""
    handler = partial(Quiet, directory=str(ROOT / "src/kickoff/web/scripts"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


class Quiet(SimpleHTTPRequestHandler):
    """Says nothing of each request."""

    def log_message(self, *_: object) -> None:
        """Nothing."""


def come_in(browser: Browser, app: str, door: DoorProcess, device: str = "") -> dict[str, Any]:
    """What the client in the app's page comes to; each time in a browser without cookies."""
    page = browser.new_page()
    page.goto(f"{app}/client.js")
    told: dict[str, Any] = page.evaluate(
        WAY_IN, {"base": f"http://127.0.0.1:{door.port}", "night": NIGHT, "device": device}
    )
    page.close()
    return told


@pytest.mark.parametrize("named", [True, False])
def test_an_app_on_another_origin_comes_in_where_it_is_named(browser: Browser, tmp_path: Path, *, named: bool) -> None:
    """Preflights, headers that are read, and one place however often it is loaded, without a single cookie."""
    with served() as app:
        door = DoorProcess(tmp_path, settings={"KICKOFF_DOOR_ORIGINS": app} if named else {})
        door.start()
        try:
            found = come_in(browser, app, door)
            if not named:
                assert found == {"status": 0}
                return
            assert (found["status"], found["again"], found["same"], found["seen"]) == (201, 200, True, True)
            assert found["code"] == "bad_token"
            assert come_in(browser, app, door, found["device"])["status"] == 200
        finally:
            door.kill()
