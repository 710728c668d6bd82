"""What may be sent? The bodies of the viewer API, typed and bounded; a decoder for each."""

from typing import Annotated, TypeVar

from msgspec import DecodeError, Meta, Struct, json

from kickoff.playback.beats import Beat, Milliseconds, Word

Body = TypeVar("Body")
Token = Annotated[str, Meta(max_length=1024)]
Proof = Annotated[str, Meta(max_length=4096, description="ALTCHA payload: base64 of challenge and solution")]
Credential = Annotated[str, Meta(min_length=1, max_length=256)]


class ClientBody(Struct, frozen=True, kw_only=True, gc=False):
    """The class of the client, for the journal."""

    device: Word = ""
    app: Word = ""
    isp: Word = ""
    region: Word = ""


class Attempt(Struct, frozen=True, kw_only=True):
    """An earlier try that no door saw. `at`: microseconds UTC."""

    at: int
    what: Annotated[str, Meta(pattern=r"^(unreachable|gave_up)\Z")]


class JoinBody(Struct, frozen=True, kw_only=True, gc=False):
    """`POST tickets`."""

    client: ClientBody = ClientBody()
    channel: Word = ""
    attempts: Annotated[tuple[Attempt, ...], Meta(max_length=10)] = ()
    proof: Proof = ""
    """The solution of a challenge that came with a place in the slow lane."""
    claim: Token = ""
    """The operator's: a place in a lane of its own."""
    slow: bool = False
    """Cannot solve a challenge: a place in the slow lane instead of one that waits for a proof."""


class RedeemBody(Struct, frozen=True, kw_only=True):
    """`POST passes`."""

    ticket: Token
    proof: Proof = ""


class SignInBody(Struct, frozen=True, kw_only=True, rename={"pass_": "pass"}):
    """`POST /v1/sessions`."""

    night: Word = ""
    pass_: Token = ""
    user_code: Word = ""
    """In a pass's place: what a called television shows. Its turn is used."""
    login: Credential
    password: Credential


class LeaseBody(Struct, frozen=True, kw_only=True, rename={"pass_": "pass"}):
    """`POST leases`."""

    pass_: Token = ""
    resume: Token = ""
    end: int | Annotated[str, Meta(max_length=12)] | None = None
    channel: Word = ""
    client: ClientBody | None = None


class SwitchBody(Struct, frozen=True, kw_only=True):
    """`PUT leases/{lease}`."""

    channel: Word


class EndBody(Struct, frozen=True, kw_only=True):
    """`DELETE leases/{lease}`."""

    watched_ms: Milliseconds = 0
    stalled_ms: Milliseconds = 0
    sn: Annotated[int, Meta(ge=0, le=2**31 - 1)] | None = None
    ts: Annotated[int, Meta(ge=0, le=2**53)] | None = None
    """Number and clock, as in a beat: the end is the last one."""
    code: Annotated[str, Meta(pattern=r"^(quit|whistle)\Z")] = "quit"


class Beacon(Beat, frozen=True, kw_only=True, gc=False):
    """`POST beacons`: a beat that names its lease."""

    lease: Token


class ReportBody(Struct, frozen=True, kw_only=True):
    """`POST reports`. The words are read by people and not kept in the journal."""

    what: Annotated[str, Meta(pattern=r"^(black_screen|error|buffering|sign_in|sound|other)\Z")]
    text: Annotated[str, Meta(max_length=2000)] = ""


class DecisionBody(Struct, frozen=True, kw_only=True):
    """`POST devices/decision`: yes or no to a television that shows this code."""

    user_code: Annotated[str, Meta(min_length=1, max_length=40)]
    allow: bool = True


class PairingProofBody(Struct, frozen=True, kw_only=True):
    """`POST devices/proof`: a phone's work for a television that shows this code."""

    user_code: Annotated[str, Meta(min_length=1, max_length=40)]
    proof: Proof = ""
    """Empty: the challenge is asked for."""


class OperatorBody(Struct, frozen=True, kw_only=True):
    """`POST operator`."""

    act: Annotated[
        str, Meta(pattern=r"^(pause|resume|cap|notice|incident|pin|ladder|drain|lanes|queue|schedule|codes)\Z")
    ]
    value: bool | float | str | dict[str, Annotated[str, Meta(max_length=1000)] | float] | None = None
    by: Word = ""


JOIN = json.Decoder(JoinBody)
REDEEM = json.Decoder(RedeemBody)
SIGN_IN = json.Decoder(SignInBody)
LEASE = json.Decoder(LeaseBody)
SWITCH = json.Decoder(SwitchBody)
END = json.Decoder(EndBody)
BEAT = json.Decoder(Beat)
BEACONS = json.Decoder(Beacon | Annotated[list[Beacon], Meta(max_length=100)])
REPORT = json.Decoder(ReportBody)
DECISION = json.Decoder(DecisionBody)
PAIRING_PROOF = json.Decoder(PairingProofBody)
OPERATOR = json.Decoder(OperatorBody)


def decode(decoder: json.Decoder[Body], raw: bytes) -> Body:
    """A body of this type. Raises `msgspec.DecodeError` for whatever else was sent, nested without end included."""
    try:
        return decoder.decode(raw)
    except (RecursionError, ValueError) as error:
        raise DecodeError(f"the body cannot be read: {error}") from error
