"""How does a person sign in? Types a password, perhaps a wrong one first, and tries again what failed."""

from kickoff.accounts.roster import PASSWORD, login_of
from kickoff.crowd import calls
from kickoff.crowd.acts import Pause, Step
from kickoff.crowd.entry import redeem
from kickoff.crowd.viewer import Viewer

WRONG_PASSWORD = "allez-marseille"  # noqa: S105 - nobody's
TYPING_S = (2.0, 5.0)
"""How long it takes to type it again, more slowly."""
ASKED_MAX = 60
"""So often anybody asks for a session, all told: a bound on those whom the house puts off again and again."""
PASS_RAN_OUT = frozenset({"expired", "bad_token"})


def sign_in(viewer: Viewer) -> Step:
    """Until there is a session. False: left, out of patience or of tries."""
    diary, tries, wrong_left = viewer.diary, 0, viewer.person.wrong_passwords
    for _ in range(ASKED_MAX):
        if not viewer.has_patience or tries >= viewer.person.tries_max:
            break
        answer = yield calls.sign_in(
            viewer.night.name,
            ticket_pass=viewer.ticket_pass,
            login=login_of(viewer.person.account),
            password=WRONG_PASSWORD if wrong_left else PASSWORD,
            who=viewer.who,
        )
        session = calls.read(answer, calls.Session) if answer.is_good else None
        if session is not None:
            viewer.session = session.session
            diary.signed_in += 1
            return True
        refusal = calls.read(answer, calls.Refusal)
        if refusal is not None and refusal.code in PASS_RAN_OUT and viewer.place is not None:
            # It is given again for the same place.
            if not (yield from redeem(viewer)).is_good:
                break
        elif answer.status == 401 and wrong_left:
            wrong_left -= 1
            diary.wrong_passwords += 1
            yield Pause(viewer.chance.uniform(*TYPING_S))
        elif answer.status == 429:
            diary.deferred += 1
            yield Pause(max(1.0, answer.retry_after_s))
        else:
            tries += 1
            diary.sign_ins_failed += 1
            diary.note_failure(viewer.at_s)
            yield viewer.before_the_next_try(told_s=answer.retry_after_s)
    return viewer.leave()
