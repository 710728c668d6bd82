import pytest

from kickoff.console.second_factor import address, code_at, step_matching, step_of, written
from kickoff.units import US_PER_S, AtUs

SECRET = b"12345678901234567890"
VECTORS = {
    59: "94287082",
    1_111_111_109: "07081804",
    1_111_111_111: "14050471",
    1_234_567_890: "89005924",
    2_000_000_000: "69279037",
    20_000_000_000: "65353130",
}
"""RFC 6238, appendix B, SHA-1: seconds since 1970 → eight digits."""


@pytest.mark.parametrize("at_s", VECTORS)
def test_codes_are_those_of_the_rfc(at_s: int) -> None:
    """Any authenticator shows what we expect."""
    step = step_of(AtUs(at_s * US_PER_S))
    assert code_at(SECRET, step, digits=8) == VECTORS[at_s]
    assert code_at(SECRET, step) == VECTORS[at_s][2:]


def test_a_clock_half_a_minute_astray_still_works_and_no_more() -> None:
    """Telephones are not all right to the second."""
    now = AtUs(1_700_000_000 * US_PER_S)
    for astray, works in ((-2, False), (-1, True), (0, True), (1, True), (2, False)):
        step = step_of(now) + astray
        found = step_matching(SECRET, code_at(SECRET, step), at=now, after=0)
        assert found == (step if works else None)
    assert step_matching(SECRET, code_at(SECRET, step_of(now)), at=now, after=step_of(now)) is None
    assert step_matching(SECRET, "", at=now, after=0) is None
    assert step_matching(SECRET, "½½½½½½", at=now, after=0) is None


def test_the_secret_is_read_and_opened_by_every_app() -> None:
    """Groups of four letters, and the address that authenticators know."""
    assert written(SECRET) == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
    told = address(SECRET, name="ana b", service="Kickoff")
    assert told == (
        "otpauth://totp/Kickoff%3Aana%20b?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Kickoff&digits=6&period=30"
    )
