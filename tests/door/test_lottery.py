"""Those who came before the doors are drawn, once, and everybody can check it."""

from hashlib import sha256

from kickoff.waiting_room.draw import Ballot, commitment_of, digest_of, leaf_of, permuted, round_keys, seed_of
from kickoff.waiting_room.snapshot import LineState
from kickoff.waiting_room.tickets import TICKET_DECODER, TICKET_PURPOSE
from tests.door.rig import N, Rig
from tests.door.test_recovery import restarted

PEOPLE = 60


def before_the_doors() -> Rig:
    """A door that is still shut, and knows it."""
    rig = Rig(state=LineState.DRAW)
    rig.at_s = 5.0
    return rig


def drawn(rig: Rig) -> dict[str, object]:
    """What the status object says of the draw."""
    told: dict[str, object] = rig.ask("GET", f"{N}/status").json["draw"]
    return told


def test_who_came_before_the_doors_is_put_in_order_by_lot() -> None:
    """Every place of the list is given once, in another order than that of coming; later ones queue behind."""
    rig = before_the_doors()
    for account in range(1, PEOPLE + 1):
        assert rig.join(account).json["number"] == account
    rig.serve(0)
    places = [rig.join(account).json["place"] for account in range(1, PEOPLE + 1)]
    assert sorted(places) == list(range(1, PEOPLE + 1))
    assert places != sorted(places)
    assert rig.join(PEOPLE + 1).json["place"] == PEOPLE + 1


def test_they_are_called_in_the_order_that_was_drawn() -> None:
    """Kendall distance 0: whoever stands before another in the draw is called no later."""
    rig = before_the_doors()
    tickets = {account: rig.join(account).json["ticket"] for account in range(1, PEOPLE + 1)}
    rig.serve(0)
    order = sorted(tickets, key=lambda account: rig.join(account).json["place"])
    came_in: list[int] = []
    for serving in range(1, PEOPLE + 1):
        rig.serve(serving)
        let_in = {
            account
            for account, ticket in tickets.items()
            if account not in came_in and rig.ask("POST", f"{N}/passes", {"ticket": ticket}).status == 201
        }
        came_in += sorted(let_in)
        assert len(let_in) == 1
    assert came_in == order


def test_devices_slow_to_boot_have_the_same_chance() -> None:
    """Half of all come a minute after the first half, still before the doors: they get half of the first half."""
    rig = before_the_doors()
    people = 1200
    for account in range(1, people + 1):
        rig.join(account)
    rig.serve(0)
    quick_first = sum(rig.join(account).json["place"] <= people / 2 for account in range(1, people // 2 + 1))
    # 600 drawn of 1,200: standard deviation of the hypergeometric 8.7; six of them.
    assert abs(quick_first - people / 4) < 52


def test_nobody_knows_the_order_before_and_everybody_checks_it_after() -> None:
    """The commitment stands before; the secret is shown only when the list is closed, and explains every place."""
    rig = before_the_doors()
    tickets = [rig.join(account).json["ticket"] for account in range(1, PEOPLE + 1)]
    rig.serve(0, state=LineState.DRAW)
    before = drawn(rig)
    assert set(before) == {"commitment", "count", "counts"}
    assert before["count"] == PEOPLE
    rig.serve(0)
    after = drawn(rig)
    secret = bytes.fromhex(str(after["secret"]))
    assert sha256(secret).hexdigest() == commitment_of(secret) == before["commitment"] == after["commitment"]

    claims = [rig.seals.open(TICKET_PURPOSE, ticket, TICKET_DECODER, at_us=rig.now) for ticket in tickets]
    leaves = [
        (one.place, leaf_of("psg-juventus", Ballot(lane=one.lane, number=one.place, subject=one.subject)))
        for one in claims
    ]
    assert seed_of(secret, digest_of({"known": leaves})).hex() == after["seed"]
    keys = round_keys(bytes.fromhex(str(after["seed"])), "known")
    for account, one in enumerate(claims, start=1):
        assert rig.join(account).json["place"] == permuted(one.place, PEOPLE, keys)


def test_a_restart_before_and_after_the_draw_changes_no_place() -> None:
    """The list and the draw are in the log."""
    rig = before_the_doors()
    for account in range(1, PEOPLE + 1):
        rig.join(account)
    again = restarted(rig, state=LineState.DRAW)
    rig.serve(0)
    again.serve(0)
    assert drawn(rig) == drawn(again)
    places = [rig.join(account).json["place"] for account in range(1, PEOPLE + 1)]
    rig.serve(7)
    first = places.index(3) + 1
    assert rig.ask("POST", f"{N}/passes", {"ticket": rig.join(first).json["ticket"]}).status == 201
    once_more = restarted(rig)
    assert [once_more.join(account).json["place"] for account in range(1, PEOPLE + 1)] == places
    assert once_more.door.house.lines["known"].calls.passed_total == 1
    assert once_more.ask("POST", f"{N}/passes", {"ticket": rig.join(first).json["ticket"]}).status == 201
    assert once_more.door.house.counts.passed == 1


def test_a_night_without_a_draw_queues_in_order() -> None:
    """An operator may want first come, first served."""
    rig = Rig(state=LineState.BEFORE, changes="draw = false\n")
    places = [rig.join(account).json["place"] for account in range(1, 30)]
    rig.serve(0)
    assert [rig.join(account).json["place"] for account in range(1, 30)] == places == list(range(1, 30))
    assert drawn(rig) == {}
