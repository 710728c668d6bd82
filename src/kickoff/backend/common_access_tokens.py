"""What does a Common Access Token say? Read with the library of the standards; the door has a reading of its own.

CWTError    (cwt) not a token signed with this key; `ValueError` and `KeyError`: signed, but not as ours are
"""

import base64
import re

import cbor2
import cwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cwt.exceptions import CWTError

WRONG = (CWTError, cbor2.CBORError, KeyError, TypeError, ValueError)
"""What reading a token may raise: it is none of ours."""
_ISS, _AUD, _EXP, _CATV, _CATU = 1, 3, 4, 310, 312
_CHANNELS = -65538
_PATH, _REGEX = 3, 4
_CWT_TAG = b"\xd8\x3d"
_VERSION = 1


def key_id(token: str) -> str:
    """Which key a token names; empty where it names none that can be read."""
    try:
        return str(cbor2.loads(_raw(token)).value.value[1][4].decode())
    except (AttributeError, IndexError, *WRONG):
        return ""


def read(token: str, key: Ed25519PublicKey | EllipticCurvePublicKey) -> dict[str, object]:
    """Issuer, night, channels and end of a token that this key signed. Raises one of `WRONG`.

    The key says EdDSA or ES256; no other algorithm is taken, whatever the token names.
    """
    raw = _raw(token)
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    if not raw.startswith(_CWT_TAG):
        raise ValueError("not a CBOR Web Token")
    signed_by = cwt.COSEKey.from_pem(pem, kid=key_id(token))
    claims = cbor2.loads(cwt.COSE.new().decode(raw.removeprefix(_CWT_TAG), signed_by))
    if claims[_CATV] != _VERSION:
        raise ValueError("a version of the standard that is not known here")
    [pattern] = claims[_CATU][_PATH][_REGEX]
    channels = [name for name in claims[_CHANNELS] if re.match(pattern, f"/live/network/token/{name}/")]
    return {"iss": claims[_ISS], "night": claims[_AUD], "exp": claims[_EXP], "channels": channels}


def _raw(token: str) -> bytes:
    return base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
