"""What does the journal say now? A process of its own, asked by a line, answering with a line of JSON.

Computing an evening takes longer than a screen may stand still, and must never take the processor from the door: so it
is done in another process, at a lower priority. It ends when whoever started it is gone.
"""

import os
import sys
import traceback
from pathlib import Path

import msgspec

from kickoff.aftermath.answers import findings
from kickoff.aftermath.journal import JournalError, JournalView
from kickoff.clock import WallClock
from kickoff.console.answers import Answers
from kickoff.console.curves import COLUMNS, FACTS, Curves, curves_of
from kickoff.units import US_PER_S

NICE = 10


def main() -> None:
    """`python -m kickoff.console.answerer JOURNAL NIGHT`: an answer for each line on standard input, until its end."""
    root, night = sys.argv[1:]
    os.nice(NICE)
    for _ in sys.stdin:
        sys.stdout.buffer.write(msgspec.json.encode(answer(Path(root), night)) + b"\n")
        sys.stdout.buffer.flush()


def answer(root: Path, night: str) -> Answers:
    """What the journal says now."""
    now = WallClock().now()
    curves = Curves()
    try:
        view = JournalView(root, night)
        until_s = (now - view.night.at(0)) / US_PER_S
        curves = curves_of(view.facts(columns=COLUMNS, where=FACTS), view.night, until_s=until_s)
        return Answers(at=now, findings=findings(view), curves=curves)
    except JournalError as error:
        return Answers(at=now, curves=curves, wrong=str(error))
    except Exception as error:  # noqa: BLE001 - the operator keeps the curves whatever fails in a stage
        traceback.print_exc()
        return Answers(at=now, curves=curves, wrong=f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
