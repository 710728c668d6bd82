"""Who says what they see? A few of those who are hit; and a very few who are not.

Shares assumed: on the evening that this project is measured against, tens of thousands were hit and hundreds wrote.
"""

from collections.abc import Generator
from types import MappingProxyType

from kickoff.crowd import calls
from kickoff.crowd.acts import Act, Answer
from kickoff.crowd.viewer import Viewer

SHARES = MappingProxyType({"black_screen": 0.1, "error": 0.03, "buffering": 0.05, "sound": 0.001})
"""What is said → the share of those who have a reason to say it. Sound: of nobody's fault here, said all the same."""

Saying = Generator[Act, Answer, None]


def complain(viewer: Viewer, what: str) -> Saying:
    """Perhaps tell the house what one sees. Only who is signed in is heard."""
    if viewer.session and viewer.chance.random() < SHARES[what]:
        viewer.diary.reports += 1
        yield calls.report(viewer.night.name, what, viewer.who)
