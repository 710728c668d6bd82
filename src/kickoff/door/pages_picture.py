"""Where is the picture, for how long is its address good, and which is the next? For the page without JavaScript."""

import re
from collections.abc import Mapping

from msgspec import Struct

from kickoff.playback.token_kinds import expiry_s
from kickoff.units import US_PER_S

_TOKEN = re.compile(r"(?P<head>/live/[^/]+/)(?P<token>[^/]+)/")
_RENEW_AT = 0.6
"""After this share of a token's remaining life the page fetches itself anew: the door then hands out a fresh one."""
_LEAST_S, _MOST_S, _UNKNOWN_S = 10, 3600, 60


class PictureCookie(Struct, frozen=True, kw_only=True):
    """What the device keeps of its picture."""

    channel: str
    url: str

    def written(self) -> str:
        """As it stands in the cookie."""
        return f"{self.channel}|{self.url}"


def read_picture(text: str) -> PictureCookie | None:
    """What `written` wrote; None where there is nothing of use."""
    channel, _, url = text.partition("|")
    return PictureCookie(channel=channel, url=url) if channel and url.startswith(("http://", "https://", "/")) else None


def picture_of(lease: Mapping[str, object]) -> PictureCookie:
    """The address of the channel that was asked for, on the network that was chosen."""
    channel = str(lease.get("channel", ""))
    channels = lease.get("channels")
    entry = channels.get(channel) if isinstance(channels, dict) else None
    urls = entry.get("urls") if isinstance(entry, dict) else None
    found = urls if isinstance(urls, dict) else {}
    return PictureCookie(channel=channel, url=str(found.get(lease.get("cdn")) or next(iter(found.values()), "")))


def renewed_url(url: str, token: object) -> str:
    """The address with a fresh token; the same where there is none."""
    if not isinstance(token, str) or not token:
        return url
    return _TOKEN.sub(lambda found: f"{found['head']}{token}/", url, count=1)


def renews_s(url: str, at_us: int) -> int:
    """Seconds until the page should fetch itself anew, from the `exp` of the token in the address."""
    found = _TOKEN.search(url)
    expires_s = expiry_s(found["token"]) if found else None
    if expires_s is None:
        return _UNKNOWN_S
    return round(min(_MOST_S, max(_LEAST_S, (expires_s - at_us / US_PER_S) * _RENEW_AT)))
