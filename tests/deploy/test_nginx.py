"""nginx before real doors: balancing, the micro-cache, the pages of a bad hour, the edge's check."""

import asyncio
import json
import re
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.deploy.edge import PICTURE, ask, doors, origin, playback_path
from tests.deploy.nginx import nginx
from tests.door.many import Night
from tests.door.process import NIGHT, DoorProcess

STATUS = f"/v1/{NIGHT}/status"
JOIN = f"/v1/{NIGHT}/tickets"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DoorProcess, int, Path]]:
    """One door, an origin, and nginx before both: (the door, nginx' port, its folder)."""
    folder = tmp_path_factory.mktemp("house")
    with (
        doors(folder, 1) as (door,),
        origin() as picture,
        nginx(folder / "nginx", doors=[door.port], origin=picture) as port,
    ):
        yield door, port, folder / "nginx"


class Relay:
    """Passes bytes between nginx and a door, and counts the requests for one path."""

    def __init__(self, door: int, path: str) -> None:
        self._door = door
        self._start = f"GET {path}".encode()
        self.counted = 0

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, both ways, until either end closes."""
        door_reader, door_writer = await asyncio.open_connection("127.0.0.1", self._door)
        back = asyncio.create_task(_pour(door_reader, writer))
        while data := await reader.read(65_536):
            self.counted += data.count(self._start)
            door_writer.write(data)
        door_writer.close()
        await back


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
    writer.close()


@asynccontextmanager
async def counting(door: int, path: str) -> AsyncIterator[tuple[Relay, int]]:
    """A counter before a door, and its port."""
    counter = Relay(door, path)
    server = await asyncio.start_server(counter.carry, "127.0.0.1", 0)
    try:
        yield counter, int(server.sockets[0].getsockname()[1])
    finally:
        server.close()


async def test_a_crowd_that_asks_for_the_status_is_one_request_a_second_at_the_door(tmp_path: Path) -> None:
    """Waiting costs the doors nothing, whatever people put behind the question mark and whatever they accept."""
    with doors(tmp_path, 1) as (door,):
        async with counting(door.port, STATUS) as (counter, front), aiohttp.ClientSession() as client:
            with nginx(tmp_path / "nginx", doors=[front]) as port:
                began, bodies = time.monotonic(), set()
                while time.monotonic() - began < 2.2:
                    for number in range(50):
                        address = f"http://127.0.0.1:{port}{STATUS}?bust={number}"
                        headers = {"Accept-Encoding": f"identity;q=0.{number}"}
                        async with client.get(address, headers=headers) as response:
                            assert response.status == 200
                            bodies.add(await response.read())
                elapsed = time.monotonic() - began
    assert 2 <= counter.counted <= elapsed + 1
    assert len(bodies) == counter.counted, "each fetch is another tick's word, and all between saw the same bytes"


def test_a_dead_door_is_nobodys_error_and_a_dead_house_says_so(tmp_path: Path) -> None:
    """One of two doors killed: every join finds a place. Both: what is cached stays, all else is told when to come."""
    with doors(tmp_path) as (one, other), nginx(tmp_path / "nginx", doors=[one.port, other.port]) as port:
        kept = ask(port, "GET", STATUS)
        page = ask(port, "GET", f"/{NIGHT}")
        assert (kept.status, page.status) == (200, 200)
        assert "stale-if-error" in kept.headers["cache-control"]
        one.kill()
        assert [ask(port, "POST", JOIN, "{}").status for _ in range(12)] == [201] * 12

        other.kill()
        until = time.monotonic() + 1.3
        while time.monotonic() < until:
            assert ask(port, "GET", STATUS).body == kept.body
        assert ask(port, "GET", f"/{NIGHT}").body == page.body
        refused = ask(port, "POST", JOIN, "{}")
        assert (refused.status, json.loads(refused.body)["code"]) == (503, "doors_away")
        assert 8 <= int(refused.headers["retry-after"]) <= 17
        away = ask(port, "GET", f"/{NIGHT}/wait")
        assert away.status == 503
        assert f'content="{away.headers["retry-after"]}"' in away.body.decode(), "the page asks again when it says"
        assert "it is written down and stays yours" in away.body.decode()

        # And back: the first who asks is served, no later than a second after the door is.
        one.settings["KICKOFF_DOOR_PORT"] = str(one.port)
        one.start()
        until = time.monotonic() + 5
        while (again := ask(port, "POST", JOIN, "{}")).status != 201:
            assert time.monotonic() < until, again


def test_only_the_page_api_and_picture_are_seen_from_outside(house: tuple[DoorProcess, int, Path]) -> None:
    """Metrics, readiness and the check are the house's; a body too long never reaches a door."""
    _, port, _ = house
    for hidden in ("/healthz", "/readyz", "/metrics", "/v1/check", "/v1/check/live/a/b/c/d", "/kickoff-check"):
        assert ask(port, "GET", hidden).status == 404, hidden
    assert ask(port, "GET", "/.well-known/jwks.json").status == 200
    assert ask(port, "GET", f"/v1/{NIGHT}/house").status == 403
    assert ask(port, "POST", JOIN, "x" * 20_000).status == 413
    page = ask(port, "GET", f"/{NIGHT}", headers={"Accept-Encoding": "gzip, br"})
    assert page.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in ask(port, "GET", f"/{NIGHT}").headers


def test_the_edge_asks_the_door_who_may_watch(house: tuple[DoorProcess, int, Path]) -> None:
    """Yes, no token, not this channel, and no path that could be read as another one."""
    door, port, _ = house
    mine = playback_path(door)
    allowed = ask(port, "GET", mine)
    assert (allowed.status, allowed.body) == (200, PICTURE)
    assert ask(port, "GET", mine.replace("ey", "ez", 1)).status == 401
    foreign = ask(port, "GET", playback_path(door, asked="canal-plus-foot"))
    assert (foreign.status, foreign.headers["access-control-allow-origin"]) == (403, "*")
    base = mine.removesuffix("/master.m3u8")
    for elsewhere in ("/../canal-plus-foot/x", "/%2e%2e/canal-plus-foot/x", "//x", "/a\\b", "/%252e/x", "/.."):
        assert ask(port, "GET", base + elsewhere).status in {400, 404}, elsewhere


def test_both_kinds_of_token_pass_the_edge_where_the_door_takes_both(tmp_path: Path) -> None:
    """A Common Access Token stands in the address as the other kind does; who takes one kind refuses the other."""
    both, one = (DoorProcess(tmp_path / name) for name in ("both", "one"))
    both.settings = {"KICKOFF_DOOR_PLAYBACK_TOKEN": "cat", "KICKOFF_DOOR_PLAYBACK_TOKENS_ACCEPTED": "cat,jwt"}
    with origin() as picture:
        for door, taken in ((both, [200, 200]), (one, [401, 200])):
            door.start()
            try:
                with nginx(tmp_path / f"nginx-{door.port}", doors=[door.port], origin=picture) as port:
                    paths = [playback_path(door, kind=kind) for kind in ("cat", "jwt")]
                    assert [ask(port, "GET", path).status for path in paths] == taken
                    foreign = playback_path(door, kind="cat", asked="canal-plus-foot")
                    assert ask(port, "GET", foreign).status == (403 if taken[0] == 200 else 401)
            finally:
                door.kill()


def test_two_nights_at_once_are_told_apart_by_the_name_in_the_address(tmp_path: Path) -> None:
    """Each has doors of its own: places, pages, operators and pictures of one are never the other's."""
    first, second = (DoorProcess(tmp_path / name) for name in ("first", "second"))
    rename_night(second, "other-night")
    first.start()
    shutil.copy(first.folder / "keys.json", second.folder / "keys.json")
    second.start()
    try:
        with (
            origin() as picture,
            nginx(tmp_path / "nginx", doors=[first.port], origin=picture, other=("other-night", second.port)) as port,
        ):
            places = [
                json.loads(ask(port, "POST", f"/v1/{night}/tickets", "{}").body) for night in (NIGHT, "other-night")
            ]
            assert [place["place"] for place in places] == [1, 1]
            mine = json.dumps({"ticket": places[0]["ticket"]})
            assert ask(port, "POST", f"/v1/{NIGHT}/passes", mine).status in {201, 429}
            assert ask(port, "POST", "/v1/other-night/passes", mine).status == 401
            for night in (NIGHT, "other-night"):
                assert f'"night":"{night}"' in ask(port, "GET", f"/{night}").body.decode()
                assert ask(port, "GET", f"/v1/{night}/status").status == 200
            far = playback_path(second, night="other-night", network="far")
            # The edge remembers what a door said of a stream, so each is asked about one of its own.
            strange = playback_path(second, night="other-night", stream=8)
            assert ask(port, "GET", strange).status == 401
            assert ask(port, "GET", far.replace("/canal-plus/", "/canal-plus-foot/")).status == 403
            assert ask(port, "GET", far).status == 200
            assert ask(port, "GET", playback_path(first)).status == 200
    finally:
        first.kill()
        second.kill()


def rename_night(door: DoorProcess, name: str) -> None:
    """Another night in this folder."""
    journal = door.folder / "journal"
    (journal / NIGHT).rename(journal / name)
    file = journal / name / "night.toml"
    text, count = re.subn(rf'(?m)^name = "{NIGHT}"$', f'name = "{name}"', file.read_text("utf-8"))
    assert count == 1, "the night file names itself once"
    file.write_text(text, "utf-8")


def test_who_is_watching_goes_on_watching_though_no_door_answers(house: tuple[DoorProcess, int, Path]) -> None:
    """The door's yes holds for the stream; without one nobody new gets a picture."""
    door, port, folder = house
    mine, never_asked = playback_path(door), playback_path(door, stream=8)
    assert ask(port, "GET", mine).status == 200
    door.kill()
    segment = mine.replace("master.m3u8", "400/1.m4s")
    assert ask(port, "GET", segment).body == PICTURE
    assert ask(port, "GET", never_asked).status == 503
    assert (folder / "origin.log").exists(), "what is a signal is written"


async def test_a_rolling_restart_shows_no_client_an_error(tmp_path: Path) -> None:
    """Two doors on one Valkey, one after the other told to stop and started again, under load.

    What a door has in hand it answers, what comes next goes to the other one, and everybody has one place.
    """
    night = Night(tmp_path / "night")
    night.settings |= {"KICKOFF_DOOR_TRUSTED_PROXIES": "127.0.0.1", "KICKOFF_DOOR_DRAIN_S": "1"}
    try:
        night.start()
        with nginx(tmp_path / "nginx", doors=[door.port for door in night.doors]) as port:
            crowd = Crowd(port)
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:
                people = [asyncio.create_task(crowd.come_and_go(client)) for _ in range(16)]
                for door in night.doors:
                    await asyncio.to_thread(_restart, door)
                    seen = len(crowd.statuses)
                    while len(crowd.statuses) < seen + 200 and not any(one.done() for one in people):
                        await asyncio.wait(people, timeout=0.05)
                crowd.stopped.set()
                await asyncio.gather(*people)
    finally:
        night.end()
    assert Counter(crowd.statuses).keys() == {200, 201}
    assert len(crowd.places) > 200
    assert len(set(crowd.places)) == len(crowd.places), "no place is given twice"
    assert crowd.moved == 0, "whoever asks again hears of the same place"


class Crowd:
    """People who join from networks of their own, ask once more, and are followed by others."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}{JOIN}"
        self.stopped = asyncio.Event()
        self.statuses: list[int] = []
        self.places: list[int] = []
        self.moved = 0

    async def come_and_go(self, client: aiohttp.ClientSession) -> None:
        """One after the other; each asks a second time with the device's token."""
        while not self.stopped.is_set():
            place, device = await self._join(client, {})
            again, _ = await self._join(client, {"X-Kickoff-Device": device})
            self.places.append(place)
            self.moved += place != again

    async def _join(self, client: aiohttp.ClientSession, headers: dict[str, str]) -> tuple[int, str]:
        async with client.post(self._url, data=b"{}", headers=headers) as response:
            self.statuses.append(response.status)
            body = await response.json(content_type=None)
            client.cookie_jar.clear()
            return int(body.get("place", -1)), response.headers.get("X-Kickoff-Device", "")


def _restart(door: DoorProcess) -> None:
    door.settings = {**door.settings, "KICKOFF_DOOR_PORT": str(door.port)}
    assert door.stop() == 0
    door.start()
