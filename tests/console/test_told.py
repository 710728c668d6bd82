import ast
import re
import tomllib
from collections.abc import Iterator, Sequence
from itertools import product

import pytest

from kickoff.admission import terms
from kickoff.admission.flow import Flow
from kickoff.admission.limits import Limit
from kickoff.admission.stretch import Stretch
from kickoff.admission.trim import Trim
from kickoff.causes.attacks import KINDS
from kickoff.causes.explain import NOTHING_READ, SETTLES
from kickoff.console.told import FOLDER, Seen, parted, told, told_in_parts
from kickoff.findings import Metric
from kickoff.waiting_room.line import LANES
from tests.architecture.source import PACKAGE

SAID: dict[str, str] = tomllib.loads((FOLDER / "fr.toml").read_text("utf-8"))["said"]
BLANK = re.compile(r"\{\w+\}")
JOINED = re.compile(r" and |(?<=cents)(?=[,;])")
"""Where a stage joins two of its pieces."""
WRITTEN = "".join(
    path.read_text("utf-8")
    for stage in ("admission", "causes", "impact", "gestures")
    for path in sorted((PACKAGE / stage).glob("*.py"))
)
STAGES = re.sub(r'"\s*\n\s*f?"', "", WRITTEN)
"""Their sources, a sentence that goes on in the next line put together."""


@pytest.mark.parametrize("sentence", sorted(SAID))
def test_each_pattern_is_one_that_the_stages_speak(sentence: str) -> None:
    """A sentence that changed there would be read in English from then on; this says so first."""
    # Two that the stage joins by "and" are looked for one by one.
    assert all(part.strip(" ()") in STAGES for joined in BLANK.split(sentence) for part in JOINED.split(joined))
    assert set(BLANK.findall(sentence)) == set(BLANK.findall(SAID[sentence]))


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("1.5 min × 40 cents = 60 cents, raised to the floor of 200 cents",
         "1,5 min × 40 centimes = 60 centimes, porté au plancher de 200 centimes"),
        ("revised from 90 to 60 cents: 1.5 min × 40 cents = 60 cents",
         "revu de 90 à 60 centimes\u00a0: 1,5 min × 40 centimes = 60 centimes"),
    ],
)  # fmt: skip
def test_the_sum_of_a_gesture_is_said_in_the_readers_language(sentence: str, said: str) -> None:
    """The ledger keeps the sentence as it was written; who reads it reads their own."""
    assert told(sentence, "fr") == (said, "fr")


@pytest.mark.parametrize("lane", [str(lane) for lane in LANES])
def test_every_lane_has_a_name(lane: str) -> None:
    """Else an English word stands in a French sentence."""
    assert lane in tomllib.loads((FOLDER / "fr.toml").read_text("utf-8"))["names"]


def test_a_sentence_is_said_with_its_figures() -> None:
    """What differs from one evening to the next goes over; what nobody knows stays as it is."""
    found = told("cdn south was used to 82% of its capacity", "fr")
    assert found == ("cdn south était occupé à 82\u00a0% de sa capacité", "fr")
    longer = "90% of the sign-ins that were answered had a wrong password or no such account (4% before)"
    assert told(longer, "fr")[0].endswith("(4\u00a0% avant)")
    assert told("something new", "fr") == ("something new", "en")
    assert told(longer, "en") == (longer, "en")


def test_every_term_of_the_door_is_told_in_french() -> None:
    """Whoever runs the night reads one language; a figure is written as there, and nothing is left over."""
    words = "sign-in: 812/s of 1,040, 3.5/s by those inside; one admission costs 0.9 (main), 0.02 (known)"
    words += "; braking to 40%: queue 700 ms, 3 errors"
    limit = Limit(name="sign_in", free_per_s=228.0, costs={"main": 1.0}, words=words, use="812/s of 1,040")
    pace = terms.Pace(
        waiting=4203, admitted_per_s=22.8, called_per_s=38.3, allowed_per_s=228.0, binding="slew", limit=limit
    )
    trims, stretched = {"sign_in": Trim(factor=1.02)}, Stretch(step=1)
    lines = terms.terms((limit,), {"main": pace}, flows={"main": Flow()}, trims=trims, stretched=stretched)
    said = [told_in_parts(line, "fr") for line in lines]
    assert [spoken for _, spoken in said] == ["fr"] * len(lines)
    assert said[0][0].startswith(
        "file principale\u00a0: 38,3 appelés par seconde sur 4\u202f203 qui attendent\u202f; ce qui retient le rythme"
        "\u00a0: montée lente, exprès\u202f; le plus serré\u00a0: connexion, 812/s sur 1\u202f040\u202f; de ceux"
    )
    assert "une entrée coûte 0,9 (file principale), 0,02 (file des connus)\u202f; freiné à 40\u00a0%" in said[1][0]
    assert told_in_parts("sign-in: 1/s of 2; something new", "fr") == ("sign-in: 1/s of 2; something new", "en")
    assert told_in_parts(lines[0], "en") == (lines[0], "en")


def test_how_the_hit_were_counted_is_told_in_french() -> None:
    """Sentence by sentence; one that nobody knows leaves the whole as it was said."""
    how = (
        "1,852 accounts were seen to fail while an incident held, each counted once and with the time from its first "
        "failed attempt to its next picture, or to the incident's end, between kick-off and the whistle. Besides, 40 "
        "devices failed before their account was known and 7 that look like machines' are not counted; some 12 pressed "
        "play, and nothing more was heard of them; 9 complaints were made elsewhere meanwhile and are no count of "
        "people. Together that makes 1,880 to 1,990 in all, nine times in ten; waiting in line is not counted."
    )
    said, spoken = told_in_parts(how, "fr")
    assert spoken == "fr"
    assert said.startswith("1\u202f852 comptes ont été vus en échec")
    assert ". De plus, 40 appareils" in said
    assert said.endswith("neuf fois sur dix\u202f; l’attente dans la file n’est pas comptée.")
    assert told_in_parts(f"{how} And more.", "fr") == (f"{how} And more.", "en")


def sentences_of(source: str) -> Iterator[str]:
    """What a module says as evidence: all that becomes `words` or a `fact`, one sentence for each way it may be put."""
    values = [
        node.value
        for node in ast.walk(ast.parse(source))
        if (isinstance(node, ast.keyword) and node.arg in {"words", "fact"})
        or (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "words")
    ]
    for value in values:
        parts = value.values if isinstance(value, ast.JoinedStr) else [value]
        yield from map("".join, product(*map(_put, parts)))


def _put(part: ast.expr) -> Sequence[str]:
    """A part of a sentence: as it is written, each of what a condition or a table may say, or a figure."""
    match part:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.IfExp(body=ast.expr() as one, orelse=ast.expr() as other):
            return [*_put(one), *_put(other)]
        case ast.FormattedValue(value=ast.Name(id="what")):
            return list(KINDS.values())
        case ast.FormattedValue():
            return ["12"]
        case _:
            # A name or a call: its words are found where they are put together.
            return []


EVIDENCE = sorted({
    sentence
    for path in sorted((PACKAGE / "causes").glob("*.py"))
    for sentence in sentences_of(path.read_text("utf-8"))
    if re.search("[a-z]", sentence)
})  # fmt: skip


def test_the_sentences_of_the_evidence_are_found() -> None:
    """A search that finds nothing proves nothing: one of each reader stands for it."""
    readers = ("the queue before", "went on to come in", "a storm of retries", "complaints elsewhere", "a release came")
    for part in readers:
        assert any(part in sentence for sentence in EVIDENCE)


@pytest.mark.parametrize("sentence", [*EVIDENCE, *SETTLES.values(), NOTHING_READ])
def test_all_evidence_and_what_would_settle_it_is_told_in_french(sentence: str) -> None:
    """Whoever runs the night reads one language, also on the worst of them."""
    assert told(sentence, "fr")[1] == "fr"


@pytest.mark.parametrize("what", KINDS.values())
def test_what_an_attack_is_made_of_has_a_name(what: str) -> None:
    """Else an English word stands in a French sentence."""
    assert what not in told(f"12 {what}: 3.1 times as expected", "fr")[0]


@pytest.mark.parametrize("of", [*(str(metric).replace("_", " ") for metric in Metric), *KINDS])
def test_of_which_of_several_incidents_evidence_speaks_is_told_in_french(of: str) -> None:
    """Two incidents at once have each their evidence; an English name before a French sentence is neither."""
    said, spoken = told(f"{of}: no release came just before", "fr")

    assert spoken == "fr"
    assert said.endswith(": aucune nouvelle version n’est sortie juste avant")
    assert told(f"{of}: something new", "fr") == (f"{of}: something new", "en")


def test_where_a_sign_is_to_be_seen_is_no_part_of_its_sentence() -> None:
    """Names of facts and the journal's clock are of no language; the sentence before them is."""
    said, seen = parted("12 came (4% before) (joined, sign_in_failed, 19:42:24-19:59:03 UTC)")
    assert said == "12 came (4% before)"
    assert seen == Seen(facts="joined, sign_in_failed", began="19:42:24", ended="19:59:03")
    assert parted("12 came (4% before)") == ("12 came (4% before)", Seen())
