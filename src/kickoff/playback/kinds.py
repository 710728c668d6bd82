"""With what is each stream watched? The words of a lease that its table does not hold, as one number a stream.

A night has a few thousand different combinations of offer, application, provider, region and network, and millions of
streams: two bytes a stream name the combination. They are what a beat needs that comes without its lease token.
"""

from array import array
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

KINDS_MAX = 65_536
"""Combinations that are told apart; streams of later ones are of the kind without words."""
UNKNOWN = 0


class Kind(NamedTuple):
    """One combination."""

    offer: str = ""
    app: str = ""
    isp: str = ""
    region: str = ""
    cdn: str = ""


class Kinds:
    """The kind of each stream, by its number."""

    def __init__(self) -> None:
        self._of_stream = array("H", [UNKNOWN])
        self._numbers = {Kind(): UNKNOWN}
        self.kinds = [Kind()]
        """By number."""

    def put(self, stream: int, kind: Kind) -> None:
        """This stream is watched so. The caller has bounded the stream's number by its table of leases."""
        number = self._numbers.get(kind)
        if number is None:
            number = self._learn(kind)
        if stream >= len(self._of_stream):
            self._of_stream.extend([UNKNOWN] * (stream + 1 - len(self._of_stream)))
        self._of_stream[stream] = number

    def restore(self, streams: NDArray[np.uint32], numbers: NDArray[np.uint16], kinds: list[Kind]) -> None:
        """Take over what was recorded, in its order: of several kinds of one stream the last stands."""
        known = np.array([self._numbers.get(kind) or self._learn(kind) for kind in kinds], np.uint16)
        missing = int(streams.max(initial=0)) + 1 - len(self._of_stream)
        self._of_stream.frombytes(bytes(self._of_stream.itemsize * max(0, missing)))
        np.frombuffer(self._of_stream, dtype=np.uint16)[streams] = known[numbers]

    def of(self, streams: NDArray[np.int64]) -> NDArray[np.int64]:
        """The number of each stream's kind; `UNKNOWN` for streams never told."""
        # The view forbids the column to grow while it lives: it does not leave this function.
        column = np.frombuffer(self._of_stream, dtype=np.uint16)
        return column[np.where((streams > 0) & (streams < len(column)), streams, 0)].astype(np.int64)

    def _learn(self, kind: Kind) -> int:
        if len(self.kinds) >= KINDS_MAX:
            return UNKNOWN
        number = self._numbers[kind] = len(self.kinds)
        self.kinds.append(kind)
        return number
