"""A door of many that hears no leader: the operator's word holds all the same."""

from kickoff.clock import ManualClock
from kickoff.conductor.alone import STALE_S, Alone
from kickoff.door.house import Door
from kickoff.door.member import Member
from kickoff.door.serve_shared import show, shown_alone
from kickoff.door.telling import ENCODER, PUBLISHED_DECODER, Ears, Published
from kickoff.plumbing.valkey import Valkey
from kickoff.units import US_PER_S, AtUs
from kickoff.waiting_room.snapshot import LineState, Snapshot
from tests.door.rig import FakeLine, N, Rig


def shown(door: Door, told: Snapshot, after_s: float) -> Snapshot:
    """What it shows so long after the leader's last word."""
    heard_at = AtUs(told.at)
    return shown_alone(
        Alone(door.house.night), door, told, heard_at=heard_at, at=AtUs(heard_at + round(after_s * US_PER_S))
    )


def test_an_act_that_was_answered_yes_is_done_while_nobody_leads() -> None:
    """A pause, a cap and a notice, and their ends: else the line goes on against the operator's word."""
    rig = Rig(line=FakeLine())
    for account in range(1, 101):
        rig.join(account)
    told = rig.door.house.snapshot
    assert shown(rig.door, told, 2).lanes["known"].serving == round(10 * STALE_S)
    acts: list[dict[str, object]] = [
        {"act": "cap", "value": 3}, {"act": "notice", "value": {"en": "Soon."}}, {"act": "pin", "value": 40},
    ]  # fmt: skip
    for act in acts:
        assert rig.ask("POST", f"{N}/operator", {**act, "by": "t"}, session=rig.operator()).status == 200
        rig.at_s += 1
    capped = shown(rig.door, told, 2)
    assert (capped.lanes["known"].serving, capped.notice, capped.beat_s) == (int(3 * STALE_S), {"en": "Soon."}, 40)
    rig.ask("POST", f"{N}/operator", {"act": "pause", "by": "t"}, session=rig.operator())
    assert shown(rig.door, told, 2).state is LineState.PAUSED
    rig.ask("POST", f"{N}/operator", {"act": "resume", "by": "t"}, session=rig.operator())
    assert shown(rig.door, told, 2).state is LineState.QUEUEING


async def test_a_door_shows_what_the_leaders_access_logs_lost() -> None:
    """Lines that cannot be read, or are dated ahead, are a proxy to be mended: nobody looks where no figure is."""
    rig = Rig(line=FakeLine())
    nobody, ears = Valkey("valkey://127.0.0.1:1"), Ears({})
    one = Member(rig.door, nobody, writer="a", log_epoch=1, ears=ears, clock=ManualClock(), window_s=1)
    said = Published(leader="b", snapshot=rig.door.house.snapshot, orders=None, health=(), log_lines_lost=7)
    show(rig.door, one, PUBLISHED_DECODER.decode(ENCODER.encode(said)), heard_at=rig.now)
    assert "kickoff_door_log_lines_lost 7.0" in rig.door.metrics(AtUs(rig.now)).body.decode()
