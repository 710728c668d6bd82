"""Which secrets does this night use? One file, readable by its owner alone, and the public half beside it.

KeysError    the file cannot be read or used; its text says what, where and how to mend it
"""

import base64
import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from kickoff.seals import Key
from kickoff.signatures import is_ed25519, public_raws

KEYS_FILE = "keys.json"
JWKS_FILE = "jwks.json"
_SECRET_BYTES = 32
TOKENS_LIVE_US = 31 * 86_400 * 1_000_000
"""No token lives longer: a session and a device's cookie live 30 days."""
RING_MAX = 32
"""Keys of one kind: each request looks at one of them, by its id."""


class KeysError(Exception):
    """The keys cannot be read. Whoever started the process mends the file that is named."""


class SigningKey(Struct, frozen=True, kw_only=True):
    """An Ed25519 key: `id` stands in each token as `kid`, `seed` is its 32 secret bytes."""

    id: str
    seed: bytes


class Keys(Struct, frozen=True, kw_only=True):
    """All secrets of a night. The first of each ring signs, all of them verify."""

    seals: tuple[Key, ...]
    signing: tuple[SigningKey, ...]
    subject_key: bytes
    source_key: bytes
    index_key: bytes
    retired: dict[str, int] = {}
    """Id of a key that signs no more → since when, in microseconds UTC."""

    def __post_init__(self) -> None:
        """Refuse what cannot sign."""
        if not self.seals or not self.signing:
            raise ValueError("a ring of keys needs at least one key")


def create(entropy: Callable[[int], bytes] = os.urandom) -> Keys:
    """New keys. `entropy`: bytes that nobody can guess."""
    return Keys(
        seals=(_new_seal(entropy),),
        signing=(_new_signing(entropy),),
        subject_key=entropy(_SECRET_BYTES),
        source_key=entropy(_SECRET_BYTES),
        index_key=entropy(_SECRET_BYTES),
    )


def rotate(keys: Keys, entropy: Callable[[int], bytes] = os.urandom, *, at_us: int) -> Keys:
    """New first keys. The others go on opening and verifying until the last token of theirs has expired.

    Raises `KeysError` where so many are still needed that no further one is taken.
    """
    ids = [*(key.id for key in keys.seals), *(key.id for key in keys.signing)]
    retired = {id_: keys.retired.get(id_, at_us) for id_ in ids}
    needed = {id_: since for id_, since in retired.items() if at_us - since <= TOKENS_LIVE_US}
    seals = [key for key in keys.seals if key.id in needed]
    signing = [key for key in keys.signing if key.id in needed]
    if max(len(seals), len(signing)) >= RING_MAX:
        raise KeysError(f"{RING_MAX} keys have tokens that are still valid; wait until the oldest of them is over")
    return msgspec.structs.replace(
        keys, seals=(_new_seal(entropy), *seals), signing=(_new_signing(entropy), *signing), retired=needed
    )


def revoke(keys: Keys, key_id: str) -> Keys:
    """Without this key: what it sealed or signed is refused from now on. Raises `KeysError`."""
    if key_id in {keys.seals[0].id, keys.signing[0].id}:
        raise KeysError(f"{key_id} is the key that signs; rotate first, then revoke it")
    seals = tuple(key for key in keys.seals if key.id != key_id)
    signing = tuple(key for key in keys.signing if key.id != key_id)
    if len(seals) + len(signing) == len(keys.seals) + len(keys.signing):
        raise KeysError(f"{key_id}: there is no such key; `kickoff keys FOLDER` shows them")
    retired = {name: since for name, since in keys.retired.items() if name != key_id}
    return msgspec.structs.replace(keys, seals=seals, signing=signing, retired=retired)


def load_or_create(folder: Path) -> Keys:
    """The keys of a run folder, made where there are none: of several processes that make some, one does.

    Raises `KeysError`.
    """
    path = folder / KEYS_FILE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = folder / f"{KEYS_FILE}.{os.getpid()}.first"
        keys = create()
        _replace(made, msgspec.json.encode(keys), mode=0o600)
        # A link is made only where there is no such file yet.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(made)
            _replace(folder / JWKS_FILE, jwks(keys), mode=0o644)
        made.unlink()
    return load(folder)


def load(folder: Path) -> Keys:
    """Read the keys of a run folder. Raises `KeysError`."""
    path = folder / KEYS_FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Keys)
    except OSError as error:
        raise KeysError(f"{path}: {error.strerror}; `kickoff keys {folder}` makes new ones") from error
    except (msgspec.DecodeError, ValueError) as error:
        raise KeysError(f"{path}: not a file of keys ({error}); restore it or move it away") from error


class KeysFile:
    """The keys of a run folder, looked at again and again by a process that runs on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen = self._mark()

    def changed(self) -> Keys | None:
        """The keys where the file is another one than at the last look. Raises `KeysError`."""
        mark = self._mark()
        if mark == self._seen:
            return None
        keys = load(self._folder)
        self._seen = mark
        return keys

    def _mark(self) -> tuple[int, int]:
        """Another file, or another time: a file is replaced whole."""
        try:
            about = (self._folder / KEYS_FILE).stat()
        except OSError:
            return 0, 0
        return about.st_ino, about.st_mtime_ns


def store(folder: Path, keys: Keys) -> None:
    """Write the keys and their public half, each whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    # The public half first: nobody signs with a key that nobody can verify.
    _replace(folder / JWKS_FILE, jwks(keys), mode=0o644)
    _replace(folder / KEYS_FILE, msgspec.json.encode(keys), mode=0o600)


def jwks(keys: Keys) -> bytes:
    """The public keys as a JSON Web Key Set (RFC 7517, RFC 8037): of each seed, both."""
    raws = [pair for key in keys.signing for pair in public_raws(key.id, key.seed).items()]
    return json.dumps({"keys": [_public(key_id, raw) for key_id, raw in raws]}).encode()


def _public(key_id: str, raw: bytes) -> dict[str, str]:
    if is_ed25519(raw):
        return {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": key_id, "x": _base64(raw)}
    # An uncompressed point: a four, x, and y.
    x, y = _base64(raw[1:33]), _base64(raw[33:])
    return {"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": key_id, "x": x, "y": y}


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _new_seal(entropy: Callable[[int], bytes]) -> Key:
    return Key(id=entropy(3).hex(), secret=entropy(_SECRET_BYTES))


def _new_signing(entropy: Callable[[int], bytes]) -> SigningKey:
    return SigningKey(id=entropy(4).hex(), seed=entropy(_SECRET_BYTES))


def _replace(path: Path, content: bytes, *, mode: int) -> None:
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
