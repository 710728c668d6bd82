"""What is asked in the benches of the door, as bytes: requests made before any clock runs.

Each maker gives as many requests as it is asked for. Households, devices and streams are numbered; who joins is
somebody new each time.
"""

import itertools
import json
import time
from collections.abc import Iterable, Iterator

from bench.houses import NIGHT
from kickoff.accounts.sessions import DEVICE_PURPOSE, SESSION_PURPOSE, DeviceClaims, session_claims
from kickoff.playback.claims import LEASE_PURPOSE, Client, LeaseClaims
from kickoff.playback.tokens import ISSUER, PlaybackClaims, Signer
from kickoff.plumbing.key_files import Keys
from kickoff.seals import Seals, account_subject
from kickoff.waiting_room.tickets import TICKET_PURPOSE, TicketClaims
from kickoff.waiting_room.tickets import Client as Holder

CLIENT = {"device": "tv", "app": "7.2.0", "isp": "isp-a", "region": "north"}
HEADERS = (
    "Host: door.example\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\r\n"
    "Accept: application/json\r\nContent-Type: application/json\r\n"
)
LEASES = 5_000
SESSION_SHARE = 0.7
"""Of the crowd of `make bench-rush` so many come with a session; the others with a device's cookie, or with nothing."""
_HOUR_US = 3_600_000_000
_accounts = itertools.count(1)
_devices = itertools.count(1)


def joins(seals: Seals, count: int) -> list[bytes]:
    """New households that join, each with its own session."""
    accounts = list(itertools.islice(_accounts, count))
    return [_join(f"Authorization: Bearer {session}\r\n") for session in _sessions(seals, accounts)]


def mixed_joins(seals: Seals, count: int) -> list[bytes]:
    """New places as `make bench-rush` asks for them: 70 % by session, the rest by the cookie of a device."""
    at_us = _now_us()
    by_session = iter(joins(seals, count))
    cookies = (
        seals.seal(DEVICE_PURPOSE, DeviceClaims(device=device, expires_at=at_us + _HOUR_US))
        for device in itertools.islice(_devices, count)
    )
    by_device = (_join(f"Cookie: kickoff_device={cookie}\r\n") for cookie in cookies)
    return [next(by_session if number % 10 < 10 * SESSION_SHARE else by_device) for number in range(count)]


def strangers(count: int) -> list[bytes]:
    """New devices that bring nothing: each is given a device's token beside its ticket."""
    return [_join("")] * count


def passes(keys: Keys, places: Iterable[int]) -> list[bytes]:
    """Tickets of the known lane that redeem for the first time. The places must have been given and called."""
    seals, at_us = Seals(keys.seals), _now_us()
    tickets = (
        seals.seal(
            TICKET_PURPOSE,
            TicketClaims(
                night=NIGHT,
                lane="known",
                place=place,
                subject=account_subject(keys.subject_key, place),
                joined_at=at_us,
                offer="essential",
                client=Holder(**CLIENT),
                expires_at=at_us + _HOUR_US,
            ),
        )
        for place in places
    )
    return [request("POST", f"/v1/{NIGHT}/passes", json.dumps({"ticket": ticket}).encode(), "") for ticket in tickets]


def beats(seals: Seals, subject_key: bytes, count: int) -> list[bytes]:
    """Beats of `LEASES` streams in progress."""
    body = b'{"sta":"p","watched_ms":10000,"stalled_ms":0,"br":1200}'
    tokens = leases(seals, subject_key, LEASES)
    requests = [request("POST", f"/v1/{NIGHT}/leases/{token}/beats", body, "") for token in tokens]
    return [requests[number % LEASES] for number in range(count)]


def checks(keys: Keys, count: int) -> list[bytes]:
    """What an edge asks before it serves a file: of the same `LEASES` streams, each seen before."""
    signer, second = Signer(keys.signing[0].id, keys.signing[0].seed), _now_us() // 1_000_000
    tokens = [
        signer.sign(
            PlaybackClaims(
                iss=ISSUER,
                sub=str(account_subject(keys.subject_key, number)),
                night=NIGHT,
                channels=("canal-plus",),
                stream=number,
                iat=second,
                exp=second + 3_600,
            )
        )
        for number in range(1, LEASES + 1)
    ]
    requests = [
        request("GET", "/v1/check", b"", f"X-Original-URI: /live/north/{token}/canal-plus/master.m3u8\r\n")
        for token in tokens
    ]
    return [requests[number % LEASES] for number in range(count)]


def statuses(count: int) -> list[bytes]:
    """The status object, polled."""
    return [request("GET", f"/v1/{NIGHT}/status", b"", "")] * count


def request(method: str, path: str, body: bytes, more: str) -> bytes:
    """One request. `more`: further header lines."""
    return f"{method} {path} HTTP/1.1\r\n{HEADERS}{more}Content-Length: {len(body)}\r\n\r\n".encode() + body


def answer_like_a_ticket(seals: Seals) -> str:
    """A body as long as the door's answer to a join."""
    token = seals.seal(SESSION_PURPOSE, session_claims(1, "x" * 72, 1, at_us=0))
    answer = {"ticket": token, "lane": "main", "place": 123_456, "joined_at": 1_662_490_000_000_000, "known": True}
    return json.dumps(answer, separators=(",", ":"))


def _join(more: str) -> bytes:
    body = json.dumps({"client": CLIENT, "channel": "canal-plus"}).encode()
    return request("POST", f"/v1/{NIGHT}/tickets", body, more)


def _sessions(seals: Seals, accounts: Iterable[int]) -> Iterator[str]:
    at_us = _now_us()
    return (seals.seal(SESSION_PURPOSE, session_claims(account, "essential", 1, at_us=at_us)) for account in accounts)


def leases(seals: Seals, subject_key: bytes, count: int) -> list[str]:
    """The tokens of so many streams in progress, numbered from 1, as are their households."""
    at_us = _now_us()
    return [seals.seal(LEASE_PURPOSE, _lease(number, subject_key, at_us)) for number in range(1, count + 1)]


def _lease(number: int, subject_key: bytes, at_us: int) -> LeaseClaims:
    return LeaseClaims(
        night=NIGHT,
        account=number,
        subject=account_subject(subject_key, number),
        stream=number,
        offer="essential",
        streams_max=1,
        channel="canal-plus",
        cdn="north",
        client=Client(**CLIENT),
        granted_at=at_us,
        expires_at=at_us + _HOUR_US,
    )


def _now_us() -> int:
    return time.time_ns() // 1000
