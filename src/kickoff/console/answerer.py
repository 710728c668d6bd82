"""What does the journal say now? A process of its own, asked by a line, answering with a line of JSON.

Computing an evening takes longer than a screen may stand still, and must never take the processor from the door: so it
is done in another process, at a lower priority. It ends when whoever started it is gone.
"""

import os
import sys
import traceback
from pathlib import Path

import msgspec
from msgspec.structs import replace

from kickoff.aftermath.answers import findings
from kickoff.aftermath.journal import JournalError, JournalView
from kickoff.clock import WallClock
from kickoff.console.answers import Answers
from kickoff.console.curves import COLUMNS, FACTS, curves_of
from kickoff.console.reports import COLUMNS as REPORT_COLUMNS
from kickoff.console.reports import recent
from kickoff.console.statuspage import StatusPage
from kickoff.facts import Fact
from kickoff.run_folder import RunFolder
from kickoff.units import US_PER_S

NICE = 10


def main() -> None:
    """`python -m kickoff.console.answerer FOLDER NIGHT`: an answer for each line on standard input, until its end."""
    root, night = sys.argv[1:]
    os.nice(NICE)
    status = StatusPage(RunFolder(Path(root), night))
    for _ in sys.stdin:
        sys.stdout.buffer.write(msgspec.json.encode(answer(status)) + b"\n")
        sys.stdout.buffer.flush()


def answer(status: StatusPage) -> Answers:
    """What the journal says now; the status page says it too."""
    now = WallClock().now()
    found = Answers(at=now)
    try:
        view = JournalView(status.folder.journals, status.folder.night)
        until_s = (now - view.night.at(0)) / US_PER_S
        curves = curves_of(view.facts(columns=COLUMNS, where=FACTS), view.night, until_s=until_s)
        reports = recent(view.facts(columns=REPORT_COLUMNS, where=(Fact.REPORTED,)), at=now)
        found = replace(found, curves=curves, reports=reports)
        found = replace(found, findings=findings(view))
        return replace(found, said=status.say(found.findings)) if found.findings else found
    except JournalError as error:
        return replace(found, wrong=str(error))
    except Exception as error:  # noqa: BLE001 - the operator keeps what is known whatever fails in a stage
        traceback.print_exc()
        return replace(found, wrong=f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
