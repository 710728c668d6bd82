from collections.abc import Sequence
from itertools import pairwise

import pytest

from kickoff.console.publishing import (
    REWORD_EVERY_S,
    RULE,
    WORDS_MAX,
    Standing,
    Told,
    acts,
    found_standing,
    goal,
    mark_of,
    offered,
    resolved_stands_s,
    standing_of,
    words_of,
)
from kickoff.findings import Cause
from kickoff.night import Night
from kickoff.notices.html import tongues
from kickoff.notices.statuspage import identifier
from kickoff.notices.words import CAUSES, Notice, State, notice
from kickoff.units import US_PER_S, AtUs
from tests.notices.nights import NIGHT, findings, incident

BEGAN, LATER, SOON = NIGHT.at(100.0), NIGHT.at(160.0), NIGHT.at(100.0 + REWORD_EVERY_S / 2)
RESOLVED_S = 30.0


def draft(cause: Cause = Cause.FAULT, *, ended: bool = False, calm: bool = False, night: Night = NIGHT) -> Notice:
    """What the stage of the words says of failed starts with this verdict."""
    return notice(findings(cause, *([] if calm else [incident(ended=ended)])), night, tongues())


def up(said: Notice, at: AtUs = BEGAN) -> Standing:
    """It was published at this instant by the rule."""
    return standing_of(said, by=RULE, at=at)


OPEN, EARLY, MENDED, CALM = draft(), draft(Cause.TOO_EARLY), draft(ended=True), draft(calm=True)
HELD = OPEN.incident
FOREIGN = Standing(words={"en": "Buses run late."}, incident="", said=None, since=BEGAN, by="")
SURER = notice(
    findings(Cause.FAULT, incident()),
    NIGHT,
    {"en": {**tongues()["en"], "sure": dict.fromkeys(("almost", "fairly", "barely"), "Surely")}},
)


def shall(
    said: Notice | None, before: Standing | None, at: AtUs = LATER, *, rule: bool = True, held: str = ""
) -> Standing | None:
    """What shall stand."""
    return goal(said, before, is_rule=rule, held=held, at=at, resolved_s=RESOLVED_S)


@pytest.mark.parametrize(
    ("said", "before", "at", "found"),
    [
        (None, None, LATER, None),
        (CALM, None, LATER, None),
        (OPEN, None, LATER, up(OPEN, LATER)),
        (None, up(OPEN), LATER, up(OPEN)),
        (OPEN, up(OPEN), LATER, up(OPEN)),
        (OPEN, up(EARLY), SOON, up(OPEN, SOON)),
        (SURER, up(OPEN), SOON, up(OPEN)),
        (SURER, up(OPEN), LATER, up(SURER, LATER)),
        (MENDED, up(OPEN), LATER, up(MENDED, LATER)),
        (MENDED, up(MENDED), SOON, up(MENDED)),
        (MENDED, up(MENDED), LATER, None),
        (MENDED, None, LATER, None),
        (CALM, up(OPEN), LATER, None),
        (OPEN, up(MENDED), SOON, up(OPEN, SOON)),
        (CALM, FOREIGN, LATER, FOREIGN),
        (OPEN, FOREIGN, LATER, up(OPEN, LATER)),
    ],
    ids=[
        "nothing heard", "nothing wrong", "an incident", "the journal fails", "nothing new", "a cause is found",
        "new words, soon", "new words, later", "mended", "mended still stands", "mended long enough",
        "mended and never said", "nothing was wrong after all", "again", "other words stay",
        "an incident counts more",
    ],
)  # fmt: skip
def test_the_rule_says_what_was_found_when_it_says_something_new(
    said: Notice | None, before: Standing | None, at: AtUs, found: Standing | None
) -> None:
    """The table of cases; what is found equals what stood where nothing is to be done."""
    assert shall(said, before, at) == found


@pytest.mark.parametrize("said", [OPEN, EARLY, MENDED, CALM, None])
@pytest.mark.parametrize("before", [None, up(OPEN), FOREIGN])
def test_nothing_is_published_where_people_decide(said: Notice | None, before: Standing | None) -> None:
    """What stands stays, whatever is found; only the words that it is over end with their time."""
    assert shall(said, before, rule=False) == before
    assert shall(said, up(MENDED), rule=False) is None


@pytest.mark.parametrize("said", [OPEN, EARLY, MENDED])
def test_what_a_person_took_back_does_not_come_back_by_itself(said: Notice) -> None:
    """Of this incident only people speak; the next one is another matter."""
    assert shall(said, None, held=HELD) is None
    assert shall(OPEN, None, held="another") == up(OPEN, LATER)


@pytest.mark.parametrize(
    ("said", "before", "rule", "held", "waits"),
    [
        (OPEN, None, False, "", True),
        (OPEN, up(EARLY), False, "", True),
        (OPEN, up(OPEN), False, "", False),
        (MENDED, up(OPEN), False, "", True),
        (MENDED, up(MENDED), False, "", False),
        (MENDED, None, False, "", False),
        (CALM, up(OPEN), False, "", False),
        (None, None, False, "", False),
        (OPEN, None, True, "", False),
        (OPEN, None, True, HELD, True),
    ],
)
def test_a_draft_waits_only_where_it_would_say_something_new(
    said: Notice | None, before: Standing | None, *, rule: bool, held: str, waits: bool
) -> None:
    """No button that would say the same again."""
    assert (offered(said, before, is_rule=rule, held=held) is not None) == waits


def told(standing: Standing | None) -> Told:
    """The door, once it has done what was asked."""
    return Told(notice=standing.words, incident=standing.incident) if standing else Told()


@pytest.mark.parametrize("night", [[OPEN, OPEN, MENDED, MENDED, MENDED], [EARLY, OPEN, CALM], [OPEN, MENDED, OPEN]])
def test_nothing_is_sent_twice_in_a_row(night: Sequence[Notice]) -> None:
    """Tick after tick of a night: each act changes what the door tells."""
    standing, sent = None, []
    for step in range(40):
        at = AtUs(BEGAN + step * 3 * US_PER_S)
        wanted = shall(night[min(step // 3, len(night) - 1)], standing, at)
        sent += [act for act in acts(wanted, told(standing)) if act[0] == "notice"]
        standing = wanted
        assert acts(wanted, told(wanted)) == ()
    assert sent
    assert all(one != other for one, other in pairwise(sent))


def test_a_door_that_was_started_again_is_told_again() -> None:
    """It forgot both; what is half there is completed."""
    wanted = up(OPEN)
    assert acts(wanted, Told()) == (("incident", identifier(OPEN.incident)), ("notice", words_of(OPEN)))
    assert acts(wanted, Told(incident=wanted.incident)) == (("notice", words_of(OPEN)),)
    assert acts(None, told(wanted)) == (("incident", None), ("notice", None))


def test_a_console_that_was_started_again_knows_its_own_words() -> None:
    """Then nothing is said twice; other words are somebody else's."""
    assert shall(OPEN, found_standing(told(up(OPEN)), OPEN, LATER)) == standing_of(OPEN, by="", at=LATER)
    assert found_standing(told(FOREIGN), OPEN, BEGAN) == FOREIGN


@pytest.mark.parametrize("cause", list(Cause))
@pytest.mark.parametrize("ended", [False, True])
def test_what_is_published_is_what_the_notices_say_and_names_no_other_cause(cause: Cause, *, ended: bool) -> None:
    """Word for word, in each language; a cause stands there only where the verdict is that cause."""
    said = draft(cause, ended=ended)
    published = standing_of(said, by=RULE, at=BEGAN)
    for code, text in said.texts.items():
        assert (published.words[code], published.words[f"{code}-player"]) == (text.waiting_page, text.player)
    for code, words in published.words.items():
        for other in CAUSES:
            claim = (
                tongues()[code.removesuffix("-player")]["why"][other].format(sure="").removeprefix(": ").strip(" :.")
            )
            assert (claim in words) == (other is cause)


def test_the_incident_is_called_as_on_the_status_page() -> None:
    """And is over for the door when its words are."""
    assert (up(OPEN).incident, up(MENDED).incident) == (identifier(OPEN.incident), "")


def test_words_are_never_longer_than_the_door_takes() -> None:
    """A night that names many other ways to watch."""
    long = {code: {**tree, "do": {"waiting_page": "x" * 2000, "player": ""}} for code, tree in tongues().items()}
    said = notice(findings(Cause.FAULT, incident()), NIGHT, long)
    assert [len(words_of(said)[code]) for code in long] == [WORDS_MAX] * len(long)


def test_a_draft_is_marked_by_its_words() -> None:
    """Who read other words does not publish these."""
    assert mark_of(OPEN) == mark_of(draft())
    assert len({mark_of(OPEN), mark_of(EARLY), mark_of(MENDED)}) == 3


def test_resolved_stands_for_minutes_of_the_match() -> None:
    """Never so briefly that nobody sees it."""
    assert resolved_stands_s(NIGHT) == 15.0
    assert MENDED.state == State.MENDED
