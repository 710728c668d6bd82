"""How does the notice stand on the console's screen? What the desk says, in words."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from kickoff.console.desk import DeskNow
from kickoff.console.publishing import PLAYER, RULE, mark_of, resolved_stands_s, words_of
from kickoff.night import Night
from kickoff.notices.words import Notice, State
from kickoff.units import US_PER_S, AtUs
from kickoff.web.words import Words


class Piece(Struct, frozen=True, kw_only=True):
    """Words of one language for one place."""

    lang: str
    place: str
    words: str


class NoticeNow(Struct, frozen=True, kw_only=True):
    """The notice: what viewers read now, and what waits for a person."""

    how: str
    """Who publishes on this night."""
    standing: tuple[Piece, ...]
    since: str
    until: str
    """Empty, or until when it stands."""
    draft: tuple[Piece, ...]
    draft_why: str
    mark: str
    """The name of exactly the draft's words; empty without a draft."""
    elsewhere: tuple[Piece, ...]
    """The same for a post and an e-mail, to be taken from here."""
    late: str
    """Empty, or why the door does not say yet what it shall."""


def notice_of(desk: DeskNow, said: Notice | None, night: Night, clock: Callable[[AtUs], str], t: Words) -> NoticeNow:
    """The part of the screen. `clock`: an instant as the wall shows it."""
    standing, draft = desk.standing, desk.draft
    until = ""
    if standing and standing.state == State.MENDED:
        ends = AtUs(standing.since + round(resolved_stands_s(night) * US_PER_S))
        until = t("publish.until", clock=clock(ends))
    return NoticeNow(
        how=t(f"publish.by_{night.notices.approval}"),
        standing=_pairs(standing.words, t) if standing else (),
        since=_since(desk, clock, t),
        until=until,
        draft=_pairs(words_of(draft), t) if draft else (),
        draft_why=t("publish.held" if desk.is_held else "publish.waits") if draft else "",
        mark=mark_of(draft) if draft else "",
        elsewhere=_elsewhere(said, t) if said and said.state is not State.CALM else (),
        late=""
        if not desk.late
        else t("publish.silent")
        if desk.late == "silent"
        else t("door.refused", why=desk.late),
    )


def _since(desk: DeskNow, clock: Callable[[AtUs], str], t: Words) -> str:
    standing = desk.standing
    if standing is None:
        return ""
    key = "since_before" if not standing.by else "since_rule" if standing.by == RULE else "since"
    return t(f"publish.{key}", clock=clock(standing.since), name=standing.by)


def _pairs(words: Mapping[str, str], t: Words) -> tuple[Piece, ...]:
    """The reader's own language first, there the waiting page's words first."""
    pieces = []
    for key in sorted(words, key=lambda key: (key.removesuffix(PLAYER) != t.code, key)):
        place = t("publish.player" if key.endswith(PLAYER) else "publish.waiting_page")
        pieces.append(Piece(lang=key.removesuffix(PLAYER), place=place, words=words[key]))
    return tuple(pieces)


def _elsewhere(said: Notice, t: Words) -> tuple[Piece, ...]:
    pieces = []
    for code in sorted(said.texts, key=lambda code: (code != t.code, code)):
        texts = said.texts[code]
        pieces.append(Piece(lang=code, place=t("publish.post"), words=texts.post))
        mail = f"{texts.mail_subject}\n\n{texts.mail_body}"
        pieces.append(Piece(lang=code, place=t("publish.mail"), words=mail))
    return tuple(pieces)
