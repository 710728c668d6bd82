"""Which signature does a key make? Ed25519 makes EdDSA, P-256 makes ES256 (RFC 9053); no token has a say in it.

Edges that know Common Access Tokens often know ES256 and not EdDSA. Each seed of the ring therefore stands for two
keys: itself for Ed25519, and a scalar derived from it for P-256, under an id of its own. One cannot be taken for the
other.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

EDDSA, ES256 = -8, -7
SIGNATURE_BYTES = 64
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256 (SEC 2 §2.4.2)."""
_HALF = _ORDER // 2
_SEED_BYTES = 48
"""A hundred and twenty-eight bits more than the order has: no scalar is likelier than another (FIPS 186-5 §A.2.1)."""
_PURPOSE = b"kickoff playback token ES256"
_ED25519_BYTES = 32

PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey
PublicKey = Ed25519PublicKey | EllipticCurvePublicKey


def algorithm_of(key: PrivateKey | PublicKey) -> int:
    """The only COSE algorithm of a key."""
    return EDDSA if isinstance(key, Ed25519PrivateKey | Ed25519PublicKey) else ES256


def es256_id(key_id: str) -> str:
    """Under which id the P-256 key of a seed is published."""
    return f"{key_id}-es256"


def es256_key(seed: bytes) -> EllipticCurvePrivateKey:
    """The P-256 key of a seed."""
    drawn = HKDF(algorithm=SHA256(), length=_SEED_BYTES, salt=None, info=_PURPOSE).derive(seed)
    return derive_private_key(int.from_bytes(drawn) % (_ORDER - 1) + 1, SECP256R1())


def public_raws(key_id: str, seed: bytes) -> dict[str, bytes]:
    """The public bytes of both keys of a seed, by their ids."""
    point = es256_key(seed).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return {key_id: Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw(), es256_id(key_id): point}


def public_key(raw: bytes) -> PublicKey:
    """Ed25519 of 32 bytes, P-256 of an uncompressed point."""
    if is_ed25519(raw):
        return Ed25519PublicKey.from_public_bytes(raw)
    return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), raw)


def is_ed25519(raw: bytes) -> bool:
    """Whether these are the public bytes of that kind."""
    return len(raw) == _ED25519_BYTES


def signature(key: PrivateKey, message: bytes) -> bytes:
    """64 bytes, the same each time (RFC 6979); of the two that ECDSA has for one message, the one of the lower half."""
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(message)
    r, s = decode_dss_signature(key.sign(message, ECDSA(SHA256(), deterministic_signing=True)))
    return r.to_bytes(32) + min(s, _ORDER - s).to_bytes(32)


def verify(key: PublicKey, signed: bytes, message: bytes) -> None:
    """Raises `InvalidSignature`; also for the upper half, or one token would have two texts."""
    if isinstance(key, Ed25519PublicKey):
        key.verify(signed, message)
        return
    r, s = int.from_bytes(signed[:32]), int.from_bytes(signed[32:])
    if len(signed) != SIGNATURE_BYTES or s > _HALF:
        raise InvalidSignature
    key.verify(encode_dss_signature(r, s), message, ECDSA(SHA256()))
