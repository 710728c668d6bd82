"""How is this process set up? One frozen tree: defaults in code, read once, checked across fields.

A setting is overridden by an environment variable `KICKOFF_<PART>_<KEY>`, such as `KICKOFF_DOOR_PORT=9080`. What
differs from night to night stands in the night file, not here.

    SettingsError    raised by `read_settings`; one line: variable, what is wrong, how to mend it
"""

import re
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from kickoff.toml_text import nearest

Port = Annotated[int, Meta(ge=0, le=65_535)]
Bytes = Annotated[int, Meta(ge=64, le=1_073_741_824)]
PositiveInt = Annotated[int, Meta(ge=1, le=10_000_000)]
PositiveSeconds = Annotated[float, Meta(gt=0, le=86_400)]


class SettingsError(Exception):
    """A setting is unknown or impossible. The operator mends the variable it names."""


def _check_networks(text: str, name: str) -> None:
    for part in text.split(","):
        try:
            ip_network(part.strip() or "127.0.0.1")
        except ValueError as error:
            raise ValueError(f"{name}: {error}; write networks such as 10.0.0.0/8,127.0.0.1") from error


_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://([a-z0-9_.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")
_USUAL_PORT = re.compile(r"http://.*:80|https://.*:443")


def _check_origins(text: str, name: str) -> None:
    for part in text.split(",") if text else ():
        origin = part.strip()
        # Browsers write it in lower case and without the usual port: written otherwise it would never be met.
        if not _ORIGIN.fullmatch(origin) or _USUAL_PORT.fullmatch(origin):
            example = "https://app.example,https://app.example:8443"
            raise ValueError(f"{name}: {origin!r} is no origin; write it as browsers do, such as {example}")


class DoorSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The door: where it listens, and the bounds on what strangers may send."""

    host: str = "127.0.0.1"
    port: Port = 8080
    server: Annotated[str, Meta(pattern="^(protocol|granian)$")] = "protocol"
    """Which server carries the seam: our own protocol class, or Granian."""
    header_bytes_max: Bytes = 16_384
    body_bytes_max: Bytes = 16_384
    connections_max: PositiveInt = 20_000
    idle_s: PositiveSeconds = 75.0
    request_s: PositiveSeconds = 10.0
    """A request not complete after so long is cut off."""
    joins_per_network_per_s: PositiveInt = 200
    """Token-bucket refill of new places for one /24 or /48; addresses on loopback are not limited."""
    strangers_per_network_per_min: PositiveInt = 100
    """More devices without a session than this from a /24 or /48 are asked for a proof of work, or have a slow lane."""
    proof_cost: PositiveInt = 1000
    """Rounds of PBKDF2 in one try of a proof of work; some 256 tries find it."""
    trusted_proxies: str = ""
    """Networks separated by commas, such as `10.0.0.0/8,127.0.0.1`: from there `X-Forwarded-For` names the client."""
    origins: Annotated[str, Meta(max_length=4000)] = ""
    """Origins separated by commas, such as `https://app.example`: a page from there may call the API and read its
    answers. Empty: the door's own pages alone."""
    sign_in_deadline_s: PositiveSeconds = 5.0
    name: Annotated[str, Meta(pattern="^[A-Za-z0-9_.-]{0,40}$")] = ""
    """Of this door among many: its log bears it. Empty: the first of door-1, door-2 … that no other door here has."""
    drain_s: Annotated[float, Meta(ge=0, le=600)] = 2.0
    """Told to stop, a door of many still answers for so long, each reply closing its connection."""
    playback_token: Annotated[str, Meta(pattern="^(jwt|cat|cat-es256)$")] = "jwt"  # noqa: S105 - a kind
    """What the right to fetch a stream is written as: a JSON Web Token, or a Common Access Token (CTA-5007) that is
    signed with EdDSA or with ES256, as the edges know it."""
    playback_tokens_accepted: Annotated[str, Meta(pattern="^((jwt|cat|cat-es256)(,(jwt|cat|cat-es256)){0,2})?$")] = ""
    """At `/v1/check`: `jwt`, `cat`, `cat-es256`, or some with commas, as while one follows another. Empty: what is
    signed."""
    sign_in_at_once: PositiveInt = 64
    """Sign-ins forwarded at the same time until the back end is measured; more only where that is a quarter of what it
    does within the deadline."""

    def __post_init__(self) -> None:
        """Refuse what names no network, and what names no origin."""
        _check_networks(self.trusted_proxies, "KICKOFF_DOOR_TRUSTED_PROXIES")
        _check_origins(self.origins, "KICKOFF_DOOR_ORIGINS")


class BackendSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The sample streaming service."""

    host: str = "127.0.0.1"
    port: Port = 8081
    workers: Annotated[int, Meta(ge=1, le=64)] = 1
    """Threads that check passwords; one core carries some 45 checks a second."""
    segment_s: Annotated[int, Meta(ge=1, le=10)] = 2

    @property
    def origin(self) -> str:
        """Where it answers."""
        return f"http://{self.host}:{self.port}"


class ConsoleSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The room where the night is run."""

    host: str = "127.0.0.1"
    port: Port = 8082
    session_s: PositiveSeconds = 43_200.0
    trusted_proxies: str = ""
    """Networks separated by commas: from there `X-Forwarded-For` names whose tries of a password are counted."""

    def __post_init__(self) -> None:
        """Refuse what names no network."""
        _check_networks(self.trusted_proxies, "KICKOFF_CONSOLE_TRUSTED_PROXIES")


class JournalSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the log is cut into files and sealed into tables."""

    file_bytes_max: Bytes = 268_435_456
    seal_s: PositiveSeconds = 5.0
    store: str = ""
    """`s3://bucket/prefix`: `kickoff journal` brings every night there too. Empty: nights stay on the disk."""


class ValkeySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The line that many doors share. Without a URL each door keeps its own."""

    url: str = ""
    """`valkey://[user:password@]host:port[,host:port…]`; of a Cluster any of its nodes."""
    gather_s: Annotated[float, Meta(gt=0, le=0.1)] = 0.001
    """Questions of so long a moment are asked together."""


class BillingSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The billing system that gestures are handed on to."""

    url: Annotated[str, Meta(pattern=r"^(https?://\S+)?\Z", max_length=500)] = ""
    """Where each entry of the ledger is posted; empty: nowhere."""
    secret: Annotated[str, Meta(max_length=500)] = ""
    """Signs what is posted: `whsec_…` as Standard Webhooks writes it, or any 24 characters or more."""
    at_once: Annotated[int, Meta(ge=1, le=256)] = 16
    answer_s: PositiveSeconds = 10.0


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings."""

    door: DoorSettings = DoorSettings()
    backend: BackendSettings = BackendSettings()
    console: ConsoleSettings = ConsoleSettings()
    journal: JournalSettings = JournalSettings()
    billing: BillingSettings = BillingSettings()
    valkey: ValkeySettings = ValkeySettings()

    def __post_init__(self) -> None:
        """Refuse what cannot be: two parts on one port."""
        taken: dict[int, str] = {}
        for part, port in (("DOOR", self.door.port), ("BACKEND", self.backend.port), ("CONSOLE", self.console.port)):
            if port and port in taken:
                message = f"KICKOFF_{part}_PORT: {port} is the port of {taken[port]} too; choose another"
                raise ValueError(message)
            taken[port] = part


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings from `KICKOFF_<PART>_<KEY>` variables. Raises `SettingsError`."""
    tree: dict[str, dict[str, Any]] = {}
    known = {f"KICKOFF_{part}_{key}".upper(): (part, key) for part, key in _keys()}
    for name, value in environment.items():
        if not name.startswith("KICKOFF_"):
            continue
        if name not in known:
            message = f"{name}: there is no such setting; {nearest(name, known)}"
            raise SettingsError(message)
        part, key = known[name]
        tree.setdefault(part, {})[key] = value
    try:
        return msgspec.convert(tree, Settings, strict=False)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$.")
        name = f"KICKOFF_{where.rstrip('`').replace('.', '_').upper()}" if "." in where else "settings"
        message = f"{name}: {what}"
        raise SettingsError(message) from error


def _keys() -> list[tuple[str, str]]:
    found = []
    for part in msgspec.structs.fields(Settings):
        assert isinstance(part.type, type), "each part of the settings is a Struct"
        found += [(part.name, field.name) for field in msgspec.structs.fields(part.type)]
    return found
