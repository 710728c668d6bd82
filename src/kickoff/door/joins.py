"""What do those who join say? Their bodies, read once for each class of clients and remembered up to a bound."""

from kickoff.door.bodies import JOIN, JoinBody, decode

REMEMBERED_MAX = 4096
REMEMBERED_BYTES_MAX = 256
"""Longer ones say something of their own: tries before, a proof, a claim."""


class Joins(dict[bytes, JoinBody]):
    """The body of a join by its bytes. Raises `msgspec.DecodeError`; what is refused is not remembered."""

    # PERF: clients of one class send the same bytes; their words are hashed once and compared by identity from then on:
    # 0.5 µs less a join (make bench-door).
    def __missing__(self, raw: bytes) -> JoinBody:
        body = decode(JOIN, raw)
        if len(self) < REMEMBERED_MAX and len(raw) <= REMEMBERED_BYTES_MAX:
            self[raw] = body
        return body


JOINS = Joins()
