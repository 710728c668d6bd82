import msgspec
import pytest

from kickoff.console.answers import Answers
from kickoff.console.house import DependencyHealth, HouseNow
from kickoff.console.pages import languages, words_of
from kickoff.console.spelling import local_of_utc, match_clock, money, rate
from kickoff.console.view import Screen, screen_of, sketch
from kickoff.console.watch import Seen
from kickoff.facts import CODES, Fact
from kickoff.findings import Cause, Evidence, Metric, Range
from kickoff.units import US_PER_S, AtUs
from tests.console.room import AT_S, HOUSE, NIGHT, answers
from tests.evenings import second

EN = words_of("en")
HOUSE_NOW = msgspec.convert(HOUSE, HouseNow)


def screen(seen: Seen, at_s: float = AT_S, language: str = "en") -> Screen:
    """The screen at so many seconds from the start."""
    return screen_of(seen, NIGHT, at=AtUs(second(at_s)), t=words_of(language))


@pytest.mark.parametrize(
    ("at_s", "said"),
    [
        (0.0, "Kick-off in 53'"),
        (60.0, "0'"),
        (84.5, "22'"),
        (114.0, "Half-time"),
        (127.0, "53'"),
        (171.0, "After the whistle"),
    ],
)
def test_the_match_clock_is_the_nights(at_s: float, said: str) -> None:
    """On a short night a minute of the match lasts about a second."""
    assert match_clock(NIGHT, at_s, EN) == said


@pytest.mark.parametrize(
    ("language", "key", "n", "said"),
    [
        ("en", "gestures.summary", 1, "1 subscriber, 2 €"),
        ("en", "gestures.summary", 1005, "1,005 subscribers, 2 €"),
        ("fr", "gestures.summary", 1, "1 abonné, 2 €"),
        ("fr", "gestures.left_out", 1, "1 cas n’y donne droit à rien."),
        ("fr", "tile.admitted_beside", 1, "1 pas venu à temps"),
        ("fr", "hit.all_seen", 1, "1 compte, et il a été vu."),
        ("en", "hit.all_seen", 3, "3 accounts, all of them seen."),
    ],
)
def test_one_is_not_many(language: str, key: str, n: int, said: str) -> None:
    """As each language counts."""
    assert words_of(language)(key, n=n, total="2 €") == said


def test_an_amount_is_grouped_as_the_other_numbers_of_its_language() -> None:
    """10,000.00 € beside 1,005; 10 000,00 € beside 1 005."""
    assert money(1_000_000, EN) == "10,000.00 €"
    assert money(1_000_000, words_of("fr")) == "10\u202f000,00 €"


def test_everything_that_was_heard_stands_on_the_screen() -> None:
    """House, health, refusals, findings: in the language's own numbers."""
    made = screen(Seen(house=HOUSE_NOW, answers=answers()), language="fr")
    assert [tile.value for tile in made.tiles] == [
        "5\u202f312",
        "4\u202f203",
        "38,2",
        "7\u202f402",
        "1\u202f804",
        "5\u202f290",
    ]
    assert made.binding == "la connexion"
    assert [one.name for one in made.health] == ["Connexion", "Listes de lecture"]
    assert made.health[1].capacity == "pas encore connu"
    assert made.refusals == (("chaîne hors de l’offre", "41"), ("something_new", "2"))
    assert made.found is not None
    assert made.found.incidents[0].headline == "Des flux ne démarrent pas\u00a0: réseau de diffusion south"
    assert made.found.incidents[0].when.startswith("Depuis 21:01:28, remarqué à 21:01:33, toujours en cours après 12")
    assert made.found.shares[0].percent == 94
    assert "852" in made.found.hit
    assert made.found_at == "Ce que dit le journal jusqu’à 21:01:40."


def test_a_closed_door_is_not_called_paused() -> None:
    """Before and after the night nobody is called, and nobody did that."""
    for state, paused, words in (
        ("queueing", True, "your pause"),
        ("closed", False, "closed"),
        ("before", False, "not open yet"),
    ):
        made = screen(Seen(house=msgspec.structs.replace(HOUSE_NOW, binding="paused", state=state)))
        assert (made.is_paused, made.binding) == (paused, words)
        assert not made.is_limited


def test_nobody_who_waits_limits_nothing() -> None:
    """`Bound by nobody waits` is no sentence; what could be short is named as what binds."""
    idle = screen(Seen(house=msgspec.structs.replace(HOUSE_NOW, binding="nobody")))
    assert (idle.binding, idle.is_limited, idle.tiles[2].beside) == ("nobody waits", False, "nobody waits")
    busy = screen(Seen(house=HOUSE_NOW))
    assert (busy.is_limited, busy.tiles[2].beside) == (True, "limited by sign-in")


def test_figures_alarm_with_the_incidents_and_not_with_a_single_error() -> None:
    """Some fail on any night: a page that is red all evening is not looked at when it matters."""

    def alarmed(said: Answers) -> set[str]:
        return {tile.name for tile in screen(Seen(house=HOUSE_NOW, answers=said)).tiles if tile.alarm}

    going_on = answers()
    assert HOUSE_NOW.start_failed
    assert HOUSE_NOW.sign_in_failed
    assert alarmed(going_on) == {"Pictures"}
    assert alarmed(answers(calm=True)) == set()
    assert going_on.findings is not None
    over = msgspec.structs.replace(going_on.findings.incidents[0], ended_at=second(95))
    ended = msgspec.structs.replace(going_on.findings, incidents=(over,))
    assert alarmed(msgspec.structs.replace(going_on, findings=ended)) == set()


def test_the_back_end_alarms_where_the_door_itself_brakes() -> None:
    """One error in a hundred calls is any night; a queue of a second, or three errors in one call, is not."""
    calm = DependencyHealth(dependency="sign_in", utilisation=0.9, capacity_per_s=200.0, errors=1)
    late = msgspec.structs.replace(calm, errors=0, queue_ms=900.0)
    failing = msgspec.structs.replace(calm, errors=40)
    unknown = msgspec.structs.replace(calm, capacity_per_s=0.0)
    stuck = msgspec.structs.replace(unknown, queue_ms=30_000.0)
    every = (calm, late, failing, unknown, stuck)
    made = screen(Seen(house=msgspec.structs.replace(HOUSE_NOW, health=every)))
    assert [one.alarm for one in made.health] == [False, True, True, False, True]


def test_the_page_never_knows_of_an_instant_before_what_it_tells() -> None:
    """The question is older than what the journal held when it was read: an incident was noticed after it."""
    late = msgspec.structs.replace(answers(), at=second(80))
    made = screen(Seen(answers=late))
    assert made.found is not None
    assert "21:01:33" in made.found.incidents[0].when
    assert made.found_at == "What the journal tells up to 21:01:40."


def test_what_goes_on_stands_first_and_says_what_to_do() -> None:
    """A cause that is over needs no act; one that goes on names it."""
    said = answers()
    assert said.findings is not None
    one = said.findings.incidents[0]
    over = msgspec.structs.replace(one, metric=Metric.SIGN_IN_FAILURES, ended_at=second(95))
    both = msgspec.structs.replace(said.findings, incidents=(over, one))
    found = screen(Seen(answers=msgspec.structs.replace(said, findings=both))).found
    assert found is not None
    assert [one.is_on for one in found.incidents] == [True, False]
    assert found.todo.startswith("Tell whoever runs")
    ended = msgspec.structs.replace(said.findings, incidents=(over,))
    found = screen(Seen(answers=msgspec.structs.replace(said, findings=ended))).found
    assert found is not None
    assert (found.is_on, found.todo) == (False, "")


def test_evidence_is_dated_by_the_clock_on_the_wall_and_names_its_facts_aside() -> None:
    """Beside local times a journal's own clock is read as the wall's; midnight lies between them on some nights."""
    said = answers()
    assert said.findings is not None
    fact = "the queue before playlist stood at 14 ms (health, 19:01:28-19:01:33 UTC)"
    evidence = (Evidence(fact=fact, value=14.0, expected=1.0, favours=Cause.FAULT, weight=1.0),)
    verdict = msgspec.structs.replace(said.findings.verdict, evidence=evidence)
    findings = msgspec.structs.replace(said.findings, verdict=verdict)
    found = screen(Seen(answers=msgspec.structs.replace(said, findings=findings))).found
    assert found is not None
    (sign,) = found.evidence
    assert (sign.words, sign.facts, sign.when) == (fact.partition(" (")[0], "health", "21:01:28–21:01:33")
    beside = msgspec.structs.replace(evidence[0], fact="nearly all who fail are on televisions", weight=0.0)
    verdict = msgspec.structs.replace(verdict, evidence=(beside, *evidence))
    findings = msgspec.structs.replace(findings, verdict=verdict)
    found = screen(Seen(answers=msgspec.structs.replace(said, findings=findings))).found
    assert found is not None
    assert [one.words for one in found.evidence] == [sign.words, beside.fact]
    assert local_of_utc(NIGHT, "23:59:59", near=AtUs(NIGHT.at(0) + 6 * 3600 * US_PER_S)) == "01:59:59"


def test_before_the_first_word_nothing_is_claimed() -> None:
    """No zero stands where nothing is known."""
    made = screen(Seen())
    assert made.loading
    assert {tile.value for tile in made.tiles} == {"–"}
    assert made.found is None


def test_a_silent_door_is_named_with_its_time() -> None:
    """In the time of the place where the match is played; after the night it is no alarm but the end."""
    seen = Seen(house=HOUSE_NOW, silent_since=second(AT_S))
    assert "silent since 21:01:40" in screen(seen).silent
    assert "the night is over" in screen(seen, at_s=300).silent
    assert screen(Seen(house=HOUSE_NOW)).silent == ""


def test_a_calm_night_says_so() -> None:
    """No incident: no causes, nobody hit."""
    found = screen(Seen(answers=answers(calm=True))).found
    assert found is not None
    assert (found.incidents, found.shares, found.hit) == ((), (), "")


def test_every_code_that_can_come_has_words_in_every_language() -> None:
    """A code on a screen at 21:00 helps nobody."""
    for language in languages():
        t = words_of(language)
        for table, codes in (
            ("verdict", tuple(Cause)),
            ("metric", tuple(Metric)),
            ("todo", (*(one for one in Cause), "too_early")),
            ("lane", tuple(HOUSE_NOW.lanes)),
            ("lane_why", tuple(HOUSE_NOW.lanes)),
            ("refused", tuple(CODES[Fact.REFUSED])),
            ("state", ("before", "draw", "open", "queueing", "paused", "closed")),
            ("scope", ("everywhere", "cannot_tell", "outside")),
            ("plot", tuple(code for code, _ in NIGHT.match_events())),
            ("binding", ("sign_in", "playlist", "cap", "paused", "inside_max", "egress", "slew", "brake", "safe")),
        ):
            assert [code for code in codes if not t.has(f"{table}.{code}")] == [], (language, table)


def test_both_languages_say_the_same_things() -> None:
    """A text that exists in one language only is a screen that fails in the other."""

    def keys(tree: object, above: str = "") -> set[str]:
        if not isinstance(tree, dict):
            return {above}
        return {key for name, below in tree.items() for key in keys(below, f"{above}.{name}")}

    assert keys(dict(words_of("fr").tree)) == keys(dict(words_of("en").tree))


def test_rates_are_written_as_precisely_as_they_mean() -> None:
    """38.2 a second, but 1,234."""
    assert (rate(38.25, EN), rate(1234.4, EN), rate(0.0, EN)) == ("38.2", "1,234", "0.0")


def test_whoever_was_hit_is_said_as_it_is_known() -> None:
    """A range where others were hit unseen, one number where all were seen."""
    said = answers()
    assert said.findings is not None
    sure = msgspec.structs.replace(said.findings.impact, total=Range(low=812, mid=812, high=812))
    certain = msgspec.structs.replace(said, findings=msgspec.structs.replace(said.findings, impact=sure))
    found, seen = screen(Seen(answers=said)).found, screen(Seen(answers=certain)).found
    assert found is not None
    assert seen is not None
    assert (found.hit, seen.hit) == (
        "812 accounts seen; between 852 and 902 in all.",
        "812 accounts, all of them seen.",
    )


def test_the_sketch_stays_in_its_box() -> None:
    """Whoever reads without JavaScript sees the curve's shape."""
    points = [tuple(map(float, point.split(","))) for point in sketch([0, None, 5, 10] * 400).split()]
    assert len(points) <= 300
    assert all(0 <= x <= 600 and 0 <= y <= 120 for x, y in points)
    assert (sketch([]), sketch([1.0])) == ("", "")
    assert sketch([0.0, 0.0]).endswith(",120.0")
