"""What may a person do here? Four roles; each opens pages and acts, and none holds another."""

from enum import StrEnum


class Role(StrEnum):
    """Something that a person may do."""

    SEE = "see"
    """The night on one screen, the trail, the report."""
    OPERATE = "operate"
    """Pause, cap, pin the door; publish and take back notices; post a list that is approved."""
    CARE = "care"
    """Look one subscriber up: their night, and what they are owed."""
    APPROVE = "approve"
    """Say yes to a list of gestures; only with a second factor."""


EVERY = frozenset(Role)


def read_roles(text: str) -> frozenset[Role]:
    """`see,care` → the roles. Raises `ValueError` with the first name that is none."""
    return frozenset(Role(name.strip()) for name in text.split(",") if name.strip())


def write_roles(roles: frozenset[Role]) -> str:
    """The roles as they are kept, in their order above."""
    return ",".join(role for role in Role if role in roles)
