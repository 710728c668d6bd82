from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from kickoff.accounts.roster import PASSWORD, login_of
from kickoff.backend.film import Reel, make_reels
from kickoff.backend.service import backend_of, database_of
from kickoff.backend.subscribers import make_subscribers
from kickoff.clock import ManualClock
from kickoff.settings import BackendSettings
from kickoff.units import AtUs
from tests.backend.small_night import STARTS_AT, Issuer, small_night

FAULTS = """
[[faults]]
kind = "cdn"
at = 2
until = 3
where = { cdn = "south" }

[[faults]]
kind = "release"
at = 2
until = 3
where = { app = "7.3.0" }

[[faults]]
kind = "sign_in"
at = 2
until = 3
"""


@pytest.fixture(scope="module")
def reels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Reel]:
    """Encoded once for all tests of this file."""
    cache = tmp_path_factory.mktemp("films")
    return make_reels(small_night(), segment_s=2, cache=cache, progress=lambda *_: None)


@pytest.fixture
def clock() -> ManualClock:
    """A minute after the start of the night."""
    return ManualClock(AtUs(STARTS_AT + 60_000_000))


@pytest.fixture
def door() -> Issuer:
    """Who signs playback tokens."""
    return Issuer()


@pytest.fixture
def client(tmp_path: Path, reels: dict[str, Reel], clock: ManualClock, door: Issuer) -> Iterator[TestClient]:
    """The real application, its threads running."""
    night = small_night(FAULTS, starts_at=AtUs(STARTS_AT))
    door.write_keys(tmp_path / "jwks.json")
    make_subscribers(database_of(tmp_path), night)
    with TestClient(backend_of(tmp_path, night, reels, BackendSettings(), clock)) as client:
        yield client


def sign_in(client: TestClient, password: str = PASSWORD, login: str = login_of(7), **headers: str) -> tuple[int, str]:
    """Status and code of a sign-in."""
    answer = client.post("/v1/sessions", json={"login": login, "password": password}, headers=headers)
    return answer.status_code, answer.json().get("code", "")


def test_signing_in_tells_account_offer_and_streams(client: TestClient) -> None:
    """What the door puts into a session."""
    found = client.post("/v1/sessions", json={"login": login_of(7), "password": PASSWORD}).json()
    assert found["account"] == 7
    assert found["streams_max"] == {"small": 1, "large": 2}[found["offer"]]


def test_refusals_carry_their_code(client: TestClient) -> None:
    """The door records them by it."""
    assert sign_in(client, "guess") == (401, "wrong_password")
    assert sign_in(client, login="nobody") == (401, "unknown_account")
    assert sign_in(client, **{"X-Kickoff-Deadline": "5"}) == (503, "deadline")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"login":1,"password":""}', b'{"login":"a"}', b"x" * 5000])
def test_what_is_no_sign_in_is_said_so(client: TestClient, body: bytes) -> None:
    """One problem document whatever was sent; the body is bounded."""
    answer = client.post("/v1/sessions", content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("deadline", ["soon", "-1", "٤", "9" * 19])
def test_a_deadline_is_microseconds(client: TestClient, deadline: str) -> None:
    """A header that cannot be read is not taken for no deadline."""
    headers = {b"X-Kickoff-Deadline": deadline.encode()}
    answer = client.post("/v1/sessions", json={"login": "a", "password": "b"}, headers=headers)
    assert answer.status_code == 400


def test_health_names_each_dependency(client: TestClient) -> None:
    """The door divides by these numbers: they are there from the first second."""
    dependencies = {one["dependency"]: one for one in client.get("/health").json()["dependencies"]}
    assert set(dependencies) == {"sign_in", "playlist"}
    assert 1 < dependencies["sign_in"]["capacity_per_s"] < 500
    assert set(dependencies["playlist"]) == {"dependency", "utilisation", "queue_ms", "errors", "capacity_per_s"}


def test_a_player_finds_its_way_by_relative_addresses(client: TestClient, door: Issuer) -> None:
    """Master, playlist, initialisation and segment, with one token and from any page."""
    base = f"/live/north/{door.token('main')}/main"
    master = client.get(f"{base}/master.m3u8")
    assert master.headers["access-control-allow-origin"] == "*"
    variant = master.text.splitlines()[-1]
    playlist = client.get(f"{base}/{variant}")
    assert playlist.headers["content-type"] == "application/vnd.apple.mpegurl"
    folder = variant.rpartition("/")[0]
    segment = client.get(f"{base}/{folder}/{playlist.text.splitlines()[-1]}")
    assert (segment.status_code, segment.headers["content-type"]) == (200, "video/mp4")
    assert client.get(f"{base}/{folder}/init.mp4").content[4:8] == b"ftyp"


def test_what_is_not_there_is_404(client: TestClient, door: Issuer) -> None:
    """Another bitrate, network, segment or path; never a file of the machine."""
    token = door.token("main", "gone")
    for path in (
        f"/live/north/{token}/main/9k/index.m3u8",
        f"/live/north/{token}/main/9k/init.mp4",
        f"/live/north/{token}/main/400k/1.m4s",
        f"/live/north/{token}/main/400k/..%2f..%2fjwks.json",
        f"/live/elsewhere/{token}/main/master.m3u8",
        f"/live/north/{token}/gone/master.m3u8",
        "/etc/passwd",
    ):
        assert client.get(path).status_code == 404, path


def test_only_a_token_for_the_channel_opens_it(client: TestClient, door: Issuer, clock: ManualClock) -> None:
    """401 sends the player to the door for a new token, 403 says that the offer lacks the channel."""
    short = door.token("main", until=61)
    assert client.get(f"/live/north/{short}/main/master.m3u8").status_code == 200
    assert client.get(f"/live/north/{short}/foot/master.m3u8").json()["code"] == "not_in_offer"
    clock.advance(1)
    assert client.get(f"/live/north/{short}/main/master.m3u8").json()["code"] == "bad_token"
    assert client.get("/live/north/forged/main/400k/index.m3u8").status_code == 401


def test_any_page_may_ask_first(client: TestClient) -> None:
    """A player that sends headers of its own asks by OPTIONS."""
    answer = client.options("/live/north/token/main/master.m3u8")
    assert (answer.status_code, answer.headers["access-control-allow-headers"]) == (204, "*")


class TestInTheMiddleOfFaults:
    """The script says that delivery network south, app 7.3.0 and sign-in fail in the third second."""

    @pytest.fixture
    def clock(self) -> ManualClock:
        """In the third second."""
        return ManualClock(AtUs(STARTS_AT + 2_000_000))

    def test_new_playbacks_fail_where_the_script_says(
        self, client: TestClient, door: Issuer, clock: ManualClock
    ) -> None:
        """And nowhere else; when it is over, nowhere at all."""
        token = door.token("main")
        south = f"/live/south/{token}/main/master.m3u8"
        assert client.get(south).json()["code"] == "delivery"
        assert client.get(f"/live/north/{token}/main/master.m3u8").status_code == 200
        assert client.get(f"/live/north/{token}/main/master.m3u8?app=7.3.0&isp=a").status_code == 503
        clock.advance(1)
        assert client.get(south).status_code == 200

    def test_streams_in_progress_go_on(self, client: TestClient, door: Issuer) -> None:
        """The fault is one of starting: who watches keeps the picture."""
        base = f"/live/south/{door.token('main')}/main/400k"
        listed = client.get(f"{base}/index.m3u8")
        assert listed.status_code == 200
        assert client.get(f"{base}/{listed.text.splitlines()[-1]}").status_code == 200

    def test_sign_in_fails_by_script(self, client: TestClient) -> None:
        """At once, without a check of the password."""
        assert sign_in(client) == (503, "error")
