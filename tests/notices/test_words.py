import itertools

import msgspec
import pytest

from kickoff.findings import Cause, Incident, Metric, Scope
from kickoff.gestures.policy import allot
from kickoff.notices.html import tongues
from kickoff.notices.letters import letter
from kickoff.notices.words import CAUSES, POST_MAX, Notice, State, Texts, main_incident, notice
from tests.gestures.nights import case
from tests.notices.nights import NIGHT, findings, impact, incident

TONGUES = tongues()

CLAIMS = {
    "fr": {
        Cause.CAPACITY: ("capacité", "affluence", "accueillir", "plus de personnes", "surcharge", "trop de monde"),
        Cause.MALICE: ("malveil", "attaque", "hostile", "visé", "pirat"),
        Cause.FAULT: ("panne", "défaut", "défaillan", "cessé de fonctionner", "erreur"),
    },
    "en": {
        Cause.CAPACITY: ("capacity", "more people", "could carry", "overload", "demand", "crowd"),
        Cause.MALICE: ("malic", "attack", "hostile", "aimed at", "hack"),
        Cause.FAULT: ("fault", "failed", "broke", "stopped working", "error", "bug"),
    },
}
"""Words that claim a cause."""


def every_text(texts: Texts) -> str:
    """All that is said anywhere, in one string."""
    return "\n".join(msgspec.structs.astuple(texts)).lower()


def say(cause: Cause, *, ended: bool = False, before: tuple[Notice, ...] = ()) -> Notice:
    """The notice of an incident with this verdict."""
    return notice(findings(cause, incident(ended=ended)), NIGHT, TONGUES, before)


@pytest.mark.parametrize("language", sorted(CLAIMS))
@pytest.mark.parametrize("ended", [False, True])
@pytest.mark.parametrize("metric", list(Metric))
@pytest.mark.parametrize("cause", list(Cause))
def test_no_cause_is_claimed_that_the_verdict_does_not_carry(
    cause: Cause, metric: Metric, language: str, *, ended: bool
) -> None:
    """'Premature to give the exact cause' must not come out as one."""
    found = findings(cause, incident(ended=ended, metric=metric))
    said = every_text(notice(found, NIGHT, TONGUES).texts[language])
    for claimed, claims in CLAIMS[language].items():
        assert any(word in said for word in claims) is (claimed is cause), claimed


@pytest.mark.parametrize(
    ("seen", "low", "high", "english", "french"),
    [
        (19, 18, 19, "We have counted 19 accounts", "Nous avons compté 19 comptes"),
        (19, 17, 18, "We have counted 19 accounts", "Nous avons compté 19 comptes"),
        (19, 18, 25, "between 19 and 25 accounts have been hit; we have counted 19", "entre 19 et 25 comptes"),
        (19, 25, 25, "that 25 accounts have been hit; we have counted 19", "que 25 comptes ont été touchés"),
    ],
)
def test_no_range_contradicts_what_was_counted(seen: int, low: int, high: int, english: str, french: str) -> None:
    """'Between 18 and 19, and we have counted 19' tells readers that nobody has read it."""
    said = notice(findings(Cause.FAULT, incident(), hit=impact(seen=seen, low=low, high=high)), NIGHT, TONGUES)
    assert english in said.texts["en"].status_page
    assert french in said.texts["fr"].status_page


def test_every_language_that_there_is_is_held_to_it() -> None:
    """A language added later brings its list of claims with it."""
    assert set(TONGUES) == set(CLAIMS)


def test_the_languages_have_the_same_sentences_with_the_same_blanks() -> None:
    """What is said in one language is said in all."""

    def shape(tree: object, path: str = "") -> dict[str, frozenset[str]]:
        if isinstance(tree, dict):
            return {key: blanks for name, part in tree.items() for key, blanks in shape(part, f"{path}.{name}").items()}
        parts = str(tree).split("{")[1:]
        return {path: frozenset(part.partition("}")[0] for part in parts)}

    first, *others = (shape(tree) for tree in TONGUES.values())
    assert all(other == first for other in others)


def test_how_sure_is_said_with_the_cause() -> None:
    """A cause at 93 % and one at 60 % are not the same sentence."""
    found = findings(Cause.FAULT, incident())
    sentences = set()
    for probability in (0.97, 0.8, 0.55):
        verdict = msgspec.structs.replace(found.verdict, probabilities={"fault": probability})
        unsure = msgspec.structs.replace(found, verdict=verdict)
        sentences.add(notice(unsure, NIGHT, TONGUES).texts["en"].player)
    assert len(sentences) == 3


def test_a_changed_cause_says_what_it_corrects() -> None:
    """Silence about what was said before is how a service loses its word."""
    first = say(Cause.CAPACITY)
    then = say(Cause.TOO_EARLY, before=(first,))
    assert then.corrects is Cause.CAPACITY
    assert "Correction: at 21:01:40 we gave as the cause more people at once" in then.texts["en"].status_page
    assert "Rectification\u00a0: à 21:01:40, nous avions donné pour cause" in then.texts["fr"].status_page
    assert say(Cause.CAPACITY, before=(first,)).corrects is None
    assert say(Cause.FAULT, before=(say(Cause.TOO_EARLY),)).corrects is None


@pytest.mark.parametrize(("cause", "ended"), list(itertools.product(Cause, [False, True])))
def test_a_post_fits(cause: Cause, *, ended: bool) -> None:
    """A text cut off by somebody else's limit is a text that we did not write."""
    for before in ((), (say(Cause.CAPACITY), say(Cause.MALICE))):
        for texts in say(cause, ended=ended, before=before).texts.values():
            assert 40 < len(texts.post) <= POST_MAX
            assert texts.post.endswith((".", "?"))


def test_even_an_endless_title_fits_a_post() -> None:
    """The bound holds whatever the night is called."""
    night = msgspec.structs.replace(NIGHT, title="x" * 500)
    assert all(
        len(texts.post) == POST_MAX
        for texts in notice(findings(Cause.FAULT, incident()), night, TONGUES).texts.values()
    )


def test_where_is_said_only_when_it_was_located() -> None:
    """A guess at a scope sends the wrong people to restart their boxes."""
    sure = Scope(verdict="located", causes=({"device": "tv"},), confidence=0.8)
    for scope, is_said in (
        (sure, True),
        (msgspec.structs.replace(sure, confidence=0.4), False),
        (msgspec.structs.replace(sure, verdict="cannot_tell"), False),
        (msgspec.structs.replace(sure, causes=()), False),
    ):
        text = notice(findings(Cause.FAULT, incident(scope=scope)), NIGHT, TONGUES).texts["fr"].status_page
        assert ("Sont concernés\u00a0: les abonnés sur téléviseur." in text) is is_said


def test_a_delivery_network_is_not_named() -> None:
    """Viewers cannot choose it, and its name in public is an accusation."""
    texts = say(Cause.FAULT).texts["en"]
    assert "one of our delivery networks" in texts.status_page
    assert "south" not in every_text(texts)


def test_how_many_is_a_range_with_what_was_counted() -> None:
    """The number of the day after, on the evening itself."""
    assert "entre 1\u202f310 et 1\u202f790 comptes" in say(Cause.FAULT).texts["fr"].status_page
    counted = findings(Cause.FAULT, incident(), hit=impact(seen=50, low=50, high=50))
    assert "We have counted 50 accounts" in notice(counted, NIGHT, TONGUES).texts["en"].status_page


def test_other_ways_to_watch_are_named_while_it_lasts() -> None:
    """Who has no picture wants to know where there is one."""
    assert "canal 4" in say(Cause.FAULT).texts["fr"].waiting_page
    assert "canal 4" not in say(Cause.FAULT, ended=True).texts["fr"].waiting_page


def test_nothing_wrong_says_nothing_on_waiting_page_and_player() -> None:
    """A notice without an incident would be noise."""
    calm = notice(findings(Cause.NONE), NIGHT, TONGUES)
    assert (calm.state, calm.incident) == (State.CALM, "")
    assert all(not texts.waiting_page and not texts.player and texts.status_page for texts in calm.texts.values())


def test_a_real_evening_is_told_by_the_minute() -> None:
    """Seconds are for the rehearsal of three minutes."""
    times = msgspec.structs.replace(
        NIGHT.schedule, half_time=2_760.0, second_half=3_660.0, whistle=6_480.0, end=7_000.0
    )
    night = msgspec.structs.replace(NIGHT, schedule=times)
    assert "Depuis 21\u00a0h\u00a001," in notice(findings(Cause.FAULT, incident()), night, TONGUES).texts["fr"].player


@pytest.mark.parametrize(("language", "said"), [("en", "09:04"), ("fr", "09\u00a0h\u00a004")])
def test_an_hour_has_two_figures_as_on_the_other_pages(language: str, said: str) -> None:
    """The console and the waiting page write 00:29 of the same minute; another spelling reads as another instant."""
    written = TONGUES[language]
    assert str(written["clock"]).format(hour=9, minute=4) == said
    assert str(written["clock_short_night"]).format(hour=9, minute=4, second=7) == "09:04:07"


def test_a_mended_incident_speaks_of_the_past() -> None:
    """Readers of the morning must not think it still lasts."""
    said = say(Cause.FAULT, ended=True)
    assert said.state is State.MENDED
    assert said.texts["fr"].status_page.startswith("De 21:01:28 à 21:01:52")
    assert "It is resolved" in said.texts["en"].player


def test_the_main_incident_is_one_that_lasts() -> None:
    """Of two incidents the one that still hurts is spoken of."""
    late = msgspec.structs.replace(incident(), noticed_at=NIGHT.at(150.0))
    assert main_incident(findings(Cause.FAULT, incident(ended=True), late)) is late
    assert main_incident(findings(Cause.NONE)) is None


def test_of_several_incidents_the_one_that_hit_most_is_spoken_of() -> None:
    """A blip before kick-off is not the evening's news; what still lasts is, however small."""
    blip, grave = (
        msgspec.structs.replace(incident(ended=True), noticed_at=NIGHT.at(at), began_at=NIGHT.at(at - 2))
        for at in (20.0, 92.0)
    )
    lasts = msgspec.structs.replace(incident(), noticed_at=NIGHT.at(150.0))

    def main(*incidents: Incident, hit: tuple[int, ...]) -> Incident | None:
        counted = msgspec.structs.replace(impact(), by_incident=hit)
        return main_incident(findings(Cause.FAULT, *incidents, hit=counted))

    assert main(blip, grave, hit=(12, 1_204)) is grave
    assert main(blip, grave, hit=(7, 7)) is blip
    assert main(blip, grave, lasts, hit=(12, 1_204, 3)) is lasts


def test_a_subscribers_letter_names_their_gesture_in_their_language() -> None:
    """One letter says what happened, why as far as known, and what is given."""
    (grant,) = allot([case(7, minutes=12.5)], NIGHT).granted
    letters = letter(say(Cause.TOO_EARLY, ended=True), grant, NIGHT, TONGUES)
    assert "nous vous accordons 5,00 € (un avoir sur votre prochaine facture)" in letters["fr"]
    assert "we are giving you 5.00 € (a credit on your next bill)" in letters["en"]
    assert letters["en"].endswith("that you missed.\n\nCanal+")


def test_the_letter_is_sorry_and_promises_a_gesture_only_where_there_is_a_policy() -> None:
    """A promise without a policy behind it would be a lie."""
    assert "gesture" in say(Cause.FAULT).texts["en"].mail_body
    bare = msgspec.structs.replace(NIGHT, gestures=None)
    assert "gesture" not in notice(findings(Cause.FAULT, incident()), bare, TONGUES).texts["en"].mail_body
    assert len(CAUSES) == 3
