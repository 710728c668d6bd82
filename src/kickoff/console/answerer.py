"""What does the journal say now? A process of its own, asked by a line, answering with a line of JSON.

Computing an evening takes longer than a screen may stand still, and must never take the processor from the door: so it
is done in another process, at a lower priority and as often as its share of a core allows (`aftermath.following`). It
ends when whoever started it is gone.
"""

import os
import sys
import traceback
from pathlib import Path

import msgspec
from msgspec.structs import replace

from kickoff.aftermath.following import Following
from kickoff.aftermath.journal import JournalError, JournalView
from kickoff.aftermath.log_files import LogError
from kickoff.clock import WallClock
from kickoff.console.answers import Answers
from kickoff.console.curves import COLUMNS, FACTS, Curves, curves_of
from kickoff.console.reports import COLUMNS as REPORT_COLUMNS
from kickoff.console.reports import LATELY_S, recent
from kickoff.console.statuspage import StatusPage
from kickoff.facts import Fact
from kickoff.run_folder import RunFolder
from kickoff.units import US_PER_S, AtUs

NICE = 10


def main() -> None:
    """`python -m kickoff.console.answerer FOLDER NIGHT`: an answer for each line on standard input, until its end."""
    root, night = sys.argv[1:]
    os.nice(NICE)
    answering = Answering(StatusPage(RunFolder(Path(root), night)))
    for _ in sys.stdin:
        sys.stdout.buffer.write(msgspec.json.encode(answering.answer(WallClock().now())) + b"\n")
        sys.stdout.buffer.flush()


class Answering:
    """Follows the journal of one night, and keeps its status page."""

    def __init__(self, status: StatusPage) -> None:
        self._status = status
        self._following: Following | None = None
        self._curves = Curves()

    def answer(self, now: AtUs) -> Answers:
        """What the journal says now; the status page says it too."""
        found = Answers(at=now)
        try:
            following = self._following
            if following is None or following.is_stale():
                following = Following(self._view(), now)
            # Where anything fails, the next answer begins from nothing.
            self._following = None
            is_due = following.read_on(now)
            if is_due:
                self._curves = _curves(following, self._view(), now)
            since = AtUs(now - LATELY_S * US_PER_S)
            reports = recent(following.facts_of((Fact.REPORTED,), REPORT_COLUMNS, since=since), at=now)
            found = replace(found, curves=self._curves, reports=reports)
            findings = following.answer(now) if is_due else following.findings
            found = replace(found, findings=findings)
            self._following = following
            return replace(found, said=self._status.say(findings)) if findings else found
        except (JournalError, LogError) as error:
            return replace(found, wrong=str(error))
        except Exception as error:  # noqa: BLE001 - the operator keeps what is known whatever fails in a stage
            traceback.print_exc()
            return replace(found, wrong=f"{type(error).__name__}: {error}")

    def _view(self) -> JournalView:
        return JournalView(self._status.folder.journals, self._status.folder.night)


def _curves(following: Following, view: JournalView, now: AtUs) -> Curves:
    until_s = (now - view.night.at(0)) / US_PER_S
    return curves_of(following.facts_of(FACTS, COLUMNS), view.night, until_s=until_s)


if __name__ == "__main__":
    main()
