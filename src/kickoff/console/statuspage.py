"""When is the public status page written? When what it would say changes, and often enough that its time stays true."""

import asyncio

from kickoff.aftermath.closing import announce_notice, take_notice_back, write_status
from kickoff.findings import Findings
from kickoff.night import Night
from kickoff.notices.html import REFRESH_S
from kickoff.notices.words import Notice
from kickoff.run_folder import RunFolder
from kickoff.units import US_PER_S, AtUs


class StatusPage:
    """The page of one run folder, and the last notice on it."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self._found: Findings | None = None
        self._said: Notice | None = None

    def say(self, found: Findings) -> Notice:
        """Write what these findings say, where it is new. Returns the notice for them."""
        before, said = self._found, self._said
        if before and said and _same(before, found) and found.until - said.at < REFRESH_S * US_PER_S:
            return said
        self._said = write_status(self.folder, found)
        self._found = found
        return self._said


class Announcements:
    """What people publish and take back, on the page of one run folder. Under the rule the page speaks by itself."""

    def __init__(self, folder: RunFolder, night: Night) -> None:
        self._folder = folder
        self._night = night
        self._is_ours = night.notices.approval == "people"

    async def publish(self, said: Notice, *, at: AtUs) -> None:
        """The words stand there from now on."""
        if self._is_ours:
            await asyncio.to_thread(announce_notice, self._folder, self._night, said, at=at)

    async def take_back(self, *, at: AtUs) -> None:
        """The words that stood are taken back."""
        if self._is_ours:
            await asyncio.to_thread(take_notice_back, self._folder, self._night, at=at)


def _same(one: Findings, other: Findings) -> bool:
    """Whether a notice says the same of both."""
    return (one.incidents, one.verdict, one.impact) == (other.incidents, other.verdict, other.impact)
