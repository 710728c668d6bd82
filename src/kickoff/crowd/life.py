"""How does a person's night go? From coming to leaving, as a script that a clock and a network are lent to.

    come ─ take a place ─ wait ─ answer the call ─┐
    come (the door is open to all) ───────────────┴─ sign in, if needed ─ press play ─ watch ─ leave

The same person behaves the same at both doors: the same patience, the same retries, the same time-outs. The only
difference is that at the open door nobody is told to wait.
"""

import contextlib

from kickoff.crowd.acts import Life, Step
from kickoff.crowd.diary import Phase, Signal
from kickoff.crowd.entry import enter
from kickoff.crowd.signing import sign_in
from kickoff.crowd.viewer import Viewer
from kickoff.crowd.watching import press_play, watch


def live(viewer: Viewer, *, at_s: float) -> Life:
    """The whole night of one person, who comes now. Keeps `viewer.at_s` at the instant of the last answer."""
    viewer.at_s = viewer.patient_from_s = at_s
    script = _night_of(viewer)
    # A script may end before its first act: who comes at the whistle turns round at once.
    with contextlib.suppress(StopIteration):
        act = next(script)
        while True:
            answer = yield act
            viewer.at_s = answer.at_s
            act = script.send(answer)
    assert viewer.diary.phase is Phase.GONE, f"{viewer.diary.phase.value}: a life ends with leaving"


def _night_of(viewer: Viewer) -> Step:
    viewer.note(Signal.CAME)
    while viewer.scene.is_open is None:
        viewer.remember("unreachable")
        yield viewer.before_the_next_try()
        if not viewer.has_patience:
            return viewer.leave()
    if viewer.scene.is_open:
        viewer.note(Signal.LET_IN)
    elif not (yield from enter(viewer)):
        return False
    if not viewer.session and not (yield from sign_in(viewer)):
        return False
    player = yield from press_play(viewer)
    if player is None:
        return False
    yield from watch(viewer, player)
    return True
