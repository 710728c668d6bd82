"""What machines are told of the statuses that the operator may choose."""

import json

from kickoff.door.answer_codes import choices
from kickoff.door.openapi import OPERATIONS, document
from kickoff.door.router import Router
from tests.door.rig import Rig

FILES = {"/.well-known/jwks.json", "/healthz", "/readyz", "/openapi.json", "/metrics"}
"""What is fetched as it is: keys, readiness, the description itself, and the text that Prometheus reads."""


def test_every_route_is_described_but_the_files() -> None:
    """An operation that only our own pages know is none that an app or an operator can use."""
    house = Rig().door.house
    routes = {(method.lower(), path) for method, path in Router(house, None).routes()}
    described = {(one.method, one.path.replace("{night}", house.night.name)) for one in OPERATIONS}
    assert {path for _, path in routes - described} == FILES
    assert described <= routes


def test_every_status_that_the_operator_may_choose_is_described() -> None:
    """An app made from the description must not break when 202 says that one waits."""
    paths = json.loads(document("night", channels=("main",), version="1"))["paths"]
    seen = set()
    for operation in OPERATIONS:
        answers = paths[operation.path][operation.method]["responses"]
        for code in operation.problems:
            for status in choices(code):
                seen.add((operation.id, status))
                assert f"{code}: " in answers[str(status)]["description"]
                assert "application/problem+json" in answers[str(status)]["content"]
    assert {("redeem", status) for status in (200, 202, 429, 503)} <= seen
    assert {("join", 429), ("join", 503), ("sign_in", 503), ("watch", 429)} <= seen


def test_a_status_of_both_kinds_names_both_bodies() -> None:
    """Who waits may be answered 200, as who asks again for a place is."""
    for operation in OPERATIONS:
        answers = json.loads(document("night", channels=("main",), version="1"))["paths"][operation.path][
            operation.method
        ]["responses"]
        for status, kind in operation.answers.items():
            assert answers[str(status)]["description"].startswith("done")
            assert kind is None or "application/json" in answers[str(status)]["content"]
