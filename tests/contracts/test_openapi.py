"""The description of the viewer API holds: a real door, asked what the description allows and what it does not."""

from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, Response
from schemathesis.checks import load_all_checks
from schemathesis.core import NOT_SET
from schemathesis.specs.openapi.schemas import OpenApiSchema

from kickoff.accounts.sessions import SESSION_PURPOSE, session_claims
from kickoff.clock import WallClock
from kickoff.door.openapi import OPERATIONS, Operation
from kickoff.plumbing import key_files
from kickoff.seals import Seals
from tests.door.process import DoorProcess

ANSWERS_WITHIN_S = 20
Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
load_all_checks()
schemathesis.serializer.alias("application/cmcd", "text/plain")


class Described:
    """A running door, its own description, and the session of a household."""

    def __init__(self, door: DoorProcess) -> None:
        self.base = f"http://127.0.0.1:{door.port}"
        self.schema: OpenApiSchema = schemathesis.openapi.from_url(f"{self.base}/openapi.json")
        self._seals = Seals(key_files.load_or_create(door.folder).seals)

    def session(self, account: int) -> dict[str, str]:
        """The header of a household's session."""
        claims = session_claims(account, "sport", 2, at_us=WallClock().now())
        return {"Authorization": f"Bearer {self._seals.seal(SESSION_PURPOSE, claims)}"}

    def call(self, method: str, path: str, body: Json = None) -> Response:
        """One request of the household; the answer must be as described."""
        case = self.schema[path][method].Case(
            path_parameters={"night": "psg-juventus", "lease": self.lease},
            media_type="application/json",
            body=NOT_SET if body is None else body,
        )
        return case.call_and_validate(headers=self.session(8), timeout=ANSWERS_WITHIN_S)

    lease = ""


def whole(body: Json) -> Json:
    """Whole numbers as every writer of JSON writes them: 97, not 97.0, which the schema's "integer" allows as well."""
    if isinstance(body, dict):
        return {name: whole(value) for name, value in body.items()}
    if isinstance(body, list):
        return [whole(value) for value in body]
    return int(body) if isinstance(body, float) and body.is_integer() else body


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Described]:
    """A door that calls everybody at once."""
    door = DoorProcess(
        tmp_path_factory.mktemp("described"), settings={"KICKOFF_DOOR_JOINS_PER_NETWORK_PER_S": "100000"}
    )
    door.start()
    try:
        yield Described(door)
    finally:
        door.stop()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_whatever_is_sent_is_answered_as_described(described: Described, operation: Operation) -> None:
    """No answer is a defect, has a status or a type of body that is not described, or a body of another shape."""
    api = described.schema[operation.path][operation.method]

    @settings(
        max_examples=40,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=api.as_strategy())
    def asked(case: Case[Any]) -> None:
        if isinstance(case.body, dict | list):
            case.body = whole(case.body)
        case.call_and_validate(headers=described.session(7), timeout=ANSWERS_WITHIN_S)

    asked()


def test_the_way_in_is_answered_as_described(described: Described) -> None:
    """The answers of a whole evening of one household, from the join to the end of its stream."""
    place = described.call("POST", "/v1/{night}/tickets", {"channel": "canal-plus"})
    assert place.status_code == 201
    passed = described.call("POST", "/v1/{night}/passes", {"ticket": place.json()["ticket"]})
    while passed.status_code == 429:
        passed = described.call("POST", "/v1/{night}/passes", {"ticket": place.json()["ticket"]})
    lease = described.call("POST", "/v1/{night}/leases", {"pass": passed.json()["pass"], "channel": "canal-plus"})
    assert lease.status_code == 201
    described.lease = lease.json()["lease"]
    assert described.call("POST", "/v1/{night}/leases/{lease}/beats", {"sta": "p", "msd": 900}).status_code == 200
    beacon: Json = {"lease": described.lease, "sta": "p", "watched_ms": 500}
    assert described.call("POST", "/v1/{night}/beacons", [beacon]).status_code == 202
    assert described.call("PUT", "/v1/{night}/leases/{lease}", {"channel": "canal-plus-foot"}).status_code == 200
    assert described.call("POST", "/v1/{night}/reports", {"what": "sound"}).status_code == 202
    assert described.call("DELETE", "/v1/{night}/leases/{lease}").status_code == 204
    assert described.call("GET", "/v1/{night}/status").status_code == 200
