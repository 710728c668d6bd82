import re
import tomllib

import pytest

from kickoff.console.told import FOLDER, told
from tests.architecture.source import PACKAGE

SAID: dict[str, str] = tomllib.loads((FOLDER / "fr.toml").read_text("utf-8"))["said"]
BLANK = re.compile(r"\{\w+\}")
STAGES = "".join(path.read_text("utf-8") for path in sorted((PACKAGE / "causes").glob("*.py")))


@pytest.mark.parametrize("sentence", sorted(SAID))
def test_each_pattern_is_one_that_the_stages_speak(sentence: str) -> None:
    """A sentence that changed there would be read in English from then on; this says so first."""
    assert all(part.strip(" ()") in STAGES for part in BLANK.split(sentence))
    assert set(BLANK.findall(sentence)) == set(BLANK.findall(SAID[sentence]))


def test_a_sentence_is_said_with_its_figures() -> None:
    """What differs from one evening to the next goes over; what nobody knows stays as it is."""
    found = told("82% of the failures are in cdn south, which makes 40% of the attempts", "fr")
    assert found == ("82\u00a0% des échecs sont chez cdn south, qui fait 40\u00a0% des essais", "fr")
    longer = "90% of the sign-ins that were answered had a wrong password or no such account (4% before)"
    assert told(longer, "fr")[0].endswith("(4\u00a0% avant)")
    assert told("something new", "fr") == ("something new", "en")
    assert told(longer, "en") == (longer, "en")
