"""Envoy before a real door: the ext_authz example of deploy/envoy/."""

from pathlib import Path

from kickoff.clock import WallClock
from kickoff.conductor.access_log import AccessLogWatch
from kickoff.health_signals import LogSignal
from kickoff.units import US_PER_S
from tests.deploy.edge import PICTURE, ask, doors, origin, playback_path
from tests.deploy.envoy import configuration, envoy


def test_envoy_lets_through_what_the_door_says_yes_to(tmp_path: Path) -> None:
    """The edge holds no key: the door's word decides, and when no door answers, whoever watches goes on watching.

    Its log is a signal: every line is one that the conductor reads, and none holds a token.
    """
    log = tmp_path / "origin.log"
    with doors(tmp_path, 1) as (door,), origin() as picture:
        text = configuration(doors=(door.port, door.port), origin=picture, log=log)
        with envoy(tmp_path / "envoy", text=text) as port:
            mine = playback_path(door)
            allowed = ask(port, "GET", mine)
            assert (allowed.status, allowed.body) == (200, PICTURE)
            assert ask(port, "GET", mine.replace("ey", "ez", 1)).status == 401
            assert ask(port, "GET", playback_path(door, asked="canal-plus-foot")).status == 403
            for elsewhere in ("/../canal-plus-foot/x.m3u8", "/%2e%2e/x.m3u8", "%2f..%2fx.m3u8", "/%252e%252e/x.m3u8"):
                assert ask(port, "GET", mine.removesuffix("/master.m3u8") + elsewhere).status in {400, 403}, elsewhere
            assert ask(port, "GET", "/v1/psg-juventus/status").status == 404
            door.kill()
            assert ask(port, "GET", mine).body == PICTURE
    said = log.read_bytes()
    assert said.count(b"\n") >= 8
    assert b"ey" not in said
    watch = AccessLogWatch(LogSignal(file=str(log), dependency="origin", at_once=1), WallClock())
    watch._take(said.splitlines(), last=int(WallClock().now() / US_PER_S) + 1)
    assert watch.lost == 0
    assert sum(second.completed for second in watch._seconds.values()) == 2, "calls that the origin answered, no others"
