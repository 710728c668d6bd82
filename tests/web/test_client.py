"""The JavaScript client by itself: what docs/client.md shows runs, and its pauses are drawn as the door says."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from altcha import Payload, create_challenge, verify_solution

from tests.door.process import NIGHT, DoorProcess
from tests.web.browser import ROOT
from tests.web.test_scripts import SCRIPTS, run

GUIDE = ROOT / "docs" / "client.md"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DoorProcess]:
    """A door that calls everybody at once."""
    door = DoorProcess(tmp_path_factory.mktemp("client"))
    door.start()
    yield door
    door.kill()


def test_what_the_guide_shows_leads_in(door: DoorProcess) -> None:
    """An app's author copies it: from the join to the pass, against a real door."""
    shown = re.findall(r"(?s)```js\n(.*?)```", GUIDE.read_text("utf-8"))
    assert len(shown) == 1
    text = shown[0].replace("./client.js", f"{SCRIPTS}/client.js").replace('"NIGHT"', json.dumps(NIGHT))
    text = text.replace("https://match.example", f"http://127.0.0.1:{door.port}")
    found = run(f"""
        {text}
        const seen = [];
        const sleep = (seconds) => new Promise((done) => setTimeout(done, seconds * 20));
        const pass = await comeIn((standing) => seen.push(standing), sleep);
        console.log(JSON.stringify({{ pass, last: seen.at(-1) }}));
    """)
    assert (found["pass"]["status"], found["pass"]["ok"], found["pass"]["body"]["sign_in"]) == (201, True, True)
    assert found["last"]["called"] is True


def looks(status: dict[str, Any], due_s: str = "undefined", count: int = 400) -> list[float]:
    """So many pauses after this status object, in seconds."""
    return list(
        run(f"""
        import {{ lookAgainS }} from "{SCRIPTS}/client.js";
        const status = {json.dumps(status)};
        console.log(JSON.stringify(Array.from({{ length: {count} }}, () => lookAgainS(status, [5, 10], {due_s}))));
    """)
    )


def test_a_pause_is_drawn_from_the_polling_range() -> None:
    """Never twice the same: who polls at a fixed interval meets all others."""
    found = looks({"at": 1_000_000, "appointment": None})
    assert 5 <= min(found) < 5.5
    assert 9.5 < max(found) <= 10
    assert len(set(found)) == len(found)


def test_who_is_called_at_once_looks_within_a_second() -> None:
    """Where no line stands, a poll is all the wait there is: nobody should wait for it."""
    found = looks({"at": 1_000_000, "appointment": None}, "0.1")
    assert 0.6 <= min(found) < max(found) <= 1.1
    later = looks({"at": 1_000_000, "appointment": None}, "7")
    assert 5 <= min(later) < 5.5
    assert 9.5 < max(later) <= 10


def test_an_appointment_is_kept_by_the_doors_clock_and_spread_over_its_range() -> None:
    """The device's own clock may be wrong by years."""
    at = 1_662_490_800_000_000
    found = looks({"at": at, "appointment": [at + 150_000_000, at + 300_000_000]})
    assert 150 <= min(found) < 155
    assert 295 < max(found) <= 300
    halves = sum(seconds < 225 for seconds in found)
    assert 150 < halves < 250
    # Over already, as from an old cache: not at once, but as a poll.
    assert set(looks({"at": at, "appointment": [at - 9_000_000, at - 2_000_000]}, count=3)) == {5}


@pytest.mark.parametrize(
    ("status", "kind", "body", "told"),
    [
        (200, "application/json", {"place": 1}, (True, "")),
        (202, "application/problem+json", {"code": "not_yet"}, (False, "not_yet")),
        (200, "application/problem+json", {"code": "not_yet"}, (False, "not_yet")),
        (503, "application/problem+json", {"code": "full"}, (False, "full")),
        (503, "text/html", None, (False, "")),
    ],
)
def test_an_answer_is_read_by_its_kind_and_code(status: int, kind: str, body: object, told: tuple[bool, str]) -> None:
    """The operator chooses the status of those who wait: it says nothing of what is meant."""
    text = "<html>" if body is None else json.dumps(body)
    found = run(f"""
        import {{ Client }} from "{SCRIPTS}/client.js";
        globalThis.fetch = async () => new Response({json.dumps(text)}, {{
            status: {status}, headers: {{ "Content-Type": {json.dumps(kind)}, "Retry-After": "7" }},
        }});
        const {{ ok, code, retryS }} = await new Client("n").join();
        console.log(JSON.stringify([ok, code, retryS]));
    """)
    assert found == [*told, 7]


@pytest.mark.parametrize("prefix", ["00", "0"])
def test_a_challenge_is_solved_as_the_standard_library_of_the_door_wants_it(prefix: str) -> None:
    """A stranger from a hot network works for a second and has a place in the main lane; the person does nothing."""
    made = create_challenge("PBKDF2/SHA-256", 50, key_prefix=prefix, data={"for": "1"}, hmac_secret=b"s" * 32)
    challenge = json.dumps(made.to_dict())
    found = run(f"""
        import {{ Client }} from "{SCRIPTS}/client.js";
        const asked = [];
        globalThis.fetch = async (path, sent) => {{
            asked.push(JSON.parse(sent.body));
            const slow = {{ ticket: "t", lane: "slow", place: 1, number: 1, challenge: {challenge} }};
            const body = asked.length === 1 ? slow : {{ ticket: "u", lane: "main", place: 9, number: 9 }};
            return Response.json(body, {{ status: 201 }});
        }};
        const answer = await new Client("n").join({{ channel: "c", attempts: [{{ at: 1, what: "unreachable" }}] }});
        console.log(JSON.stringify({{ lane: answer.body.lane, asked }}));
    """)
    assert found["lane"] == "main"
    first, second = found["asked"]
    assert [len(body["attempts"]) for body in (first, second)] == [1, 0], "what happened before is told once"
    assert verify_solution(Payload.from_base64(second["proof"]), b"s" * 32).verified


def test_every_call_of_the_client_says_what_it_takes_and_gives() -> None:
    """Its types are its documentation: each public method has a comment of its own."""
    text = Path(ROOT / "src/kickoff/web/scripts/client.js").read_text("utf-8")
    methods = re.findall(r"(?m)^  (?:async )?([a-z]\w+)\([^)]*\) \{$", text)
    documented = re.findall(r"(?s)\*/\n  (?:async )?([a-z]\w+)\(", text)
    assert len(documented) > 12
    assert set(methods) - {"constructor", "call", "proved"} == set(documented) - {"constructor"}
