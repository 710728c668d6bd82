"""What the parser heard: names looked at once, values read when they are asked for."""

import hypothesis.strategies as st
from hypothesis import given

from kickoff.door.heard import HEADERS_MAX, REMEMBERED_MAX, Fields, Shapes, origin_form, shape_of

NAMES = st.dictionaries(st.from_regex(rb"[A-Za-z][a-z-]{0,6}", fullmatch=True), st.binary(max_size=8), max_size=8)


@given(NAMES)
def test_headers_read_like_a_dictionary_of_lower_case_names(sent: dict[bytes, bytes]) -> None:
    """Whoever reads a header cannot tell that nothing was decoded before they asked."""
    shape = shape_of(tuple(sent))
    headers = Fields(shape.names, sent)
    expected = {name.decode().lower(): value.decode("latin-1") for name, value in sent.items()}

    if len(expected) != len(sent):
        assert shape.refusal == "bad_request", "a field in two spellings is said twice"
        return
    assert dict(headers) == expected
    assert all(name in headers and headers.get(name) == value for name, value in expected.items())
    assert headers.get("absent") is None
    assert headers.get("absent", "") == ""
    assert "absent" not in headers


def test_names_alone_may_be_reason_enough() -> None:
    """A length beside a coding can be read in two ways (RFC 9112 §6.3); a head of very many fields is nobody's."""
    assert shape_of((b"Host", b"Content-Length", b"Transfer-Encoding")).refusal == "bad_request"
    assert shape_of(tuple(b"X-%d" % number for number in range(HEADERS_MAX + 1))).refusal == "head_too_large"
    assert shape_of((b"Host", b"Content-Length")).is_plain
    assert not shape_of((b"Content-Length",)).is_plain, "without a host it depends on the version"
    assert not shape_of((b"Host", b"transfer-encoding")).is_plain, "a coding's value must be looked at"


def test_a_stranger_who_invents_names_fills_no_memory() -> None:
    """What is remembered is bounded; what is not remembered is read all the same."""
    shapes = Shapes()
    for number in range(2 * REMEMBERED_MAX):
        assert shapes[b"Host", b"X-%d" % number].is_plain

    assert len(shapes) == REMEMBERED_MAX


def test_an_absolute_target_is_read_as_its_path() -> None:
    """A server must accept it (RFC 9112 §3.2.2), though only proxies are meant to be sent it."""
    assert origin_form(b"http://h:1/a?b=c") == b"/a?b=c"
    assert origin_form(b"http://h") == b"/"
    assert origin_form(b"a") == b""
    assert origin_form(b"*") == b""
