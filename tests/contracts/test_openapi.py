"""The description of the viewer API holds: a real door, asked what the description allows and what it does not."""

from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, Response
from schemathesis.checks import CheckFunction, load_all_checks
from schemathesis.core import NOT_SET
from schemathesis.specs.openapi.checks import positive_data_acceptance
from schemathesis.specs.openapi.schemas import OpenApiSchema

from kickoff.accounts.sessions import OPERATOR_PURPOSE, SESSION_PURPOSE, OperatorClaims, session_claims
from kickoff.clock import WallClock
from kickoff.door.health import HEALTH_PURPOSE, HealthClaims
from kickoff.door.openapi import OPERATIONS
from kickoff.door.openapi_operation import Operation
from kickoff.door.pairing import GRANT
from kickoff.plumbing import key_files
from kickoff.seals import Seals
from kickoff.units import US_PER_S
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

    def operator(self) -> dict[str, str]:
        """The header of an operator."""
        claims = OperatorClaims(name="o", expires_at=WallClock().now() + 600 * US_PER_S)
        return {"Authorization": f"Bearer {self._seals.seal(OPERATOR_PURPOSE, claims)}"}

    def service(self) -> dict[str, str]:
        """The header of a service that tells its health."""
        claims = HealthClaims(name="s", night="psg-juventus", expires_at=WallClock().now() + 600 * US_PER_S)
        return {"Authorization": f"Bearer {self._seals.seal(HEALTH_PURPOSE, claims)}"}

    def call(
        self, method: str, path: str, body: Json = None, *, who: dict[str, str] | None = None, form: bool = False
    ) -> Response:
        """One request, of the household unless said otherwise; the answer must be as described."""
        case = self.schema[path][method].Case(
            path_parameters={"night": "psg-juventus", "lease": self.lease},
            media_type="application/x-www-form-urlencoded" if form else "application/json",
            body=NOT_SET if body is None else body,
        )
        return case.call_and_validate(
            headers=who or self.session(8),
            timeout=ANSWERS_WITHIN_S,
            excluded_checks=[positive_data_acceptance] if form else [],
        )

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
        # RFC 8628 answers 400 to whoever asks rightly and has no answer yet: it is described, with a body of its own.
        excluded: list[CheckFunction] = [positive_data_acceptance] if operation.id == "ask_code" else []
        case.call_and_validate(headers=described.session(7), timeout=ANSWERS_WITHIN_S, excluded_checks=excluded)

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


def test_a_televisions_code_is_answered_as_described(described: Described) -> None:
    """RFC 8628: the code, asked about too soon, said yes to; a code that nobody was given."""
    shown = described.call("POST", "/v1/{night}/devices", {}, form=True).json()
    form: Json = {"grant_type": GRANT, "device_code": shown["device_code"]}
    asked = described.call("POST", "/v1/{night}/devices/token", form, form=True)
    assert (asked.status_code, asked.json()["error"]) == (400, "slow_down")
    form = {"grant_type": GRANT, "device_code": "forged"}
    asked = described.call("POST", "/v1/{night}/devices/token", form, form=True)
    assert (asked.status_code, asked.json()["error"]) == (400, "invalid_grant")
    yes: Json = {"user_code": shown["user_code"], "allow": True}
    assert described.call("POST", "/v1/{night}/devices/decision", yes).status_code == 204
    assert described.call("POST", "/v1/{night}/devices/proof", yes).status_code == 404


def test_operators_and_services_are_answered_as_described(described: Described) -> None:
    """With the tokens that the command line prints."""
    who = described.operator()
    for act in ("pause", "resume"):
        assert described.call("POST", "/v1/{night}/operator", {"act": act}, who=who).status_code == 200
    reading: Json = {
        "dependency": "sign_in", "at": WallClock().now(), "utilisation": 0.1, "capacity_per_s": 900.0,
    }  # fmt: skip
    assert described.call("POST", "/v1/{night}/health", reading, who=described.service()).status_code == 202
    assert described.call("GET", "/v1/{night}/house", who=who).status_code == 200
