"""What does the API hold besides a viewer's way in? Televisions' codes, the operator's acts, services and edges."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from kickoff.admission.signals import DEPENDENCIES_MAX
from kickoff.door import bodies
from kickoff.door import openapi_shapes as shapes
from kickoff.door.health import ReadingBody
from kickoff.door.openapi_operation import Operation
from kickoff.door.pairing import GRANT


class DeviceForm(Struct, kw_only=True, rename={"pass_": "pass"}):
    """A television wants a code. `pass`: of its turn; by its code a phone may then sign in."""

    pass_: bodies.Token = ""


class DeviceCode(Struct, kw_only=True):
    """What a television shows, and what it asks with (RFC 8628 §3.2). Times in seconds."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in: int
    interval: int


class TokenForm(Struct, kw_only=True):
    """A television asks whether somebody has said yes (RFC 8628 §3.4)."""

    grant_type: Annotated[str, Meta(pattern=f"^{GRANT}$")]
    device_code: bodies.Token


class DeviceToken(Struct, kw_only=True):
    """A session of the household that said yes."""

    access_token: str
    token_type: str
    expires_in: int


class TokenError(Struct, kw_only=True):
    """Why there is none, as RFC 6749 §5.2 and RFC 8628 §3.5 write it. `interval`: seconds to wait from now on."""

    error: Annotated[
        str,
        Meta(
            pattern="^(authorization_pending|slow_down|access_denied|expired_token"
            "|invalid_grant|invalid_request|unsupported_grant_type)$"
        ),
    ]
    interval: int | None = None


class Challenged(Struct, kw_only=True):
    """The work that is asked of the phone."""

    challenge: shapes.Challenge


class Stands(Struct, kw_only=True):
    """What stands of the operator's acts. Times in microseconds UTC."""

    paused: bool | None = None
    cap_per_s: float | None = None
    pin_s: float | None
    ladder_step: int | None
    ladder_kbps: list[int]
    bitrate_cap_kbps: int | None
    drains: bool
    queues: bool
    guaranteed: dict[str, float]
    lanes: Annotated[dict[str, dict[str, float]], Meta(description="who waits in each, and its least share")]
    codes: dict[str, int | None]
    draw_at: int | None
    doors_at: int | None
    ends_at: int | None


class HouseShown(Stands, kw_only=True):
    """The house at a glance: people, the rate and what binds it, what stands of the acts."""

    at: shapes.MicrosecondsUtc
    state: str
    inside: float
    leases: int
    line: int
    joined: int
    called: int
    passed: int
    admitted: int
    lapsed: int
    signed_in: int
    sign_in_failed: int
    refused: dict[str, int]
    heat: dict[str, Any]
    started: int
    start_failed: int
    rate_per_s: float
    binding: str
    terms: list[Any]
    reason: str
    health: list[Any]
    eta: list[float | None]
    beat_s: float
    open: bool
    leader: str
    doors: list[dict[str, Any]]


class Taken(Struct, kw_only=True):
    """How many readings were new, and how many known already."""

    taken: int
    known: int


_SIGNED_IN = ("session", "session_cookie")
OTHERS: tuple[Operation, ...] = (
    Operation(
        method="post",
        path="/v1/sessions",
        id="sign_in_to_the_night",
        summary="The same as `sign_in`, where one night is played",
        takes=(bodies.SignInBody,),
        answers={201: shapes.Session},
        problems=(
            *("bad_token", "expired", "wrong_login", "sign_in_busy", "too_many_codes", "backend_failed", "unwritten"),
        ),
    ),
    Operation(
        method="post",
        path="/v1/{night}/devices",
        id="show_code",
        summary="A television is given a code to show (RFC 8628)",
        form=DeviceForm,
        is_body_optional=True,
        answers={200: DeviceCode, 400: TokenError},
        problems=("rate_limited", "not_ready"),
    ),
    Operation(
        method="post",
        path="/v1/{night}/devices/token",
        id="ask_code",
        summary="The television asks whether somebody has said yes (RFC 8628)",
        form=TokenForm,
        answers={200: DeviceToken, 400: TokenError},
    ),
    Operation(
        method="post",
        path="/v1/{night}/devices/proof",
        id="prove_code",
        summary="A phone works for the television that shows this code, or hears that it need not",
        takes=(bodies.PairingProofBody,),
        answers={200: Challenged, 204: None},
        problems=("no_code", "proof_needed", "too_many_codes"),
    ),
    Operation(
        method="post",
        path="/v1/{night}/devices/decision",
        id="decide_code",
        summary="Somebody who is signed in says yes or no to the television that shows this code",
        takes=(bodies.DecisionBody,),
        answers={204: None},
        problems=("no_session", "no_code", "too_many_codes"),
        who=_SIGNED_IN,
    ),
    Operation(
        method="post",
        path="/v1/{night}/operator",
        id="operate",
        summary="An act of the operator; a fact of the night, with who and when",
        takes=(bodies.OperatorBody,),
        answers={200: Stands},
        problems=("operator_only",),
        who=("operator",),
    ),
    Operation(
        method="get",
        path="/v1/{night}/house",
        id="look",
        summary="The house at a glance, for the operator",
        answers={200: HouseShown},
        problems=("operator_only",),
        who=("operator",),
    ),
    Operation(
        method="post",
        path="/v1/{night}/health",
        id="tell_health",
        summary="A service of the operator says how a dependency is",
        takes=(ReadingBody,),
        listed_max=DEPENDENCIES_MAX,
        answers={202: Taken},
        problems=("health_only",),
        who=("service",),
    ),
    Operation(
        method="get",
        path="/v1/check",
        id="check",
        summary="May this request fetch from the edge? For `auth_request` and `ext_authz`; never a body",
        headers={"X-Original-URI": "the address that is fetched: /live/NETWORK/TOKEN/CHANNEL/…"},
        answers={200: None, 401: None, 403: None},
    ),
)
