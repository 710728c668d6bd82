"""How is one operation of the API written down, so that `openapi.py` may describe it?"""

from typing import Any

from msgspec import Struct


class Operation(Struct, frozen=True, kw_only=True):
    """One operation. `answers`: status → what comes back, None: no body. `problems`: the codes it may refuse with."""

    method: str
    path: str
    id: str
    summary: str
    takes: tuple[Any, ...] = ()
    """Types of the body as JSON, any of them; none: no body."""
    listed_max: int = 0
    """So many of them may come in a list; 0: one alone."""
    also: dict[str, Any] = {}
    """Other content types, and the type of body of each."""
    form: Any = None
    """The type of a form's fields."""
    headers: dict[str, str] = {}
    """Headers that it reads besides, each with what it holds."""
    is_body_optional: bool = False
    answers: dict[int, Any]
    problems: tuple[str, ...] = ()
    who: tuple[str, ...] = ()
    """Security schemes, any of which will do; empty: nobody need say who they are."""
