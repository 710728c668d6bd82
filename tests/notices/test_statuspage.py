import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace

from kickoff.findings import Cause, Metric
from kickoff.notices.history import remember
from kickoff.notices.html import tongues
from kickoff.notices.statuspage import documents, indicator, part_states
from kickoff.notices.words import Notice, notice
from tests.notices.nights import NIGHT, findings, incident

TONGUES = tongues()
ATOM = "{http://www.w3.org/2005/Atom}"


def evening(*steps: tuple[Cause, float, bool]) -> tuple[tuple[Notice, ...], Notice]:
    """(all that was said, the last of it)."""
    history: tuple[Notice, ...] = ()
    said = notice(findings(Cause.NONE), NIGHT, TONGUES)
    for cause, at_s, ended in steps:
        said = notice(findings(cause, incident(ended=ended), until=NIGHT.at(at_s)), NIGHT, TONGUES, history)
        history = remember(history, said)
    return history, said


def read(*steps: tuple[Cause, float, bool]) -> dict[str, Any]:
    """The documents by name, as a reader sees them."""
    files = documents(*evening(*steps), NIGHT, TONGUES["en"])
    return {
        name.removeprefix("api/v2/").removesuffix(".json"): json.loads(body)
        for name, body in files.items()
        if name.endswith(".json")
    }


def test_a_calm_night_has_no_incident_and_works() -> None:
    """The page exists before anything is wrong."""
    found = read()
    assert found["status"]["status"] == {"indicator": "none", "description": "All is well"}
    assert found["incidents"]["incidents"] == []
    assert {part["status"] for part in found["summary"]["components"]} == {"operational"}


def test_an_incident_goes_from_investigating_to_resolved() -> None:
    """The states are Statuspage's own, so that readers understand them."""
    steps = [(Cause.TOO_EARLY, 95.0, False), (Cause.FAULT, 100.0, False), (Cause.FAULT, 150.0, True)]
    for count, stage in enumerate(("investigating", "identified", "resolved"), 1):
        (told,) = read(*steps[:count])["incidents"]["incidents"]
        assert told["status"] == stage
        assert len(told["incident_updates"]) == count
        assert told["incident_updates"][0]["status"] == stage
        assert told["resolved_at"] == ("2022-09-06T19:02:30.000Z" if stage == "resolved" else None)


def test_only_what_lasts_is_in_the_summary() -> None:
    """Readers show the summary's incidents as present."""
    assert len(read((Cause.FAULT, 100.0, False))["summary"]["incidents"]) == 1
    assert read((Cause.FAULT, 100.0, False), (Cause.FAULT, 150.0, True))["summary"]["incidents"] == []


def test_identifiers_stay_the_same_from_one_writing_to_the_next() -> None:
    """A reader recognises an incident by its id."""
    first = read((Cause.TOO_EARLY, 95.0, False))["incidents"]["incidents"][0]
    then = read((Cause.TOO_EARLY, 95.0, False), (Cause.FAULT, 100.0, False))["incidents"]["incidents"][0]
    assert first["id"] == then["id"]
    assert first["incident_updates"][0]["id"] == then["incident_updates"][1]["id"]


@pytest.mark.parametrize(
    ("metric", "part", "state"),
    [
        (Metric.START_FAILURES, "streams", "partial_outage"),
        (Metric.SIGN_IN_FAILURES, "sign_in", "partial_outage"),
        (Metric.STALLS, "streams", "degraded_performance"),
        (Metric.EXITS_BEFORE_START, "streams", "degraded_performance"),
        (Metric.SILENCE, "streams", "partial_outage"),
    ],
)
def test_the_part_that_fails_is_the_one_that_is_marked(metric: Metric, part: str, state: str) -> None:
    """Somebody whose sign-in fails looks for the word sign-in."""
    said = notice(findings(Cause.FAULT, incident(metric=metric)), NIGHT, TONGUES)
    states = part_states(said)
    assert states.pop(part) == state
    assert set(states.values()) == {"operational"}
    assert part_states(replace(said, is_large=True))[part] == "major_outage"
    assert indicator(replace(said, is_large=True)) == "critical"


def test_the_feed_is_atom_with_an_entry_a_statement() -> None:
    """Feed readers are strict."""
    files = documents(*evening((Cause.TOO_EARLY, 95.0, False), (Cause.FAULT, 100.0, False)), NIGHT, TONGUES["en"])
    feed = ET.fromstring(files["history.atom"])
    assert feed.tag == f"{ATOM}feed"
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == 2
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 2
    assert all(entry.findtext(f"{ATOM}updated") for entry in entries)
