"""What a refusal says besides its words: how to show who one is, and when to come back, never all at once."""

import ast
from pathlib import Path

import pytest

from kickoff.door import problems
from kickoff.door.answerer import crowded
from kickoff.door.problems import TITLES, problem
from kickoff.door.seam import Reply
from kickoff.settings import DoorSettings
from tests.door.rig import N, Rig

DOOR = Path(problems.__file__).parent


def retry_of(reply: object) -> str:
    """Its Retry-After."""
    assert isinstance(reply, Reply), "answered at once"
    return dict(reply.headers)["Retry-After"]


@pytest.mark.parametrize("code", [code for code, (status, _) in TITLES.items() if status == 401])
def test_every_401_says_how_to_show_who_one_is(code: str) -> None:
    """RFC 9110 §15.5.2: it must."""
    assert ("WWW-Authenticate", 'Bearer realm="kickoff"') in problem(code).headers


def test_an_edges_401_says_so_too() -> None:
    """`auth_request` of nginx hands it on."""
    assert Rig().ask("GET", "/v1/check").headers["WWW-Authenticate"] == 'Bearer realm="kickoff"'


def test_nobody_is_told_the_same_time_to_come_back_as_everybody() -> None:
    """Those who are sent away together would come back together."""
    rig = Rig()
    rig.door.close()
    for told in (
        {retry_of(rig.door.unwritten(Reply(status=201))) for _ in range(40)},
        {retry_of(crowded(number)) for number in range(40)},
        {retry_of(rig.raw("GET", "/readyz")) for _ in range(40)},
    ):
        assert len(told) > 1
    flooded = Rig(settings=DoorSettings(joins_per_network_per_s=1))
    flooded.peer = "203.0.113.9"
    answers = [flooded.raw("POST", f"{N}/devices") for _ in range(40)]
    assert len({retry_of(reply) for reply in answers if isinstance(reply, Reply) and reply.status == 429}) > 1


def test_no_refusal_of_the_door_names_a_constant_time() -> None:
    """Each `retry_s` of a problem is drawn: a number, or the name of one, is the same for everybody."""
    constant = []
    for path in sorted(DOOR.glob("*.py")):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "problem":
                for word in call.keywords:
                    is_one = isinstance(word.value, ast.Constant) or ast.unparse(word.value).isupper()
                    if word.arg == "retry_s" and is_one:
                        constant.append(f"{path.name}:{call.lineno}")
    assert not constant
