"""Paths, methods, and the small answers: checks, status, health, metrics, keys, the operator."""

import json
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kickoff.admission.orders import Health
from kickoff.conductor.tick import Conductor
from kickoff.door.house import never_back
from kickoff.door.seam import Reply
from kickoff.door.serve import line_input
from tests.door.rig import CLIENT, FakeLine, N, Rig

HOUSE_KEYS = {
    "at", "state", "inside", "leases", "line", "joined", "called", "passed", "admitted", "lapsed", "signed_in",
    "sign_in_failed", "refused", "heat", "started", "start_failed", "rate_per_s", "binding", "terms", "reason",
    "health", "eta", "beat_s", "open", "pin_s",
    "ladder_step", "ladder_kbps", "bitrate_cap_kbps",
    "drains", "guaranteed", "lanes", "doors", "leader", "queues", "codes", "draw_at", "doors_at", "ends_at",
}  # fmt: skip


def operated(rig: Rig) -> list[dict[str, Any]]:
    """What an operator did: the commitment of the draw, which the house records by itself, is left out."""
    return [fact for fact in rig.facts("operator") if not str(fact["code"]).startswith("draw ")]


@pytest.fixture
def rig() -> Rig:
    """A door."""
    return Rig()


def test_unknown_paths_and_methods_are_problems(rig: Rig) -> None:
    """404 and 405 with what is allowed."""
    assert rig.ask("GET", "/v1/other-night/status").status == 404
    assert rig.ask("GET", "/").status == 404
    wrong = rig.ask("GET", f"{N}/tickets")
    assert (wrong.status, wrong.headers["Allow"]) == (405, "POST")
    assert rig.ask("GET", f"{N}/leases/x").headers["Allow"] == "PUT, DELETE"
    assert rig.ask("GET", f"{N}/leases/x/beats").status == 405
    assert rig.ask("POST", f"{N}/leases/x/else").status == 404


def test_the_status_object_is_the_same_bytes_for_everybody(rig: Rig) -> None:
    """So that a cache of one second serves millions."""
    first, second = rig.raw("GET", f"{N}/status"), rig.raw("GET", f"{N}/status", headers={"cookie": "a=b"})
    assert isinstance(first, Reply)
    assert first == second
    assert dict(first.headers)["Cache-Control"].startswith("public, max-age=1, stale-while-revalidate=5")
    body = json.loads(first.body)
    assert {"state", "epoch", "lanes", "draw", "poll_s", "beat_s", "call_s", "reason", "notice"} <= body.keys()
    assert body["lanes"]["main"]["eta"] == {"p10": 0.05, "p50": 0.1, "p90": 0.2, "curve": []}
    assert rig.ask("HEAD", f"{N}/status").status == 200


def test_checks_answer_yes_no_or_who_are_you(rig: Rig) -> None:
    """For nginx the resource is in a header, for Envoy in the path; never a body."""
    granted = rig.watch(7).json
    token = granted["playback_token"]
    resources = {
        f"/live/north/{token}/canal-plus/master.m3u8": 200,
        f"/live/north/{token}/canal-plus/1200/7.m4s?isp=x": 200,
        f"/live/north/{token}/another/master.m3u8": 403,
        f"/live/north/{token[:-1]}/canal-plus/master.m3u8": 401,
        "/live/north": 401,
        "/elsewhere": 401,
        "": 401,
    }
    for resource, status in resources.items():
        nginx = rig.raw("GET", "/v1/check", headers={"x-original-uri": resource})
        envoy = rig.raw("POST", f"/v1/check{resource.partition('?')[0]}")
        assert isinstance(nginx, Reply)
        assert isinstance(envoy, Reply)
        assert (nginx.status, nginx.body, envoy.status, envoy.body) == (status, b"", status, b"")


@pytest.mark.parametrize(
    "rest",
    [
        "../another/1.m4s", "./1.m4s", "1200/..", "%2e%2e/another/1.m4s", "..%2fanother/1.m4s", "1200%5C..%5Cx",
        "1200\\x", "%252e%252e/another/1.m4s", ".%2E/another/1.m4s",
    ],
)  # fmt: skip
def test_no_path_leads_around_the_check(rig: Rig, rest: str) -> None:
    """An edge that resolves dots would serve a channel that the offer does not hold."""
    token = rig.watch(7).json["playback_token"]
    answer = rig.raw("GET", "/v1/check", headers={"x-original-uri": f"/live/north/{token}/canal-plus/{rest}"})
    assert isinstance(answer, Reply)
    assert answer.status == 403


def test_the_token_of_a_stream_that_was_ended_fetches_nothing_more(rig: Rig) -> None:
    """Ended by its viewer or stopped from another screen; a stream that a restart forgot still plays."""

    def fetched(at: Rig, token: str) -> int:
        answer = at.raw("GET", "/v1/check", headers={"x-original-uri": f"/live/north/{token}/canal-plus/1.m4s"})
        assert isinstance(answer, Reply)
        return answer.status

    ended, stopped = rig.watch(7).json, rig.watch(8).json
    rig.ask("DELETE", f"{N}/leases/{ended['lease']}")
    body = {"channel": "canal-plus", "client": CLIENT, "end": "2"}
    assert rig.ask("POST", f"{N}/leases", body, session=rig.session(8)).status == 201
    assert [fetched(rig, one["playback_token"]) for one in (ended, stopped)] == [403, 403]
    assert fetched(Rig(ring=rig.keys), ended["playback_token"]) == 200


def test_a_body_nested_without_end_is_a_bad_request(rig: Rig) -> None:
    """Three thousand brackets are no JSON of ours, and no fault of ours either: 400, never 500."""
    nested = b'{"a":' + b"[" * 3_000
    lease = rig.watch(7).json["lease"]
    paths = ("tickets", "passes", "leases", f"leases/{lease}/beats", "beacons", "reports", "operator")
    asked = [("POST", f"{N}/{path}") for path in paths]
    asked += [("POST", "/v1/sessions"), ("PUT", f"{N}/leases/{lease}"), ("DELETE", f"{N}/leases/{lease}")]
    for method, path in asked:
        answer = rig.ask(method, path, nested, headers={"authorization": f"Bearer {rig.operator()}"})
        assert (path, answer.status, answer.json["code"]) == (path, 400, "bad_request")


def test_a_word_with_a_line_break_is_another_word(rig: Rig) -> None:
    """What the journal keeps as a code is one of the codes that the schema names."""
    lease = rig.watch(7).json["lease"]
    assert rig.ask("DELETE", f"{N}/leases/{lease}", {"code": "whistle\n"}).status == 400
    assert rig.ask("POST", f"{N}/reports", {"what": "error\n"}, session=rig.session(7)).status == 400
    operator = {"authorization": f"Bearer {rig.operator()}"}
    assert rig.ask("POST", f"{N}/operator", {"act": "pause\n"}, headers=operator).status == 400
    assert rig.facts("ended", "reported") == operated(rig) == []


def test_a_fetched_playlist_is_a_sign_of_life(rig: Rig) -> None:
    """Seen elsewhere: who talked only to the delivery network for 45 minutes counted as gone."""
    token = rig.watch(7).json["playback_token"]
    rig.at_s += 120
    rig.raw("GET", "/v1/check", headers={"x-original-uri": f"/live/north/{token}/canal-plus/master.m3u8"})
    assert rig.door.house.inside(rig.now) == 1.0


def test_health_readiness_and_keys(rig: Rig) -> None:
    """Ready only once the log is read back."""
    assert rig.ask("GET", "/healthz").status == 200
    assert rig.ask("GET", "/readyz").status == 503
    rig.door.ready()
    assert rig.ask("GET", "/readyz").status == 200
    keys, own = rig.ask("GET", "/.well-known/jwks.json").json["keys"], rig.keys.signing[0].id
    assert [key["kid"] for key in keys] == [own, f"{own}-es256"]


def test_metrics_are_prometheus_text_of_the_true_counts(rig: Rig) -> None:
    """Scraped by what operators already run."""
    rig.watch(7)
    rig.join(8)
    rig.ask("POST", f"{N}/passes", {"ticket": "x"})
    reply = rig.raw("GET", "/metrics")
    assert isinstance(reply, Reply)
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(reply.body.decode())
        for sample in family.samples
    }
    assert samples["kickoff_door_joined_total",] == 2
    assert samples["kickoff_door_passed_total",] == 1
    assert samples["kickoff_door_refused_total", "bad_token"] == 1
    assert samples["kickoff_door_leases",] == 1
    assert samples["kickoff_door_line",] == 1


def test_the_operator_acts_and_sees_the_house(rig: Rig) -> None:
    """Pause, cap, notice, incident: each recorded, each in force at the next tick."""
    token = rig.operator()
    acts = [("pause", None), ("resume", None), ("cap", 2.5), ("notice", {"fr": "Patience", "en": "Patience"})]
    for act, value in acts:
        done = rig.ask("POST", f"{N}/operator", {"act": act, "value": value, "by": "t"}, session=token)
        assert done.status == 200
    assert [fact["code"] for fact in operated(rig)] == ["pause", "resume", "cap", "notice"]
    assert [fact["rate_per_s"] for fact in operated(rig)] == [-1, -1, 2_500, -1]
    reading = rig.door.reading(rig.night.at(rig.at_s))
    assert (reading.paused, reading.cap_per_s) == (False, 2.5)
    house = rig.ask("GET", f"{N}/house", session=token)
    assert house.json.keys() == HOUSE_KEYS
    assert (house.json["binding"], house.json["rate_per_s"], house.json["open"]) == ("sign_in", 10.0, False)


@pytest.mark.parametrize(
    "body",
    [
        {"act": "open"}, {"act": "cap", "value": -1}, {"act": "cap", "value": "x"}, {"act": "notice", "value": "x"},
        {"act": "incident", "value": {"a": "b"}}, {"act": "incident", "value": "x" * 41},
        {"act": "cap", "value": True}, {"act": "notice", "value": {"fr": 1}},
        {"act": "pin", "value": 0.5}, {"act": "pin", "value": 1e6}, {"act": "pin", "value": True},
        {"act": "pin", "value": "x"}, {"act": "drain"}, {"act": "drain", "value": 1}, {"act": "lanes", "value": 0.5},
        {"act": "lanes", "value": {"main": 0.81}}, {"act": "lanes", "value": {"slow": 0.5}},
        {"act": "lanes", "value": {"main": -0.1}}, {"act": "lanes", "value": {"main": 0.6, "known": 0.6}},
        {"act": "lanes", "value": {"vip": 0.1}}, {"act": "lanes", "value": {"main": "x"}},
        {"act": "ladder", "value": 9}, {"act": "ladder", "value": 0.5}, {"act": "ladder", "value": True},
        {"act": "queue"}, {"act": "queue", "value": 1}, {"act": "codes", "value": {"waiting": 404}},
        {"act": "codes", "value": {"shed": 200}}, {"act": "codes", "value": {"other": 429}},
        {"act": "codes", "value": 1}, {"act": "schedule", "value": {}}, {"act": "schedule", "value": {"kick_off": 1}},
        {"act": "schedule", "value": {"doors": "x"}}, {"act": "schedule", "value": {"ends": 1}},
    ],
)  # fmt: skip
def test_impossible_acts_change_nothing(rig: Rig, body: dict[str, object]) -> None:
    """One line that says what is wrong."""
    assert rig.ask("POST", f"{N}/operator", body, session=rig.operator()).status == 400
    assert operated(rig) == []


def test_the_operator_pins_the_heartbeat_and_guarantees_lanes(rig: Rig) -> None:
    """In force at the next tick: the pinned interval is what everybody inside is told, the shares go to admission."""
    token, most = rig.operator(), rig.night.door.beat_s_max
    acts: list[tuple[str, object]] = [("pin", most), ("lanes", {"main": 0.5, "known": 0.1})]
    for act, value in acts:
        assert rig.ask("POST", f"{N}/operator", {"act": act, "value": value}, session=token).status == 200
    done = [(fact["code"], fact["duration_ms"]) for fact in operated(rig)]
    assert done == [("pin", most * 1000), ("lanes known 0.1 main 0.5", -1)]
    reading = rig.door.reading(rig.night.at(rig.at_s))
    assert reading.guaranteed == {"main": 0.5, "known": 0.1}
    snapshot, _ = Conductor(rig.night).tick(reading, line_input(rig.door))
    assert snapshot.beat_s == most
    house = rig.ask("GET", f"{N}/house", session=token).json
    assert (house["pin_s"], house["drains"], house["guaranteed"]) == (most, False, {"main": 0.5, "known": 0.1})
    for act in ("pin", "lanes"):
        rig.ask("POST", f"{N}/operator", {"act": act, "value": None}, session=token)
    assert rig.door.reading(rig.night.at(rig.at_s)).guaranteed == {}
    assert line_input(rig.door).beat_s is None


def test_the_operator_pins_the_largest_picture(rig: Rig) -> None:
    """Whoever watches is told at the next beat; let go, the ladder is as ordered again."""
    token, lowest = rig.operator(), len(rig.night.ladder_kbps) - 1
    assert rig.ask("POST", f"{N}/operator", {"act": "ladder", "value": lowest}, session=token).status == 200
    assert [fact["code"] for fact in operated(rig)] == [f"ladder {lowest}"]
    conductor = Conductor(rig.night)
    snapshot, _ = conductor.tick(rig.door.reading(rig.night.at(rig.at_s)), line_input(rig.door))
    assert snapshot.bitrate_cap_kbps == rig.night.ladder_kbps[-1]
    assert rig.ask("GET", f"{N}/house", session=token).json["ladder_step"] == lowest
    rig.ask("POST", f"{N}/operator", {"act": "ladder", "value": None}, session=token)
    snapshot, _ = conductor.tick(rig.door.reading(rig.night.at(rig.at_s)), line_input(rig.door))
    assert snapshot.bitrate_cap_kbps is None


def test_a_line_that_drains_gives_no_new_place_and_serves_those_who_hold_one(rig: Rig) -> None:
    """Whoever stands in line has been promised something; who comes meanwhile is told when to ask again."""
    token, body = rig.operator(), {"channel": "canal-plus", "client": CLIENT}
    held = rig.ask("POST", f"{N}/tickets", body, session=rig.session(1))
    assert rig.ask("POST", f"{N}/operator", {"act": "drain", "value": True}, session=token).status == 200
    again = rig.ask("POST", f"{N}/tickets", body, session=rig.session(1))
    assert (again.status, again.json["place"]) == (200, held.json["place"])
    refused = rig.ask("POST", f"{N}/tickets", body, session=rig.session(2))
    assert (refused.status, refused.json["code"]) == (503, "draining")
    assert int(refused.headers["Retry-After"]) >= 30
    rig.serve(1)
    assert rig.ask("POST", f"{N}/passes", {"ticket": held.json["ticket"]}).status == 201
    assert [fact["code"] for fact in rig.facts("refused")] == ["draining"]
    rig.ask("POST", f"{N}/operator", {"act": "drain", "value": False}, session=token)
    assert rig.ask("POST", f"{N}/tickets", body, session=rig.session(2)).status == 201


def test_a_door_alone_says_that_it_leads(rig: Rig) -> None:
    """The console shows one kind of list, however many share the night."""
    house = rig.ask("GET", f"{N}/house", session=rig.operator()).json
    assert house["doors"] == [{"name": "door", "kind": "door", "at": rig.now, "leads": True}]
    assert house["leader"] == "door"


def test_only_the_operator_operates_and_looks(rig: Rig) -> None:
    """A viewer's session is no operator's token."""
    for session in ("", rig.session(7), rig.operator()[:-1]):
        assert rig.ask("POST", f"{N}/operator", {"act": "pause"}, session=session).status == 403
        assert rig.ask("GET", f"{N}/house", session=session).status == 403
    assert not rig.door.house.paused


def test_the_house_tells_the_journal_what_it_saw(rig: Rig) -> None:
    """Calls by step, the rate when it changes, each word of health once, the match clock as it strikes."""
    rig.join(1)
    rig.join(2)
    health = Health(dependency="sign_in", at=rig.night.at(31), utilisation=0.5, queue_ms=3, errors=0, capacity_per_s=45)
    rig.door.heard((health,))
    rig.door.heard((health,))
    rig.at_s = 61
    rig.serve(2)
    rig.serve(2)
    assert [(fact["place"], fact["subject"]) for fact in rig.facts("called")] == [(2, -(2**63))]
    assert [fact["utilisation"] for fact in rig.facts("health")] == [500_000]
    assert [(fact["at"], fact["code"]) for fact in rig.facts("match")] == [(rig.night.at(60), "kick_off")]
    assert [(fact["code"], fact["rate_per_s"]) for fact in rig.facts("rate")] == [("sign_in", 10_000)]
    assert rig.door.house.permit.limit < 200


def test_a_serving_number_that_was_shown_never_goes_back(rig: Rig) -> None:
    """A new leader may not have heard the last one's word; whoever saw it keeps their turn."""
    rig.serve(40)
    shown = rig.door.house.snapshot
    rig.serve(30)
    told = never_back(rig.door.house.snapshot, shown)
    assert {lane.serving for lane in told.lanes.values()} == {40}
    assert never_back(shown, told) is shown


def pressed(rig: Rig, step: str, cookies: dict[str, str], **fields: str) -> tuple[int, str]:
    """A form of the page without JavaScript: its status, and where it leads. What it sets is kept."""
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
    page = rig.raw("POST", f"/psg-juventus/wait/{step}", urlencode(fields).encode(), {"cookie": cookie})
    assert isinstance(page, Reply)
    for name, value in page.headers:
        if name == "Set-Cookie":
            cookies |= {key: morsel.value for key, morsel in SimpleCookie(value).items()}
    return page.status, dict(page.headers).get("Location", "")


def test_the_page_without_a_script_goes_through_a_line_that_others_share() -> None:
    """Its one call that waits is answered by the line, its other calls by the door: each by its own."""
    line = FakeLine()
    rig, other = Rig(line=line, pages=True), Rig(line=line, pages=True)
    rig.join(8)
    cookies = {"kickoff_session": rig.session(7)}
    assert pressed(rig, "join", cookies) == (303, "/psg-juventus/wait")
    assert cookies["kickoff_wait_place"] == "known.2.1"
    again = {"kickoff_session": rig.session(7)}
    # The other door does not know the household: the line says that it has a place.
    assert pressed(other, "join", again) == (303, "/psg-juventus/wait")
    assert again["kickoff_wait_place"] == "known.2.1"
    rig.serve(2)
    assert pressed(rig, "enter", cookies) == (303, "/psg-juventus/wait")
    assert pressed(rig, "watch", cookies, channel="canal-plus") == (303, "/psg-juventus/wait/watch")
    assert rig.door.house.leases.open_total == 1


def test_a_device_watches_without_a_script_on_a_line_that_others_share() -> None:
    """Its place is asked for at the line when it is used, too."""
    rig = Rig(line=FakeLine(), pages=True)
    cookies: dict[str, str] = {}
    assert pressed(rig, "join", cookies) == (303, "/psg-juventus/wait")
    assert cookies["kickoff_wait_place"] == "main.1.0"
    rig.serve(1)
    assert pressed(rig, "enter", cookies)[0] == 303
    cookies["kickoff_session"] = rig.session(7)
    assert pressed(rig, "watch", cookies, channel="canal-plus") == (303, "/psg-juventus/wait/watch")
    assert [fact["place"] for fact in rig.facts("leased")] == [1]
