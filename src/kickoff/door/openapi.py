"""`GET /openapi.json`: the viewer API described to machines (OpenAPI 3.1), made from the types that read and write."""

from collections.abc import Iterable
from typing import Any

import msgspec

from kickoff.audience.player_events import EyevinnEvent
from kickoff.door import bodies, collectors
from kickoff.door import openapi_shapes as shapes
from kickoff.door.answer_codes import choices
from kickoff.door.openapi_operation import Operation
from kickoff.door.openapi_others import OTHERS
from kickoff.door.problems import CONTENT_TYPE, TITLES
from kickoff.playback.beats import Beat

Document = dict[str, Any]
_REF = "#/components/schemas/{name}"
_ALWAYS = ("bad_request", "body_too_large", "head_too_large", "defect")
"""What any operation may be told."""


_ANYBODY_KNOWN = ("", "session", "session_cookie", "device", "device_cookie")
_LEASE_PROBLEMS = ("bad_token", "expired", "stopped", "ended")
OPERATIONS: tuple[Operation, ...] = (
    Operation(
        method="post",
        path="/v1/{night}/tickets",
        id="join",
        summary="Take a place in line, or get the same place again",
        takes=(bodies.JoinBody,),
        answers={200: shapes.Place, 201: shapes.Place},
        problems=("not_in_offer", "bad_token", "closed", "rate_limited", "not_open", "draining", "full", "unwritten"),
        who=_ANYBODY_KNOWN,
    ),
    Operation(
        method="get",
        path="/v1/{night}/status",
        id="status",
        summary="The status object: the same bytes for everybody",
        answers={200: shapes.Status},
    ),
    Operation(
        method="post",
        path="/v1/{night}/passes",
        id="redeem",
        summary="Redeem a called ticket for a pass, or be told how long it takes",
        takes=(bodies.RedeemBody,),
        answers={201: shapes.Pass},
        problems=("not_yet", "bad_token", "expired", "proof_needed", "already_in", "unwritten"),
    ),
    Operation(
        method="post",
        path="/v1/{night}/sessions",
        id="sign_in",
        summary="Sign in, with a pass, under the permit",
        takes=(bodies.SignInBody,),
        answers={201: shapes.Session},
        problems=(
            *("bad_token", "expired", "wrong_login", "sign_in_busy", "too_many_codes", "backend_failed", "unwritten"),
        ),
    ),
    Operation(
        method="post",
        path="/v1/{night}/leases",
        id="watch",
        summary="Begin a stream with a pass, or come back to one with its lease",
        takes=(bodies.LeaseBody,),
        answers={201: shapes.Lease},
        problems=(
            *("no_session", "bad_token", "expired", "not_in_offer", "no_pass", "too_many_streams", "full"),
            *("full_house", "not_ready", "stopped", "ended"),
        ),
        who=("session", "session_cookie"),
    ),
    Operation(
        method="put",
        path="/v1/{night}/leases/{lease}",
        id="switch",
        summary="Another channel of the offer: never meets the line",
        takes=(bodies.SwitchBody,),
        answers={200: shapes.Lease},
        problems=("not_in_offer", *_LEASE_PROBLEMS),
    ),
    Operation(
        method="delete",
        path="/v1/{night}/leases/{lease}",
        id="end",
        summary="End a stream",
        takes=(bodies.EndBody,),
        is_body_optional=True,
        answers={204: None},
        problems=("bad_token", "expired"),
    ),
    Operation(
        method="post",
        path="/v1/{night}/leases/{lease}/beats",
        id="beat",
        summary="Say how it plays; carries CMCD v2 state",
        takes=(Beat,),
        answers={200: shapes.Beaten},
        problems=(*_LEASE_PROBLEMS, "unwritten"),
    ),
    Operation(
        method="post",
        path="/v1/{night}/beacons",
        id="beacons",
        summary="Beats that name their lease, players' events in other formats, and collectors' batches",
        takes=(bodies.Beacon, EyevinnEvent),
        listed_max=100,
        also={"application/cmcd": str, collectors.CONTENT_TYPE: collectors.Columns},
        answers={202: None},
        problems=("bad_token", "expired", "unwritten"),
    ),
    Operation(
        method="post",
        path="/v1/{night}/reports",
        id="report",
        summary="A subscriber says what they see",
        takes=(bodies.ReportBody,),
        answers={202: None},
        problems=("no_session",),
        who=("session", "session_cookie"),
    ),
    *OTHERS,
)

_SECURITY: Document = {
    "session": {"type": "http", "scheme": "bearer"},
    "session_cookie": {"type": "apiKey", "in": "cookie", "name": "kickoff_session"},
    "device": {"type": "apiKey", "in": "header", "name": "X-Kickoff-Device"},
    "device_cookie": {"type": "apiKey", "in": "cookie", "name": "kickoff_device"},
    "operator": {"type": "http", "scheme": "bearer", "description": "of `kickoff keys operator`"},
    "service": {"type": "http", "scheme": "bearer", "description": "of `kickoff health`"},
}


def document(night: str, *, channels: Iterable[str], version: str) -> bytes:
    """The description of one night's API, as JSON."""
    kinds = [kind for operation in OPERATIONS for kind in _kinds(operation)]
    wanted = [*kinds, shapes.Problem]
    references, schemas = msgspec.json.schema_components(wanted, schema_hook=_any_value, ref_template=_REF)
    # Only a door that is open to all takes a sign-in without a pass.
    schemas["SignInBody"]["properties"]["night"] = {"const": night}
    schemas["SignInBody"]["required"] += ["pass"]
    # Nobody can wait for another one.
    schemas["JoinBody"]["properties"]["channel"] = {"enum": ["", *channels], "default": ""}
    named = dict(zip(wanted, references, strict=True))
    paths: Document = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _described(operation, named)
    for path, item in paths.items():
        if parameters := _parameters(path, night):
            item["parameters"] = parameters
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": "Kickoff viewer API", "version": version},
            "paths": paths,
            "components": {"schemas": schemas, "securitySchemes": _SECURITY},
        }
    )


def _described(operation: Operation, named: dict[Any, Document]) -> Document:
    found: Document = {"operationId": operation.id, "summary": operation.summary, "responses": {}}
    if operation.who:
        found["security"] = [{scheme: []} if scheme else {} for scheme in operation.who]
    if operation.headers:
        found["parameters"] = [
            {"name": name, "in": "header", "schema": {"type": "string"}, "description": told}
            for name, told in operation.headers.items()
        ]
    if operation.form:
        content = {"application/x-www-form-urlencoded": {"schema": named[operation.form]}}
        found["requestBody"] = {"required": not operation.is_body_optional, "content": content}
    elif operation.takes:
        content = {"application/json": {"schema": _body(operation, named)}}
        content |= {kind: {"schema": named[body]} for kind, body in operation.also.items()}
        found["requestBody"] = {"required": not operation.is_body_optional, "content": content}
    for status, kind in operation.answers.items():
        body = {"content": {"application/json": {"schema": named[kind]}}} if kind else {}
        found["responses"][str(status)] = {"description": "done", **body}
    for status, codes in _by_status((*operation.problems, *_ALWAYS)).items():
        refusal, done = _refusal(status, codes, named[shapes.Problem]), found["responses"].get(str(status))
        if done:
            refusal["description"] = f"{done['description']} · {refusal['description']}"
            refusal["content"] |= done.get("content", {})
        found["responses"][str(status)] = refusal
    return found


def _any_value(kind: type) -> Document:
    """What a player's event carries beside what we read of it."""
    assert kind is object, f"{kind}: this type has no schema"
    return {"description": "any value"}


def _kinds(operation: Operation) -> list[Any]:
    """Every type that an operation names."""
    named = (*operation.takes, operation.form, *operation.also.values(), *operation.answers.values())
    return [kind for kind in named if kind is not None]


def _body(operation: Operation, named: dict[Any, Document]) -> Document:
    """Any of the types, alone or in a list of one kind."""
    each = [named[kind] for kind in operation.takes]
    if operation.listed_max:
        each += [{"type": "array", "items": one, "maxItems": operation.listed_max} for one in tuple(each)]
    return each[0] if len(each) == 1 else {"anyOf": each}


def _by_status(codes: tuple[str, ...]) -> dict[int, list[str]]:
    """Status → the codes that are answered with it; where the operator chooses, with each that may be chosen."""
    found: dict[int, list[str]] = {}
    for code in codes:
        for status in choices(code) or (TITLES[code][0],):
            found.setdefault(status, []).append(code)
    return found


def _refusal(status: int, codes: list[str], schema: Document) -> Document:
    refusal: Document = {
        "description": " · ".join(f"{code}: {TITLES[code][1]}" for code in codes),
        "content": {CONTENT_TYPE: {"schema": schema}},
    }
    if status == 401:
        refusal["headers"] = {"WWW-Authenticate": {"description": "Bearer", "schema": {"type": "string"}}}
    if status in {429, 503}:
        refusal["headers"] = {
            "Retry-After": {"description": "whole seconds, personal and jittered", "schema": {"type": "integer"}}
        }
    return refusal


def _parameters(path: str, night: str) -> list[Document]:
    known: dict[str, Document] = {"night": {"const": night}, "lease": {"type": "string", "maxLength": 1024}}
    return [
        {"name": name, "in": "path", "required": True, "schema": schema}
        for name, schema in known.items()
        if f"{{{name}}}" in path
    ]
