"""The player's pure parts, without a browser: what counts as watching, and which network comes next."""

import json
import subprocess
from typing import Any

from tests.web.browser import ROOT

SCRIPTS = (ROOT / "src" / "kickoff" / "web" / "scripts").as_uri()


def run(script: str) -> Any:  # noqa: ANN401 - whatever the script says
    """What a module says of itself, in JSON."""
    node = ROOT / ".venv" / "bin" / "node"
    command = [str(node), "--input-type=module", "-e", script]
    return json.loads(subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout)


def metered(*moments: tuple[float, float, str]) -> dict[str, Any]:
    """The meter after (milliseconds, playhead in seconds, flags among `paused seeking ended`)."""
    return dict(
        run(f"""
        import {{ Meter }} from "{SCRIPTS}/meter.js";
        const meter = new Meter();
        const firsts = {json.dumps(moments)}.map(([now, currentTime, flags]) => meter.see(now, {{
            currentTime, paused: flags.includes("p"), seeking: flags.includes("s"), ended: flags.includes("e"),
        }}));
        console.log(JSON.stringify({{ state: meter.state, firsts, ...meter.take(), again: meter.take() }}));
    """)
    )


def test_only_a_moving_picture_is_watched() -> None:
    """From the first moving picture on; what is taken is taken once."""
    found = metered((0, 5, ""), (250, 5, ""), (500, 5.2, ""), (750, 5.45, ""))
    assert found["firsts"] == [False, False, True, False]
    assert (found["watched_ms"], found["stalled_ms"], found["state"]) == (450, 0, "p")
    assert found["again"] == {"watched_ms": 0, "stalled_ms": 0}


def test_a_jump_to_the_live_edge_is_not_watching() -> None:
    """The playhead moved by 40 seconds, the person watched for a quarter of one."""
    assert metered((0, 5, ""), (250, 45, ""))["watched_ms"] == 250
    assert metered((0, 5, ""), (250, 5.2, ""), (500, 45, "s"))["watched_ms"] == 200


def test_a_picture_that_stands_still_by_itself_is_a_stall() -> None:
    """Waiting for the first picture, a pause and a jump are not: those have names of their own."""
    playing = ((0, 5, ""), (250, 5.25, ""))
    assert metered((0, 0, ""), (250, 0, ""))["stalled_ms"] == 0
    stalled = metered(*playing, (500, 5.25, ""), (750, 5.25, ""))
    assert (stalled["stalled_ms"], stalled["state"]) == (500, "r")
    paused = metered(*playing, (500, 5.25, "p"), (750, 5.25, "p"))
    assert (paused["stalled_ms"], paused["state"]) == (0, "a")
    assert metered(*playing, (500, 5.25, "s"))["state"] == "k"
    assert metered(*playing, (500, 5.25, "e"))["state"] == "e"


def test_a_device_that_slept_neither_watched_nor_stalled() -> None:
    """The page was not there for a minute; nothing is claimed for it."""
    found = metered((0, 5, ""), (250, 5.25, ""), (60_250, 5.25, ""))
    assert (found["watched_ms"], found["stalled_ms"]) == (250, 0)


LEASE = {
    "cdn": "south",
    "cdns": ["south", "north"],
    "channel": "main",
    "playback_token": "t1",
    "channels": {
        name: {"urls": {cdn: f"https://live.example/live/{cdn}/t1/{name}/master.m3u8" for cdn in ("south", "north")}}
        for name in ("main", "foot")
    },
}


def test_each_network_is_tried_once_between_two_pictures() -> None:
    """The chosen one first; after a picture, or a rest, all of them again."""
    found = run(f"""
        import {{ Routes }} from "{SCRIPTS}/routes.js";
        const routes = new Routes({json.dumps(LEASE)});
        const seen = [routes.cdn, routes.turn(), routes.cdn, routes.turn()];
        routes.forgive();
        console.log(JSON.stringify([...seen, routes.turn(), routes.cdn]));
    """)
    assert found == ["south", True, "north", False, True, "south"]


def test_every_address_carries_the_freshest_token() -> None:
    """Also those that the player learnt before the token changed."""
    found = run(f"""
        import {{ Routes }} from "{SCRIPTS}/routes.js";
        const routes = new Routes({json.dumps(LEASE)});
        routes.take({{ playback_token: "t2" }});
        console.log(JSON.stringify([routes.url, routes.fresh("https://live.example/live/north/t0/foot/v/7.m4s?CMCD=a")]));
    """)
    assert found == [
        "https://live.example/live/south/t2/main/master.m3u8",
        "https://live.example/live/north/t2/foot/v/7.m4s?CMCD=a",
    ]


def test_a_device_without_storage_still_waits() -> None:
    """Private windows and some televisions keep nothing; the page keeps it for as long as it is open."""
    found = run(f"""
        import {{ Attempts }} from "{SCRIPTS}/attempts.js";
        import {{ Store }} from "{SCRIPTS}/store.js";
        const store = new Store("n", null);
        const attempts = new Attempts(store);
        for (let number = 0; number < 12; number += 1) attempts.note("unreachable", number);
        const untold = attempts.untold;
        attempts.note("gave_up", 99);
        attempts.told(untold);
        console.log(JSON.stringify([untold.length, untold[0].at, attempts.untold]));
    """)
    assert found == [10, 2000, [{"at": 99000, "what": "gave_up"}]]


def test_the_kind_of_device_is_told_by_its_own_words() -> None:
    """For the size of the letters, and the dimensions of the audience."""
    agents = {
        "Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) Chrome/108 TV Safari/537.36": "tv",
        "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 Chrome/94": "tv",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148": "phone",
        "Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/130 Mobile Safari/537.36": "phone",
        "Mozilla/5.0 (Linux; Android 15; SM-X910) Chrome/130 Safari/537.36": "tablet",
        "Mozilla/5.0 (X11; Linux x86_64) Chrome/130 Safari/537.36": "web",
    }
    found = run(f"""
        import {{ deviceKind }} from "{SCRIPTS}/device.js";
        console.log(JSON.stringify({json.dumps(list(agents))}.map((agent) => deviceKind(agent, 0))));
    """)
    assert dict(zip(agents, found, strict=True)) == agents
