"""What shall stand at the door, and who decides? Pure: the draft, what stands, the clock in; what shall stand out.

Viewers read a notice on the waiting page and in the player. It is never sent twice: an act is made only where what
stands differs from what shall.
"""

import hashlib

import msgspec
from msgspec import Struct

from kickoff.night import Night
from kickoff.notices.statuspage import identifier
from kickoff.notices.words import Notice, State
from kickoff.units import US_PER_S, AtUs

RESOLVED_MINUTES = 10
"""Minutes of the match for which the words stand that it is resolved."""
RESOLVED_LEAST_S = 15.0
"""On a short night too everybody's next look at the line falls within them."""
REWORD_EVERY_S = 10.0
"""The same statement in new words (surer, an earlier beginning) is not read to people more often than this."""
WORDS_MAX = 1000
"""Characters that the door takes for a language."""
RULE = "rule"
PLAYER = "-player"
"""After a language's code: the words for those who watch. A page that does not know them shows the others'."""

Said = tuple[str, str, str]
"""What a statement is known by: incident, state, cause."""
Act = tuple[str, str | dict[str, str] | None]
"""An act of the door's operator endpoint and its value."""


class Told(Struct, frozen=True, kw_only=True):
    """What the door tells everybody who asks for the state of the line."""

    notice: dict[str, str] = {}
    incident: str = ""


class Standing(Struct, frozen=True, kw_only=True):
    """The notice that stands."""

    words: dict[str, str]
    """As `words_of` keys them."""
    incident: str
    """What the door calls the incident, the same as the status page; empty when it is over."""
    said: Said | None
    """None: words that somebody else put there."""
    since: AtUs
    by: str
    """Who published it; empty where it stood before this console began."""

    @property
    def state(self) -> str:
        """How things stand according to it; empty for somebody else's words."""
        return self.said[1] if self.said else ""


def goal(
    draft: Notice | None, standing: Standing | None, *, is_rule: bool, held: str, at: AtUs, resolved_s: float
) -> Standing | None:
    """What shall stand without anybody doing anything. `held`: the incident that only people speak of from now on."""
    if standing and standing.state == State.MENDED and at - standing.since >= resolved_s * US_PER_S:
        return None
    if not is_rule or draft is None or (held and draft.incident == held):
        return standing
    if draft.state is State.CALM:
        # Nothing is wrong after all: what said so may not stand. Somebody else's words are not ours to take away.
        return None if standing and standing.state == State.OPEN else standing
    if draft.state is State.MENDED and (standing is None or standing.state == State.MENDED):
        return standing  # what was never said to be wrong needs no word that it is mended
    if standing and standing.said == said_of(draft):
        is_soon = at - standing.since < REWORD_EVERY_S * US_PER_S
        return standing if is_soon or standing.words == words_of(draft) else standing_of(draft, by=RULE, at=at)
    return standing_of(draft, by=RULE, at=at)


def offered(draft: Notice | None, standing: Standing | None, *, is_rule: bool, held: str) -> Notice | None:
    """The draft that waits for a person, if one does."""
    if draft is None or draft.state is State.CALM or (is_rule and draft.incident != held):
        return None
    if draft.state is State.MENDED and (standing is None or standing.state == State.MENDED):
        return None
    return None if standing and standing.words == words_of(draft) else draft


def acts(wanted: Standing | None, told: Told) -> tuple[Act, ...]:
    """What to ask of the door so that it tells what it shall; nothing where it does."""
    words, incident = (wanted.words, wanted.incident) if wanted else ({}, "")
    found: list[Act] = []
    if told.incident != incident:
        found.append(("incident", incident or None))
    if told.notice != words:
        found.append(("notice", words or None))
    return tuple(found)


def found_standing(told: Told, draft: Notice | None, at: AtUs) -> Standing:
    """Words at the door that this console did not send: the draft's, or somebody else's."""
    if draft and words_of(draft) == told.notice:
        return standing_of(draft, by="", at=at)
    return Standing(words=told.notice, incident=told.incident, said=None, since=at, by="")


def standing_of(draft: Notice, *, by: str, at: AtUs) -> Standing:
    """The draft as it is published."""
    name = identifier(draft.incident) if draft.state is State.OPEN else ""
    return Standing(words=words_of(draft), incident=name, said=said_of(draft), since=at, by=by)


def words_of(draft: Notice) -> dict[str, str]:
    """`LANGUAGE` → what the waiting page says, `LANGUAGE-player` → what the player says, no longer than the door takes.

    Who watches and who waits are told different things: one keeps their place, the other their picture.
    """
    waiting = {code: _cut(one.waiting_page) for code, one in draft.texts.items()}
    return waiting | {f"{code}{PLAYER}": _cut(one.player) for code, one in draft.texts.items() if one.player}


def _cut(text: str) -> str:
    return text if len(text) <= WORDS_MAX else f"{text[: WORDS_MAX - 1]}…"


def said_of(draft: Notice) -> Said:
    """What the statement is known by."""
    return (draft.incident, draft.state, draft.cause)


def mark_of(draft: Notice) -> str:
    """A short name of exactly these words: who publishes them says which they have read."""
    return hashlib.sha256(msgspec.json.encode(sorted(words_of(draft).items()))).hexdigest()[:16]


def resolved_stands_s(night: Night) -> float:
    """Seconds for which the words stand that it is resolved."""
    return max(RESOLVED_LEAST_S, RESOLVED_MINUTES * night.match_minute_s)
