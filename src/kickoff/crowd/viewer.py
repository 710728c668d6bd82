"""What does one simulated person carry with them? Who they are, their tokens, their diary, and what everybody sees."""

import numpy as np

from kickoff.crowd.acts import Pause
from kickoff.crowd.calls import Attempt, Client, Place, Status
from kickoff.crowd.diary import Diary, Signal
from kickoff.crowd.people import Person
from kickoff.night import Night

ATTEMPTS_KEPT = 10
"""Of what no door saw, the last so many are told at the next contact: the door takes no more."""

Headers = tuple[tuple[str, str], ...]


class Scene:
    """What all viewers of a night share: the night itself, and the status object as their CDN last saw it."""

    __slots__ = ("is_open", "night", "status")

    def __init__(self, night: Night, *, is_open: bool | None) -> None:
        self.night = night
        self.is_open = is_open
        """The door is open to all: nobody takes a place or shows a pass. None: no door has been met yet."""
        self.status: Status | None = None


class Viewer:
    """One person on their way. Changed only by their own life."""

    __slots__ = (
        "at_s", "attempts", "chance", "channel", "client", "device", "diary", "has_returned", "patient_from_s",
        "person", "place", "scene", "session", "ticket_pass",
    )  # fmt: skip

    def __init__(self, person: Person, scene: Scene, *, session: str, chance: np.random.Generator) -> None:
        self.person = person
        self.scene = scene
        self.chance = chance
        self.at_s = person.arrives_s
        """Now, as this person last knew it: seconds from the start of the night."""
        self.diary = Diary()
        self.client = Client(device=person.device, app=person.app, isp=person.isp, region=person.region)
        self.channel = person.channel
        self.session = session
        """Of an earlier sign-in; "" for those who must sign in anew."""
        self.device = ""
        self.attempts: list[Attempt] = []
        self.patient_from_s = person.arrives_s
        self.has_returned = False
        """Has left the line once and come back: nobody does that twice."""
        self.place: Place | None = None
        self.ticket_pass = ""

    @property
    def night(self) -> Night:
        """The night they came for."""
        return self.scene.night

    @property
    def who(self) -> Headers:
        """How the door knows them: by session, else by device."""
        if self.session:
            return (("Authorization", f"Bearer {self.session}"),)
        return (("X-Kickoff-Device", self.device),) if self.device else ()

    @property
    def has_patience(self) -> bool:
        """Whether they stay without a picture. Nobody loses patience before the doors open; at the whistle all do."""
        times = self.night.schedule
        patient_until_s = max(self.patient_from_s, times.doors) + self.person.patience_s
        return self.at_s <= min(patient_until_s, times.whistle)

    def note(self, signal: Signal) -> None:
        """Write down what happens now."""
        self.diary.note(signal, self.at_s)

    def leave(self, *, of_own_will: bool = False) -> bool:
        """Go, for good. Always False: the rest of the life does not happen."""
        self.note(Signal.WALKED_OFF if of_own_will else Signal.LEFT)
        return False

    def remember(self, what: str) -> None:
        """What happens now and no door sees, to be told at the next contact: unreachable, gave_up."""
        attempt = Attempt(at=self.night.at(self.at_s), what=what)
        self.attempts = [*self.attempts[1 - ATTEMPTS_KEPT :], attempt]

    def before_the_next_try(self, *, told_s: float = 0.0) -> Pause:
        """An impatient person's wait: their own habit, a little different each time; never before the server said."""
        return Pause(max(told_s, self.person.retry_s * self.chance.uniform(0.7, 1.3)))
