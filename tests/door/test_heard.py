"""What the parser heard: names looked at once, values read when they are asked for."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from kickoff.door.heard import (
    HEADERS_MAX,
    REMEMBERED_MAX,
    Fields,
    RefusedRequest,
    Shapes,
    chunks_end,
    fields_of,
    origin_form,
    shape_of,
)

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
    assert {name: headers[name] for name in shape.names} == expected
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
    for other in (b"a", b"*", b"h:80", b""):
        with pytest.raises(RefusedRequest):
            origin_form(other)


LINES = st.lists(st.tuples(st.sampled_from([b"Via", b"Cookie", b"X-A", b"x-a"]), st.sampled_from([b"", b"a", b"b:c"])))


@given(LINES, st.integers(0, 3))
def test_a_head_read_again_holds_every_field(lines: list[tuple[bytes, bytes]], before: int) -> None:
    """What was said twice is joined in its order; blank lines before a request mean nothing."""
    head = b"\r\n" * before + b"GET / HTTP/1.1\r\n" + b"".join(b"%b: %b \r\n" % line for line in lines) + b"\r\n"
    fields, end = fields_of(bytearray(b"earlier" + head + b"body"), 7)

    assert end == 7 + len(head)
    for name in {name for name, _ in lines}:
        separator = b"; " if name == b"Cookie" else b", "
        assert fields[name] == separator.join(value for each, value in lines if each == name)


def test_a_body_in_chunks_ends_behind_its_trailer() -> None:
    """What stands behind it is the next request."""
    body = b"3;x=1\r\nabc\r\n00a\r\n\r\n0\r\n\r\n0\r\n\r\n0\r\nX: y\r\n\r\n"
    assert chunks_end(bytearray(b"head" + body + b"GET /"), 4) == 4 + len(body)
