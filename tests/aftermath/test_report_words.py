import msgspec
import numpy as np
import pytest

from kickoff.aftermath.outcomes import LineFigures, Outcome
from kickoff.aftermath.report_series import Curves
from kickoff.aftermath.report_words import Answer, answers, headline, measured, named, percent, sides, where
from kickoff.aftermath.summary import Answers, summary
from kickoff.findings import Cause, Metric, Scope
from kickoff.gestures.policy import allot
from tests.gestures.nights import cases
from tests.notices.nights import NIGHT, findings, impact, incident

ZERO = np.zeros(186)
LINE = LineFigures(
    joined=100, admitted=90, called=95, waited_p50_s=3.5, waited_p95_s=9.0, expelled=0, duplicate_places=0, overtakes=0
)
WITH = Outcome(pictures_10s=80, pictures_60s=90, sign_ins_failed=0, black_screens=1, expelled=0, without_picture=2)
WITHOUT = Outcome(
    pictures_10s=20, pictures_60s=30, sign_ins_failed=400, black_screens=50, expelled=7, without_picture=60
)


def curves(*, waiting: float = 0.0) -> Curves:
    """A line of so many at second 70."""
    line = ZERO.copy()
    line[70] = waiting
    return Curves(
        joined=ZERO, waiting=line, passed=np.linspace(0, 185, 186), joins_per_s=np.full(186, 3.0), failed_starts=ZERO,
        failed_sign_ins=ZERO, rate_per_s=ZERO, utilisation={"sign_in": np.full(186, 87.0), "playlist": ZERO},
        capacity_per_s={"sign_in": 45.0, "playlist": 900.0}, waits={0.1: ZERO, 0.5: ZERO, 0.9: ZERO},
    )  # fmt: skip


def found(cause: Cause = Cause.FAULT, **changes: object) -> Answers:
    """The answers of a night with an incident that ended."""
    base = Answers(
        night=NIGHT, findings=findings(cause, incident(ended=True)), line=LINE, with_door=WITH, without_door=WITHOUT,
        allotment=allot(cases(30, seed=1), NIGHT), posted=True,
    )  # fmt: skip
    return msgspec.structs.replace(base, **changes)


def page(night: Answers, *, waiting: float = 0.0) -> dict[str, Answer]:
    """The first page by its questions' first words."""
    return {answer.question.split()[-1]: answer for answer in answers(night, curves(waiting=waiting))}


@pytest.mark.parametrize(
    ("cause", "figure"),
    [
        (Cause.FAULT, "A fault, 93\u00a0%"),
        (Cause.CAPACITY, "Capacity, 91\u00a0%"),
        (Cause.MALICE, "Malice, 97\u00a0%"),
        (Cause.MIXED, "More than one cause"),
        (Cause.TOO_EARLY, "Too early to say"),
        (Cause.NONE, "Nothing was wrong"),
    ],
)
def test_a_cause_comes_with_how_sure_it_is_and_no_cause_without_a_number(cause: Cause, figure: str) -> None:
    """'Too early to say, 40 %' would be read as 40 % of something."""
    assert page(found(cause))["we?"].figure == figure


def test_who_was_hit_is_a_range_with_a_place() -> None:
    """A single number would claim what nobody knows."""
    hit = page(found())["hit?"]
    assert hit.figure == "1,310 – 1,790"
    assert "delivery network south (92\u00a0% sure)" in hit.words


def test_a_night_played_one_way_says_so_instead_of_comparing() -> None:
    """A comparison with nothing would flatter."""
    assert "with the door only" in page(found(without_door=None))["change?"].words
    assert "open to all only" in page(found(with_door=None))["change?"].words
    assert page(found())["change?"].figure == "90 / 30"


def test_the_next_match_is_judged_by_tonights_rush() -> None:
    """Three a second came, one a second was let in, sign-in was the busiest."""
    ahead = page(found(), waiting=40)["match?"]
    assert ahead.figure == "40"
    assert "capacity has to be 3.0 times tonight's" in ahead.words
    assert "Tightest: sign-in, 87 % busy" in ahead.words
    assert page(found())["match?"].figure == "No line"


def test_a_list_that_waits_for_people_is_not_called_granted() -> None:
    """A promise that nobody approved is none."""
    assert "waits for approval" in page(found(posted=False))["owe?"].words
    assert "Granted, each once" in page(found())["owe?"].words


def test_the_headline_names_the_incident_only_where_there_was_one() -> None:
    """The sentence that is quoted."""
    assert "From 25' to half-time starts failed: between 1,310 and 1,790" in headline(found())
    assert headline(found(findings=findings(Cause.NONE))).endswith("No incident was noticed.")
    exact = findings(Cause.FAULT, incident(), hit=impact(seen=5, low=5, high=5))
    assert "From 25' starts failed: 5 households" in headline(found(findings=exact))


def test_a_scope_reads_as_words() -> None:
    """What was located, where it is everywhere, and where it cannot be told."""
    both = Scope(verdict="located", causes=({"cdn": "south", "device": "tv"}, {"app": "7.3.0"}), confidence=0.9)
    assert where(both) == "delivery network south, device tv and application version 7.3.0"
    assert where(Scope(verdict="located")) == "everywhere"
    assert where(Scope(verdict="cannot_tell")) == "it cannot be told where"


def test_percentages_leave_room_for_doubt() -> None:
    """0.999 is not certain, 0.001 is not impossible."""
    assert [percent(share) for share in (0.999, 0.93, 0.001, 0.0, 1.0)] == [
        "over 99\u00a0%",
        "93\u00a0%",
        "under 1\u00a0%",
        "0\u00a0%",
        "100\u00a0%",
    ]


def test_a_night_that_ends_within_the_minute_is_judged_at_ten_seconds() -> None:
    """0 against 0 would say that the door changed nothing."""
    times = msgspec.structs.replace(NIGHT.schedule, end=NIGHT.schedule.kick_off + 55)
    short = found(night=msgspec.structs.replace(NIGHT, schedule=times))
    assert page(short)["change?"].figure == "80 / 20"
    assert len(sides(short)) == len(sides(found())) - 1


def test_an_exact_count_is_no_range() -> None:
    """15 – 15 reads like a misprint."""
    exact = findings(Cause.FAULT, incident(), hit=impact(seen=15, low=15, high=15))
    assert page(found(findings=exact))["hit?"].figure == "15"


def test_values_are_said_in_words() -> None:
    """Titles of offers and channels, and what people met first."""
    assert named("offer", "sport", NIGHT) == "Canal+ Sport"
    assert named("met", "start_failed", NIGHT) == "a failed start"
    assert (named("isp", "isp-a", NIGHT), named("isp", "", NIGHT)) == ("isp-a", "not known")
    assert [measured(value) for value in (1500.0, 0.0329, 7.0)] == ["1,500", "0.0329", "7"]


def test_sides_hold_both_nights_in_the_same_order() -> None:
    """More pictures are better, fewer of everything else."""
    rows = sides(found())
    assert [(a, b) for _, a, b, _ in rows] == [(80, 20), (90, 30), (0, 400), (1, 50), (2, 60), (0, 7)]
    assert [good for *_, good in rows] == [True, True, False, False, False, False]


def test_the_summary_gives_the_delay_of_noticing_in_seconds() -> None:
    """From when it began until it was noticed; nothing where nothing was."""
    told = summary(found())["incident"]
    assert (told["noticed_after_s"], told["cause"]) == (4.0, "fault")
    assert list(told["scope"]["causes"]) == [{"cdn": "south"}]
    calm = summary(found(findings=findings(Cause.NONE)))["incident"]
    assert (calm["noticed_after_s"], calm["scope"], calm["cause"]) == (None, None, "none")


def test_the_headline_and_the_summary_tell_of_the_incident_that_hit_most() -> None:
    """Five failed starts before kick-off came first; the evening is remembered for what came later."""
    grave = incident(ended=True)
    blip = msgspec.structs.replace(
        grave,
        metric=Metric.SIGN_IN_FAILURES,
        began_at=NIGHT.at(20.0),
        noticed_at=NIGHT.at(27.0),
        ended_at=NIGHT.at(30.0),
    )
    hit = msgspec.structs.replace(impact(), by_incident=(5, 1_204))
    night = found(findings=findings(Cause.FAULT, blip, grave, hit=hit))

    assert summary(night)["incident"]["metric"] == "start_failures"
    assert summary(night)["incident"]["noticed_after_s"] == 4.0
    assert headline(night) == headline(found(findings=findings(Cause.FAULT, grave, hit=impact())))


@pytest.mark.parametrize(("value", "said"), [("0", "none"), ("<1", "less than 1"), ("more", "15 or more")])
def test_how_long_was_lost_is_said_in_words(value: str, said: str) -> None:
    """A class of minutes is no word."""
    assert named("lost", value, NIGHT) == said
