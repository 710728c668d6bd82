"""What do the events of players prove, read from files afterwards? Sessions, told as the door would have recorded them.

A file of events names no account: the session (`sid`, `sessionId`) is who watches, under a pseudonym. An account whose
player also sent beats to the door would be counted a second time: ingest such files of players that did not.
Instants are the players' own; nobody can say here how wrong their clocks are.
"""

from collections.abc import Callable, Collection, Iterable, Iterator

from kickoff.audience.player_events import Said, Story
from kickoff.facts import CODES, NULL_INT, Fact, Row
from kickoff.units import US_PER_MS

OTHER = "other"
"""The channel of content that is none of the night's, and a failure that is in no list."""


def facts_of(events: Iterable[Said], *, channels: Collection[str], pseudonym: Callable[[str], int]) -> Iterator[Row]:
    """Beats, first pictures, failures and ends, session by session; `events` in any order.

    `channels`: the night's. A session shows what its events call by one of these names; where none does, and the night
    has one channel, that.
    """
    sessions: dict[str, list[Said]] = {}
    for said in events:
        sessions.setdefault(said.session, []).append(said)
    for name, told in sorted(sessions.items()):
        subject = pseudonym(name)
        yield from _session(sorted(told, key=lambda said: said.at_ms), subject, _channel(told, channels))


def _channel(told: Iterable[Said], channels: Collection[str]) -> str:
    named = [said.content for said in told if said.content in channels]
    if named:
        return named[0]
    return next(iter(channels)) if len(channels) == 1 else OTHER


def _session(told: Iterable[Said], subject: int, channel: str) -> Iterator[Row]:
    story, rate, has_started, pressed_ms = Story(), NULL_INT, False, None
    stream = subject & 0x7FFF_FFFF or 1
    for said in told:
        pressed_ms = said.at_ms if pressed_ms is None else pressed_ms
        rate = said.bitrate_kbps or rate
        spent = story.hear(said)
        at = said.at_ms * US_PER_MS

        def row(fact: Fact, at: int = at, rate: int = rate) -> Row:
            return Row(at=at, fact=fact, subject=subject, stream=stream, channel=channel, bitrate_kbps=rate)

        if spent.watched_ms or spent.stalled_ms or said.number is not None:
            beat = row(Fact.BEAT)
            beat.watched_ms, beat.stalled_ms = spent.watched_ms, spent.stalled_ms
            beat.place = NULL_INT if said.number is None else said.number
            yield beat
        if said.state == "p" and not has_started:
            has_started, started = True, row(Fact.STARTED)
            started.duration_ms = said.at_ms - pressed_ms if said.start_up_ms is None else said.start_up_ms
            yield started
        elif said.state in {"q", "e"} or (said.state == "f" and has_started):
            ended = row(Fact.ENDED)
            ended.code = "failed" if said.state == "f" else "quit"
            yield ended
        elif said.state == "f":
            failed = row(Fact.START_FAILED)
            failed.code = said.error if said.error in CODES[Fact.START_FAILED] else OTHER
            yield failed
