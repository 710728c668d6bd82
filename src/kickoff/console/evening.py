"""What does a signed-in subscriber read of their own evening? What was said, what they missed, what they are given.

Nobody's journal is read for it: the cases were written down when the night was closed, the gestures stand in the
ledger, and the notice is the last one that was said. So the morning after may come with everybody at once.
"""

from collections.abc import Mapping

from msgspec import Struct

from kickoff.accounts.sessions import SESSION_DECODER, SESSION_PURPOSE
from kickoff.aftermath.closing import ledger_of, said_so_far
from kickoff.aftermath.evenings import evening_of, is_written
from kickoff.findings import Case
from kickoff.gestures.policy import scope_of
from kickoff.night import Night
from kickoff.notices.words import Notice
from kickoff.run_folder import RunFolder
from kickoff.seals import SealError, Seals, account_subject
from kickoff.units import AtUs, Cents, Subject

COOKIE = "kickoff_session"
"""What the door gives a subscriber who signs in; it comes along to every port of the same host."""


class Evening(Struct, frozen=True, kw_only=True):
    """One subscriber's evening."""

    case: Case | None
    """None: we saw nothing of theirs fail, or have not counted yet."""
    is_counted: bool
    """The evening's cases have been written."""
    gestures: Mapping[str, Cents]
    """kind → what stands in the ledger."""
    said: Notice | None
    """The last word on the night."""


class Evenings:
    """Reads the evenings of one run folder. Some milliseconds each: call it from a thread."""

    def __init__(self, folder: RunFolder, night: Night, *, seals: Seals, subject_key: bytes) -> None:
        self._folder = folder
        self._scope = scope_of(night)
        self._seals = seals
        self._subject_key = subject_key
        self._ledger = ledger_of(folder)

    def whose(self, token: str | None, *, at: AtUs) -> Subject | None:
        """The subscriber whose session this is; None: nobody's, or over."""
        try:
            claims = self._seals.open(SESSION_PURPOSE, token or "", SESSION_DECODER, at_us=at)
        except SealError:
            return None
        return Subject(account_subject(self._subject_key, claims.account))

    def of(self, subject: Subject) -> Evening:
        """Their evening, as it stands now."""
        gestures: dict[str, Cents] = {}
        for entry in self._ledger.entries(self._scope, subject):
            gestures[entry.kind] = Cents(gestures.get(entry.kind, 0) + entry.amount_cents)
        history = said_so_far(self._folder)
        return Evening(
            case=evening_of(self._folder, self._scope, subject),
            is_counted=is_written(self._folder, self._scope),
            gestures={kind: cents for kind, cents in gestures.items() if cents},
            said=history[-1] if history else None,
        )

    def close(self) -> None:
        """Give the connections back."""
        self._ledger.close()
