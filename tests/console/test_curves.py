from kickoff.console.curves import curves_of
from tests.evenings import Row, night, second, table


def joined(place: int, at_s: float) -> Row:
    """Somebody took a place."""
    return {"at": second(at_s), "fact": "joined", "lane": "main", "place": place}


def called(place: int, at_s: float) -> Row:
    """Everyone up to this place may come in."""
    return {"at": second(at_s), "fact": "called", "lane": "main", "place": place}


def test_the_line_is_who_has_a_place_and_was_not_called() -> None:
    """At the end of each second, whatever order the facts were written in."""
    facts = table([joined(1, 0.5), joined(3, 1.2), joined(2, 1.1), called(2, 2.5), called(3, 3.9)])
    assert curves_of(facts, night(), until_s=4.0).line == (1, 3, 1, 0, 0)


def test_other_lanes_are_not_this_line() -> None:
    """Those who come back do not stand in it."""
    back: Row = {"at": second(0.5), "fact": "called", "lane": "reentry", "place": 900}
    assert curves_of(table([joined(5, 0.1), back]), night(), until_s=1.0).line == (5, 5)


def test_the_line_is_both_lanes_together() -> None:
    """Each has its own numbers: the highest of one says nothing about the other."""
    known: list[Row] = [row | {"lane": "known"} for row in (joined(4, 0.2), called(1, 1.5))]
    assert curves_of(table([joined(3, 0.1), called(2, 0.9), *known]), night(), until_s=1.9).line == (5, 4)


def test_the_rate_holds_until_it_changes() -> None:
    """RATE facts are written when the rate changes, in thousandths."""
    rates: list[Row] = [
        {"at": second(at), "fact": "rate", "rate_per_s": rate} for at, rate in ((1.5, 10_000), (3.2, 0))
    ]
    assert curves_of(table(rates), night(), until_s=4.0).rate_per_s == (0.0, 10.0, 10.0, 0.0, 0.0)


def test_an_empty_journal_has_flat_curves() -> None:
    """Nothing happened yet: that is normal."""
    curves = curves_of(table([]), night(), until_s=2.0)
    assert (curves.line, curves.rate_per_s) == ((0, 0, 0), (0.0, 0.0, 0.0))


def test_curves_end_with_the_night() -> None:
    """A console left open for a week does not draw a week."""
    assert len(curves_of(table([]), night(), until_s=1e9).line) == 186
