"""What changed on the screen? Server-sent events: the parts that are new, the newest second, word of new curves."""

from collections.abc import AsyncGenerator, Callable

import msgspec

from kickoff.console import pages
from kickoff.console.room import Room
from kickoff.console.view import screen_of
from kickoff.console.watch import Seen

TICK_S = 1.0
"""The clock on the screen moves at least so often."""


async def events(room: Room, is_signed_in: Callable[[], bool], *, language: str) -> AsyncGenerator[bytes, None]:
    """`parts` {id: html}, `point` [second, streams, line, rate], `curves`; `leave` when the session is over."""
    t = pages.words_of(language)
    sent: dict[str, str] = {}
    before = Seen()
    room.listeners += 1
    try:
        while is_signed_in() and not room.watch.ended:
            seen = room.watch.seen
            made = pages.parts(screen_of(seen, room.night, at=room.clock.now(), t=t), language=language)
            if changed := {part: html for part, html in made.items() if sent.get(part) != html}:
                yield event("parts", changed)
            if seen.house is not before.house and room.watch.points:
                yield event("point", room.watch.points[-1])
            if seen.answers is not before.answers:
                yield event("curves", None)
            sent, before = made, seen
            await room.watch.next_after(seen.version, within_s=TICK_S)
        if not room.watch.ended:
            yield event("leave", None)
    finally:
        room.listeners -= 1


def event(name: str, data: object) -> bytes:
    """One server-sent event; JSON has no line breaks of its own."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), msgspec.json.encode(data))
