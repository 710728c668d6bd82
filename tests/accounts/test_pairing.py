"""The device flow of RFC 8628: a television is given a household's session, once, by somebody who is signed in."""

from hypothesis import given
from hypothesis import strategies as st

from kickoff.accounts.pairing import (
    ALPHABET,
    CODES,
    EXPIRES_S,
    GUESS_WAIT_S,
    GUESSES_MAX,
    INTERVAL_S,
    SLOWER_S,
    Heard,
    Household,
    Pairings,
    Said,
    Waiting,
    code_of,
    written,
)
from kickoff.units import US_PER_S

ANA = Household(account=1, offer="sport", streams_max=2)


def after(seconds: float) -> int:
    """Microseconds."""
    return round(seconds * US_PER_S)


def begun(number: int = 7) -> tuple[Pairings, str]:
    """A television that waits since second 0."""
    pairings = Pairings()
    code, _ = pairings.begin(number, at_us=0) or ("", None)
    return pairings, code


def asked(pairings: Pairings, code: str, seconds: float, interval_s: float = INTERVAL_S) -> tuple[Said, Waiting | None]:
    """What the television is told at this second."""
    return pairings.ask(code, at_us=after(seconds), interval_s=interval_s)


@given(st.integers(0, CODES - 1), st.integers(0, CODES - 1))
def test_every_number_has_its_own_code(first: int, second: int) -> None:
    """Two televisions never show the same code."""
    assert (code_of(first) == code_of(second)) == (first == second)


@given(st.integers(0, CODES - 1), st.sampled_from([str.lower, str.upper, lambda code: code.replace("-", " ")]))
def test_a_code_is_read_however_it_is_typed(number: int, typed: object) -> None:
    """Nobody fails by small letters, or by a dash that their keyboard hides."""
    assert callable(typed)
    assert written(str(typed(code_of(number)))) == code_of(number)
    assert set(code_of(number)) <= {*ALPHABET, "-"}


@given(st.text("BCDFGHJKaeiouy019 -ß", max_size=14))
def test_what_is_no_code_is_not_read_as_another(typed: str) -> None:
    """Letters are never left out, or cut off, to make one."""
    letters = [letter for letter in typed.upper() if letter.isalnum()]
    assert bool(written(typed)) == (len(letters) == 8 and set(letters) <= set(ALPHABET))


@given(st.permutations(range(4)), st.booleans())
def test_what_is_told_in_any_order_and_twice_comes_to_the_same(order: list[int], allow: bool) -> None:  # noqa: FBT001 - drawn
    """A pairing goes forwards only: an old word, told again after a failover, opens nothing anew."""
    teller, hearer = Pairings(is_shared=True), Pairings(is_shared=True)
    code, _ = teller.begin(7, at_us=0) or ("", None)
    told = [*teller.told(9)]
    teller.decide(code, ANA, allow=allow, at_us=after(5))
    told += teller.told(9)
    asked(teller, code, 10)
    told += [*teller.told(9), told[0]]
    assert teller.told(9) == ()
    for at in order:
        hearer.hear(told[at], at_us=after(11))
    assert asked(hearer, code, 12) == (Said.EXPIRED, None)
    assert hearer.told(9) == ()


def test_doors_keep_no_more_of_each_others_televisions_than_of_their_own() -> None:
    """What is over is not taken in, and what is not told one by one is told later."""
    teller, hearer = Pairings(is_shared=True), Pairings(is_shared=True)
    codes = [teller.begin(number, at_us=0) for number in range(5)]
    assert None not in codes
    assert [len(teller.told(2)) for _ in range(4)] == [2, 2, 1, 0]
    teller.decide(code_of(3), ANA, allow=True, at_us=0)
    [late] = teller.told(9)
    hearer.hear(late, at_us=after(EXPIRES_S + 1))
    assert asked(hearer, code_of(3), EXPIRES_S + 1) == (Said.PENDING, None)
    hearer.hear(late, at_us=0)
    assert asked(hearer, code_of(3), 5)[0] is Said.DONE


def test_a_television_is_handed_the_session_once() -> None:
    """Whoever asks a second time with the same code gets nothing."""
    pairings, code = begun()
    assert asked(pairings, code, 5)[0] is Said.PENDING
    assert pairings.decide(code, ANA, allow=True, at_us=after(6)) is Heard.DONE
    said, waiting = asked(pairings, code, 10)
    assert said is Said.DONE
    assert waiting is not None
    assert waiting.household == ANA
    assert asked(pairings, code, 15) == (Said.EXPIRED, None)


def test_no_is_no() -> None:
    """A code that somebody shows to trick another person is refused by that person."""
    pairings, code = begun()
    assert pairings.decide(code, ANA, allow=False, at_us=after(1)) is Heard.DONE
    assert asked(pairings, code, 5) == (Said.DENIED, None)


def test_a_code_is_decided_once_and_dies_in_ten_minutes() -> None:
    """The second person who types a code is told that it is unknown; so is one who comes late."""
    pairings, code = begun()
    assert pairings.decide(code, ANA, allow=True, at_us=after(EXPIRES_S + 1)) is Heard.UNKNOWN
    assert asked(pairings, code, EXPIRES_S + 2) == (Said.EXPIRED, None)
    pairings, code = begun()
    assert pairings.decide(code, ANA, allow=True, at_us=after(1)) is Heard.DONE
    assert pairings.decide(code, ANA, allow=True, at_us=after(2)) is Heard.UNKNOWN


def test_who_asks_too_early_is_told_to_slow_down_for_good() -> None:
    """RFC 8628 §3.5: five seconds more, for this and all later requests."""
    pairings, code = begun()
    said, waiting = asked(pairings, code, 1)
    assert said is Said.SLOW_DOWN
    assert waiting is not None
    assert waiting.interval_s == INTERVAL_S + SLOWER_S
    assert asked(pairings, code, 1 + INTERVAL_S)[0] is Said.SLOW_DOWN
    assert asked(pairings, code, 100)[0] is Said.PENDING


def test_under_stress_every_television_is_slowed_down() -> None:
    """`slow_down` is a brake of the door as well: no television asks more often than it wants."""
    pairings, code = begun()
    said, waiting = asked(pairings, code, 5, interval_s=20)
    assert said is Said.SLOW_DOWN
    assert waiting is not None
    assert waiting.interval_s == 20
    assert asked(pairings, code, 26, interval_s=20)[0] is Said.PENDING


def test_guessing_is_stopped() -> None:
    """§5.1: after ten wrong codes an account waits, whatever it types; then it may go on."""
    pairings, code = begun()
    for _ in range(GUESSES_MAX):
        assert pairings.decide("BBBB-BBBB", ANA, allow=True, at_us=0) is Heard.UNKNOWN
    assert pairings.decide(code, ANA, allow=True, at_us=after(1)) is Heard.TOO_MANY
    assert pairings.decide(code, ANA, allow=True, at_us=after(GUESS_WAIT_S + 1)) is Heard.DONE
