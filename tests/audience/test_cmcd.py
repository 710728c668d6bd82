import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kickoff.audience.cmcd import CmcdError, parse


def test_numbers_tokens_texts_and_flags_are_told_apart() -> None:
    """The example of the specification's kind."""
    assert parse('br=3200,bs,d=4004,ot=v,sid="6e2f,b5\\"50",nor="..%2F17.m4s"') == {
        "br": 3200, "bs": True, "d": 4004, "ot": "v", "sid": '6e2f,b5"50', "nor": "..%2F17.m4s",
    }  # fmt: skip
    assert parse("") == {}


def test_a_key_that_nobody_knows_is_kept() -> None:
    """Vendors add their own: they are counted, not refused."""
    assert parse("example-mine=1,br=2") == {"example-mine": 1, "br": 2}


@pytest.mark.parametrize(
    "text", ['sid="open', "=1", "br=1,,", 'a="x"y', "ключ=1", ",".join(f"k{n}=1" for n in range(65)), "x" * 5000]
)
def test_what_is_no_cmcd_is_refused(text: str) -> None:
    """A hostile query costs one error, whatever it holds."""
    with pytest.raises(CmcdError):
        parse(text)


@settings(max_examples=50)
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing that a stranger sends ends in another error, and what is read is bounded."""
    try:
        found = parse(text)
    except CmcdError:
        return
    assert len(found) <= 64
