"""A night small enough for the back end's tests, with keys made for it."""

import json
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kickoff.night import Night, parse_night
from kickoff.playback.common_access_tokens import CatSigner
from kickoff.playback.tokens import PlaybackClaims
from kickoff.signatures import EDDSA, ES256, es256_id, es256_key
from kickoff.units import US_PER_S, AtUs, iso, parse_iso

STARTS_AT = parse_iso("2022-09-06T19:00:00Z")
TOML = """
name = "small"
title = "PSG – Juventus: 50 % 'off' \\\\ [x],;"

[schedule]
doors = 0
kick_off = 1
goals = [1.5]
half_time = 2
second_half = 2
whistle = 3
end = 4

[channels.main]
title = "Canal+"

[channels.foot]
title = "Canal+ Foot"
bitrates_kbps = [200]

[offers.small]
title = "Small"
channels = ["main"]
streams_max = 1
price_cents = 1000
share = 0.5

[offers.large]
title = "Large"
channels = ["main", "foot"]
streams_max = 2
price_cents = 2000
share = 0.5

[cdns]
north = 0.5
south = 0.5

[crowd]
subscribers = 50

[crowd.arrivals]
file = "arrivals.csv"
kick_off_minute = "1998-06-30 14:30:00"
"""


def small_night(faults: str = "", starts_at: AtUs = STARTS_AT) -> Night:
    """The night; `faults` is TOML to append."""
    return parse_night(f'starts_at = "{iso(starts_at)}"\n{TOML}\n{faults}', source="small.toml")


def lay_out(folder: Path, *, starts_at: AtUs = STARTS_AT) -> None:
    """A run folder that holds only the night."""
    journal = folder / "journal" / "small"
    journal.mkdir(parents=True)
    (journal / "night.toml").write_text(f'starts_at = "{iso(starts_at)}"\n{TOML}', "utf-8")


class Issuer:
    """Signs playback tokens as the door does."""

    def __init__(self, key_id: str = "k1", seed: bytes = b"s" * 32) -> None:
        self._id = key_id
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._cats = {algorithm: CatSigner(key_id, seed, algorithm) for algorithm in (EDDSA, ES256)}
        self._p256 = es256_key(seed)

    def write_keys(self, path: Path) -> None:
        """The public half, as the door writes it."""
        key = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(self._key.public_key()))
        other = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self._p256.public_key()))
        both = [{**key, "kid": self._id, "alg": "EdDSA"}, {**other, "kid": es256_id(self._id), "alg": "ES256"}]
        path.write_text(json.dumps({"keys": [{**one, "use": "sig"} for one in both]}), "utf-8")

    def token(
        self,
        *channels: str,
        night: str = "small",
        until: float = 3600.0,
        algorithm: str = "EdDSA",
        issuer: str = "kickoff",
    ) -> str:
        """A token that is over so many seconds after the night's start."""
        ends = STARTS_AT // US_PER_S + until
        claims = {"iss": issuer, "sub": "7", "night": night, "channels": list(channels), "stream": 1, "exp": ends}
        key = self._key if algorithm == "EdDSA" else ""
        return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": self._id})

    def common_access_token(
        self, *channels: str, night: str = "small", issuer: str = "kickoff", algorithm: int = EDDSA
    ) -> str:
        """The same right in the other form, for an hour."""
        start = STARTS_AT // US_PER_S
        claims = PlaybackClaims(
            iss=issuer, sub="7", night=night, channels=channels, stream=1, iat=start, exp=start + 3600
        )
        return self._cats[algorithm].sign(claims)
