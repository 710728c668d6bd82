"""What does a simulated player fetch and report? Playlists and segments of the back end; beats to the door.

A real player fetches a playlist every two seconds. A simulated one fetches everything at the start, and afterwards
only samples: enough to see a stream break, rare enough that a crowd of thousands leaves the servers to the night.
"""

from collections.abc import Generator
from urllib.parse import urljoin

from kickoff.crowd import calls
from kickoff.crowd.acts import Act, Answer, Pause, Told
from kickoff.crowd.calls import BeatAnswer, Stream
from kickoff.crowd.diary import Signal
from kickoff.crowd.viewer import Viewer
from kickoff.units import US_PER_MS

RETRY_S = 1.0
"""The player's own single retry of what failed while playing."""
BUFFER_S = 6.0
"""Three segments of two seconds: a fetch that takes longer than these stops the picture."""
REPORT_MS_MAX = 600_000
"""The door takes no longer spans in one beat."""
SEGMENT_SHARE = 0.25
"""Of the samples while playing, so many fetch a segment too."""

Outcome = Generator[Act, Answer, str]
"""Ends with "" or with a code of START_FAILED."""


class Player:
    """One stream of one person. Instants are seconds from the start of the night."""

    __slots__ = (
        "_cap_kbps",
        "_number",
        "_pictures",
        "_token",
        "_told_s",
        "beat_s",
        "cdn",
        "is_showing",
        "kbps",
        "media_url",
        "stalled_s",
        "stream",
        "viewer",
    )

    def __init__(self, viewer: Viewer, stream: Stream) -> None:
        self.viewer = viewer
        self.stream = stream
        self.beat_s = stream.beat_s
        self.cdn = stream.cdn
        self.is_showing = False
        self.kbps = 0
        self.media_url = ""
        self.stalled_s = 0.0
        self._number = 0
        self._cap_kbps = stream.bitrate_cap_kbps
        self._pictures: tuple[tuple[int, str], ...] = ()
        self._told_s = viewer.at_s
        self._token = stream.playback_token

    def start(self, *, is_new: bool = True) -> Outcome:
        """Load the channel from one network after the other; "" when there is a picture, else the last failure.

        `is_new`: there is no picture yet; else the channel changes, and the old picture counts until the new one.
        """
        pressed_s, code = self.viewer.at_s, "manifest"
        self._token, self._cap_kbps = self.stream.playback_token, self.stream.bitrate_cap_kbps
        for network in self.stream.networks():
            self.cdn = network
            code = yield from self._load()
            if not code:
                if is_new:
                    self._told_s = self.viewer.at_s
                    self.is_showing = True
                    self.viewer.note(Signal.SAW_PICTURE)
                yield from self.beat("p", msd=round(1000 * (self.viewer.at_s - pressed_s)), channel=self.stream.channel)
                return ""
            self.viewer.diary.failed_starts += 1
            self.viewer.diary.note_failure(self.viewer.at_s)
            yield from self.beat("f", ec=code)
        return code

    def sample(self) -> Outcome:
        """Fetch the live playlist as a playing player does, at times a segment; "" or why the stream broke."""
        begun_s = self.viewer.at_s
        code = ""
        for retry in (False, True):
            if retry:
                yield Pause(RETRY_S)
            code = yield from self._load_media(with_segment=bool(self.viewer.chance.random() < SEGMENT_SHARE))
            if not code:
                break
        stalled_s = max(0.0, self.viewer.at_s - begun_s - BUFFER_S)
        self.stalled_s += stalled_s
        self.viewer.diary.stalled_s += stalled_s
        return code

    def beat(self, state: str, **extra: object) -> Told:
        """Report since the last report that was heard. Keeps the interval and the token that the door answers."""
        said_s, report = self.viewer.at_s, self.report()
        told: dict[str, object] = {"sta": state, **report, "br": self.kbps, "cdn": self.cdn, **extra}
        answer = yield calls.beat(self.viewer.night.name, self.stream.lease, told, self.viewer.who)
        if answer.is_good:
            heard = calls.read(answer, BeatAnswer)
            if heard is None or not heard.again:
                # The picture moves on while the door answers: that is for the next report.
                self._told_s, self.stalled_s = said_s, 0.0
            self._heed(heard)
        return answer

    def report(self) -> dict[str, object]:
        """Milliseconds watched and stalled since the last report, its number, and the time of its clock."""
        self._number += 1
        spent_s = self.viewer.at_s - self._told_s if self.is_showing else 0.0
        stalled_s = min(self.stalled_s, spent_s)
        return {
            "watched_ms": min(REPORT_MS_MAX, round(1000 * (spent_s - stalled_s))),
            "stalled_ms": min(REPORT_MS_MAX, round(1000 * stalled_s)),
            "sn": self._number,
            "ts": self.viewer.night.at(self.viewer.at_s) // US_PER_MS,
        }

    def _heed(self, answer: BeatAnswer | None) -> None:
        if answer is None:
            return
        self.beat_s = answer.next_s
        if answer.playback_token and self._token:
            self._pictures = tuple(
                (kbps, url.replace(self._token, answer.playback_token)) for kbps, url in self._pictures
            )
            self._token = answer.playback_token
        self._cap_kbps = answer.bitrate_cap_kbps
        self._choose()

    def _choose(self) -> None:
        """The largest picture under the cap, from the next fetch on. A simulated line carries every one."""
        if self._pictures:
            self.kbps, self.media_url = calls.chosen(self._pictures, cap_kbps=self._cap_kbps)

    def _load(self) -> Outcome:
        """Master playlist, live playlist, newest segment."""
        urls = self.stream.channels[self.stream.channel].urls
        if self.cdn not in urls:
            return "manifest"
        answer = yield calls.fetch(calls.master_url(urls[self.cdn], self.viewer.client))
        known = calls.variants(answer.body) if answer.is_good else ()
        if not known:
            return failure(answer, "manifest")
        self._pictures = tuple((kbps, urljoin(urls[self.cdn], uri)) for kbps, uri in known)
        self._choose()
        return (yield from self._load_media(with_segment=True))

    def _load_media(self, *, with_segment: bool) -> Outcome:
        answer = yield calls.fetch(self.media_url)
        uri = calls.last_uri(answer.body) if answer.is_good else ""
        if not uri:
            return failure(answer, "manifest")
        if with_segment:
            answer = yield calls.fetch(urljoin(self.media_url, uri))
            if not answer.is_good:
                return failure(answer, "segment")
        return ""


def failure(answer: Answer, otherwise: str) -> str:
    """The code of START_FAILED for an answer that is no picture."""
    if answer.late:
        return "timeout"
    return "forbidden" if answer.status in (401, 403) else otherwise
