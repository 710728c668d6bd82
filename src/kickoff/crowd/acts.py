"""What can a simulated person do? Ask a server something, or let time pass; who plays them gives back what came of it.

A person is a generator of acts (`Life`): it holds no socket and no clock, so that a test plays it on made-up time
against a made-up door, and `stage.py` on wall time over real HTTP.
"""

from collections.abc import Generator
from enum import Enum

from msgspec import Struct


class Server(Enum):
    """Whom a person asks. Sign-ins are kept apart: hundreds may hang there without holding up anything else."""

    DOOR = "door"
    SIGN_IN = "sign_in"
    BACKEND = "backend"


class Ask(Struct, frozen=True, kw_only=True):
    """One HTTP request. `url`: a path of the door, or for the back end the whole address that the door gave."""

    server: Server
    method: str
    url: str
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    patience_s: float = 10.0
    """Without an answer by then it counts as unanswered; the connection is closed."""


class Pause(Struct, frozen=True):
    """Let so many seconds pass; none or less: go on at once."""

    seconds: float


class Answer(Struct, frozen=True, kw_only=True):
    """What came of an act. For a pause only `at_s` means something."""

    at_s: float
    """Seconds from the start of the night, when it came."""
    status: int = 0
    """0: no answer, see `late`."""
    body: bytes = b""
    retry_after_s: float = 0.0
    device: str = ""
    """The device token that the door set, if it did."""
    late: bool = False
    """No answer by the deadline, where 0 else means that nobody was reached."""

    @property
    def is_good(self) -> bool:
        """Whether what was asked for was given."""
        return 200 <= self.status < 300


Act = Ask | Pause
Life = Generator[Act, Answer, None]
"""A person from coming to leaving."""
Step = Generator[Act, Answer, bool]
"""A part of a life; False: it ends here, the person leaves."""
Told = Generator[Act, Answer, Answer]
"""A part of a life that ends with an answer which its caller reads."""
