"""A person's night, played on made-up time against a made-up door."""

import math

import pytest

from kickoff.crowd.acts import Answer, Ask, Pause
from kickoff.crowd.calls import Eta
from kickoff.crowd.diary import Phase, Signal
from kickoff.crowd.life import live
from tests.crowd.playing import Door, Heard, night, person, play, say, unanswered, viewer


def test_a_person_comes_waits_signs_in_watches_and_leaves_at_the_whistle() -> None:
    """The way in is the one that the viewer API describes, in that order."""
    who, door = viewer(person()), Door(calls_at_s=30)
    play([who], door)
    start = ["ticket", "pass", "session", "lease", "master", "media", "segment", "beat"]
    assert door.kinds()[: len(start)] == start
    assert door.kinds()[-1] == "end"
    assert door.of("end")[0].body["code"] == "whistle"
    assert who.diary.phase is Phase.GONE
    assert 30 <= who.diary.firsts[Signal.CALLED] <= 34.1
    assert len(who.diary.pictures) == 1
    assert who.diary.pictures[0][1] == pytest.approx(172.0, abs=0.1)


def test_who_holds_a_session_neither_signs_in_nor_hides_it() -> None:
    """The place is the household's from the join on."""
    who, door = viewer(person(holds_session=True), session="kept"), Door()
    play([who], door)
    assert "session" not in door.kinds()
    assert who.who == (("Authorization", "Bearer kept"),)


@pytest.mark.parametrize(
    ("eta", "looks_s"),
    [
        (Eta(p90=0.01), (0.5, 1.1)),
        (Eta(p90=0.01, curve=((100.0, 0.1, 0.2, 0.3),)), (0.5, 1.1)),
        (Eta(p90=90.0), (2.0, 4.1)),
        (Eta(), (2.0, 4.1)),
    ],
)
def test_where_no_line_stands_nobody_waits_for_a_poll(eta: Eta, looks_s: tuple[float, float]) -> None:
    """Who is told on coming that it will be at once looks again at once; all others within the polling range."""
    who, door = viewer(person()), Door(calls_at_s=5.2, eta=eta)
    play([who], door)
    least_s, most_s = looks_s
    assert least_s <= who.diary.firsts[Signal.CALLED] - who.diary.firsts[Signal.JOINED] <= most_s


def test_beats_report_all_that_was_watched() -> None:
    """The audience is the sum of beats: no second twice, none forgotten."""
    who, door = viewer(person()), Door(beat_s=10)
    play([who], door)
    told_ms = sum(heard.body["watched_ms"] for heard in (*door.of("beat"), *door.of("end")))
    shown_s = 172.0 - who.diary.firsts[Signal.SAW_PICTURE]
    assert told_ms == pytest.approx(1000 * shown_s, abs=50)
    assert door.of("beat")[0].body["msd"] == 30


def test_at_the_open_door_nobody_takes_a_place() -> None:
    """The same person at once signs in and watches; there is no pass to show."""
    who, door = viewer(person(), is_open=True), Door()
    play([who], door)
    assert door.kinds()[:2] == ["session", "lease"]
    assert "pass" not in door.of("session")[0].body
    assert "pass" not in door.of("lease")[0].body
    assert who.diary.first(Signal.SAW_PICTURE) == pytest.approx(5.1, abs=0.1)


def test_a_door_that_is_down_is_tried_again_and_told_about_it() -> None:
    """The unseen become seen: each attempt that met no door is told at the next contact."""
    who, door = viewer(person()), Door()
    door.rules["ticket"] = lambda heard, before: unanswered(heard) if before < 3 else None
    play([who], door)
    told = door.of("ticket")[3].body["attempts"]
    starts_at = who.night.at(0)
    assert [(attempt["at"] - starts_at) / 1e6 for attempt in told] == pytest.approx(
        [heard.at_s for heard in door.of("ticket")[:3]]
    )
    gaps_s = [
        later.at_s - sooner.at_s for sooner, later in zip(door.of("ticket"), door.of("ticket")[1:4], strict=False)
    ]
    assert all(0.7 * 4 <= gap_s <= 1.3 * 4 for gap_s in gaps_s)
    assert who.diary.pictures


def test_patience_ends_in_line_and_begins_with_the_doors() -> None:
    """Nobody loses patience while the doors are still shut; then they leave, and that is counted as giving up."""
    who, door = viewer(person(patience_s=50.0)), Door(calls_at_s=math.inf)
    play([who], door)
    assert door.kinds() == ["ticket"]
    assert who.diary.phase is Phase.GONE
    assert 70 <= who.diary.firsts[Signal.LEFT] <= 74.1


def test_some_who_lost_patience_come_back_once_and_say_so() -> None:
    """They return to the place that they had; the door learns that they had given up."""
    crowd = [viewer(person(account=number + 1, patience_s=30.0), seed=number) for number in range(60)]
    door = Door(calls_at_s=math.inf)
    play(crowd, door)
    returns = [heard for heard in door.of("ticket") if heard.body["attempts"]]
    assert 0.1 * 60 < len(returns) < 0.5 * 60
    assert all([attempt["what"] for attempt in heard.body["attempts"]] == ["gave_up"] for heard in returns)
    assert all(who.diary.phase is Phase.GONE for who in crowd)
    assert len(door.of("ticket")) == 60 + len(returns)


def test_who_has_walked_off_never_answers_the_call() -> None:
    """Left of their own will: they wanted no picture any more."""
    who, door = viewer(person(called_after_s=math.inf)), Door()
    play([who], door)
    assert door.kinds() == ["ticket"]
    assert who.diary.walked_off


def test_a_late_answer_to_the_call_still_comes() -> None:
    """Late people test the grace lane."""
    who, door = viewer(person(called_after_s=20.0)), Door(calls_at_s=30)
    play([who], door)
    assert door.of("pass")[0].at_s == pytest.approx(who.diary.firsts[Signal.CALLED] + 20)


def test_not_yet_is_asked_again_when_the_door_said() -> None:
    """A 429 with a time is obeyed to the second."""
    who, door = viewer(person()), Door()
    door.rules["pass"] = lambda heard, before: (
        say(heard.at_s, 429, {"ask_again_s": 7.0}, retry_after_s=7) if before < 2 else None
    )
    play([who], door)
    asked = door.of("pass")
    assert len(asked) == 3
    assert asked[1].at_s - asked[0].at_s == pytest.approx(7.0)


def test_a_ticket_that_is_no_good_is_taken_anew() -> None:
    """After a refusal of the ticket there is a new place, not a dead end."""
    who, door = viewer(person()), Door()
    door.rules["pass"] = lambda heard, before: say(heard.at_s, 401) if before == 0 else None
    play([who], door)
    assert door.kinds()[:4] == ["ticket", "pass", "ticket", "pass"]
    assert who.diary.pictures


def test_a_mistyped_password_is_typed_again_and_is_nobodys_failure() -> None:
    """A wrong password is the person's own: it is counted apart."""
    who, door = viewer(person(wrong_passwords=1)), Door()
    door.rules["session"] = lambda heard, before: say(heard.at_s, 401) if before == 0 else None
    play([who], door)
    first, second = door.of("session")
    assert first.body["password"] != second.body["password"]
    assert 2 <= second.at_s - first.at_s <= 5.1
    assert (who.diary.wrong_passwords, who.diary.sign_ins_failed) == (1, 0)


def test_a_full_permit_is_waited_for_and_is_no_failure() -> None:
    """429 at sign-in: nothing was lost, the pass stays good."""
    who, door = viewer(person()), Door()
    door.rules["session"] = lambda heard, before: say(heard.at_s, 429, retry_after_s=2) if before < 3 else None
    play([who], door)
    assert (who.diary.deferred, who.diary.sign_ins_failed, who.diary.signed_in) == (3, 0, 1)


def test_failed_sign_ins_are_tried_again_a_bounded_number_of_times() -> None:
    """An impatient person makes the overload worse, but not for ever."""
    who, door = viewer(person(tries_max=4, patience_s=1000.0), is_open=True), Door()
    door.rules["session"] = lambda heard, _: unanswered(heard, after_s=10.0)
    play([who], door)
    assert len(door.of("session")) == who.diary.sign_ins_failed == 4
    assert who.diary.phase is Phase.GONE
    assert not who.diary.pictures


def test_a_network_that_fails_at_the_start_is_left_for_the_next() -> None:
    """The page tries the next delivery network of the list and reports the start that failed."""
    who, door = viewer(person()), Door()
    door.rules["master"] = lambda heard, _: Answer(at_s=heard.at_s, status=503) if "/south/" in heard.url else None
    play([who], door)
    failed, started = door.of("beat")[:2]
    assert (failed.body["sta"], failed.body["ec"], failed.body["cdn"]) == ("f", "manifest", "south")
    assert (started.body["sta"], started.body["cdn"]) == ("p", "north")
    assert failed.body["ts"] <= started.body["ts"]
    assert who.diary.failed_starts == 1
    assert who.diary.pictures


def test_a_start_that_fails_everywhere_comes_back_through_re_entry() -> None:
    """The lease is resumed by its own token: nobody queues twice."""
    who, door = viewer(person()), Door()
    door.rules["master"] = lambda heard, before: Answer(at_s=heard.at_s, status=503) if before < 2 else None
    play([who], door)
    assert door.of("lease")[0].body["pass"] == "p"
    assert door.of("lease")[1].body["resume"] == "l"
    assert who.diary.failed_starts == 2
    assert who.diary.pictures


def test_a_stream_that_breaks_while_playing_is_retried_once_then_lost_and_got_back() -> None:
    """The player's own retry first; then the picture is gone, and re-entry brings it back."""
    who, door = viewer(person()), Door()
    door.rules["media"] = lambda heard, before: Answer(at_s=heard.at_s, status=503) if before in (1, 2) else None
    play([who], door)
    assert len(who.diary.pictures) == 2
    assert not who.diary.lost_at_last
    lost = next(heard for heard in door.of("beat") if heard.body["sta"] == "f")
    assert lost.body["ec"] == "manifest"
    assert door.of("lease")[1].body["resume"] == "l"


def test_one_failed_fetch_while_playing_is_retried_and_nobody_notices() -> None:
    """The player has a buffer: its own retry comes before anything is lost."""
    who, door = viewer(person()), Door()
    door.rules["media"] = lambda heard, before: Answer(at_s=heard.at_s, status=503) if before == 1 else None
    play([who], door)
    assert len(who.diary.pictures) == 1
    assert "f" not in [heard.body["sta"] for heard in door.of("beat")]


def test_who_never_gets_the_picture_back_was_thrown_out() -> None:
    """Against their will and for good."""
    who, door = viewer(person(patience_s=30.0)), Door()
    door.rules["media"] = lambda heard, before: Answer(at_s=heard.at_s, status=503) if before else None
    play([who], door)
    assert who.diary.lost_at_last
    assert who.diary.pictures[-1][1] is not None


def test_a_door_that_does_not_answer_beats_stops_no_picture() -> None:
    """The picture comes from the delivery network: silence of the door is reported later, all of it."""
    who, door = viewer(person()), Door()
    door.rules["beat"] = lambda heard, _: unanswered(heard) if 60 < heard.at_s < 90 else None
    play([who], door)
    assert len(who.diary.pictures) == 1
    assert max(heard.body["watched_ms"] for heard in door.of("beat")) >= 30_000


def test_a_player_shows_the_largest_picture_under_the_cap_that_it_hears_at_its_beat() -> None:
    """A ladder that nobody obeys relieves no delivery network: fewer bits from the next fetch on, and back again."""
    who, door = viewer(person(), seed=1), Door(beat_s=10)
    capped = {"next_s": 10, "bitrate_cap_kbps": 400}
    door.rules["beat"] = lambda heard, _: say(heard.at_s, 200, capped) if 50 < heard.at_s < 130 else None
    play([who], door)
    shown = [(heard.at_s, heard.body["br"]) for heard in door.of("beat")]
    assert {br for at_s, br in shown if at_s < 60} == {1200}
    assert {br for at_s, br in shown if 65 < at_s < 130} == {400}
    assert {br for at_s, br in shown if at_s > 145} == {1200}
    assert {"low" in heard.url for heard in door.of("media") if 65 < heard.at_s < 130} == {True}
    assert {"high" in heard.url for heard in door.of("media") if heard.at_s < 50} == {True}


def test_who_comes_in_under_a_cap_begins_with_the_smaller_picture() -> None:
    """The lease says it too, else everybody let in would ask for the most until their first beat."""
    who, door = viewer(person()), Door(beat_s=10, cap_kbps=400)
    play([who], door)
    assert "low" in door.of("media")[0].url
    assert door.of("beat")[0].body["br"] == 400


def test_a_beat_that_is_refused_counts_as_put_out() -> None:
    """Whoever watches is never thrown out by the house: where it happens it must show."""
    who, door = viewer(person()), Door()
    door.rules["beat"] = lambda heard, before: say(heard.at_s, 403) if before == 2 else None
    play([who], door)
    assert who.diary.expelled == 1
    assert len(who.diary.pictures) == 2


def test_a_stream_that_ended_elsewhere_is_resumed() -> None:
    """410 is the account's own doing, not the house's: nobody was put out, and the picture is asked for again."""
    who, door = viewer(person()), Door()
    door.rules["beat"] = lambda heard, before: say(heard.at_s, 410, {"code": "ended"}) if before == 2 else None
    play([who], door)
    assert who.diary.expelled == 0
    assert len(who.diary.pictures) == 2
    assert any("resume" in heard.body for heard in door.of("lease"))


def test_a_ghost_of_ones_own_stream_makes_room() -> None:
    """The answer to a lease was lost on the way: the second try meets the stream limit and ends the first."""
    who, door = viewer(person()), Door()

    def lease(heard: Heard, before: int) -> Answer | None:
        if before == 0:
            return unanswered(heard, after_s=10.0)
        return say(heard.at_s, 409, {"streams": [{"lease_id_short": "5", "device": "tv"}]}) if before == 1 else None

    door.rules["lease"] = lease
    play([who], door)
    assert door.of("lease")[2].body["end"] == "5"
    assert who.diary.pictures


LACKS = {"code": "not_in_offer", "channels": ["one"]}


@pytest.mark.parametrize("where", ["ticket", "lease"])
def test_what_the_offer_lacks_is_left_for_what_it_holds(where: str) -> None:
    """Told before the wait, or, where the household was not known yet, before the picture."""
    who, door = viewer(person(channel="two")), Door()
    door.rules[where] = lambda heard, before: say(heard.at_s, 403, LACKS) if before == 0 else None
    play([who], door)
    assert [heard.body["channel"] for heard in door.of(where)] == ["two", "one"]
    assert who.diary.pictures


@pytest.mark.parametrize("where", ["ticket", "lease"])
def test_who_wants_only_what_the_offer_lacks_leaves_in_peace(where: str) -> None:
    """Nothing failed: they had asked for something that they do not pay for."""
    who, door = viewer(person(channel="one")), Door()
    door.rules[where] = lambda heard, _: say(heard.at_s, 403, LACKS)
    play([who], door)
    assert len(door.of(where)) == 1
    assert who.diary.walked_off


def test_a_pass_that_ran_out_is_given_again() -> None:
    """At sign-in and at play alike: the place is the same, nobody waits twice."""
    who, door = viewer(person()), Door()
    gone = {"code": "expired"}
    door.rules["session"] = lambda heard, before: say(heard.at_s, 401, gone) if before == 0 else None
    door.rules["lease"] = lambda heard, before: say(heard.at_s, 401, gone) if before == 0 else None
    play([who], door)
    assert door.kinds()[:7] == ["ticket", "pass", "session", "pass", "session", "lease", "pass"]
    assert (who.diary.sign_ins_failed, who.diary.failure_s) == (0, None)
    assert who.diary.pictures


def test_a_night_that_is_over_lets_nobody_join_and_nobody_loop() -> None:
    """`closed` is no channel to be changed: it is tried by habit until patience ends."""
    who, door = viewer(person(patience_s=40.0)), Door()
    door.rules["ticket"] = lambda heard, _: say(heard.at_s, 403, {"code": "closed"})
    play([who], door)
    assert 1 < len(door.of("ticket")) < 25
    assert who.diary.phase is Phase.GONE
    assert not who.diary.walked_off


def test_the_lines_own_rhythm_is_kept() -> None:
    """People look at the status object at intervals drawn from `poll_s`: never more often."""
    on = night(poll_s=[2, 4])
    who, door = viewer(person(), on=on), Door(calls_at_s=40)
    play([who], door)
    assert 40 <= who.diary.firsts[Signal.CALLED] <= 44.1


def test_who_has_more_channels_changes_now_and_then() -> None:
    """Another channel of the offer never meets the line; the picture goes on."""
    door = Door(channels=("one", "two"))
    crowd = [viewer(person(offer="large", arrives_s=float(number))) for number in range(20)]
    play(crowd, door)
    assert 0 < len(door.of("switch")) < 40
    assert {heard.body["channel"] for heard in door.of("switch")} <= {"one", "two"}
    assert all(len(who.diary.pictures) == 1 for who in crowd)


def test_who_comes_before_there_is_a_door_tries_again_and_says_so() -> None:
    """Whether there is a line is not known until a door answers: nobody acts as if there were."""
    who, door = viewer(person()), Door()
    who.scene.is_open = None
    script = live(who, at_s=5.0)
    first = next(script)
    assert isinstance(first, Pause)
    assert isinstance(script.send(Answer(at_s=9.0)), Pause)
    who.scene.is_open = False
    joined = script.send(Answer(at_s=13.0))
    assert isinstance(joined, Ask)
    door.answer(joined, 13.0)
    assert [(told["at"] - who.night.at(0)) / 1e6 for told in door.of("ticket")[0].body["attempts"]] == [5.0, 9.0]


@pytest.mark.parametrize("is_open", [True, False])
def test_who_comes_after_the_whistle_turns_round(*, is_open: bool) -> None:
    """A crowd that is late, on a machine that is slow, still ends in order."""
    who, door = viewer(person(arrives_s=171.0), is_open=is_open), Door(calls_at_s=math.inf)
    play([who], door)
    assert who.diary.phase is Phase.GONE
    assert "session" not in door.kinds()
