"""How does an evening of millions pass? The same door and back end; people who are numbers in arrays, not lives.

Each person still asks the door for everything that decides something: a place, a pass, a sign-in, a stream, the first
picture, the end. What decides nothing is not played one by one: looking at the status object is arithmetic, and leases
are renewed for all at once; at the end of a stream one beat is recorded for all its beats. Nobody changes the channel
while watching, and no stream breaks in the middle: `rehearsal_stage.py` plays that, for nights of fewer people.
"""

from array import array
from collections.abc import Callable

import numpy as np

from kickoff.accounts.roster import PASSWORD, login_of
from kickoff.crowd.calls import PLAYER_DEADLINE_S, Refusal, read
from kickoff.crowd.entry import SOON_S
from kickoff.crowd.http import device_of, retry_after_s
from kickoff.crowd.people import People
from kickoff.crowd.rehearsal_clock import TICK_US, Happening, VirtualNight
from kickoff.crowd.rehearsal_paper import (
    NEVER,
    Clients,
    Diaries,
    Dice,
    earlier_session,
    may_stand_behind,
    number_of,
    old_televisions,
    patient_until,
    text_of,
)
from kickoff.crowd.rehearsal_phones import TAKE_A_PHONE, Phones
from kickoff.crowd.rehearsal_stage import answer_of, network_of, played_kbps
from kickoff.crowd.signing import TYPING_S, WRONG_PASSWORD
from kickoff.crowd.solving import SOLVE_S, Work, work_in
from kickoff.door.seam import Forward, Reply, Request, SignInAnswer
from kickoff.facts import Fact, Lane, Row
from kickoff.seals import account_subject
from kickoff.units import US_PER_MS, US_PER_S

RENEW_S = 10.0
"""So often are all streams in progress renewed: well within one beat."""
LOOK_S = 3.0
"""Whoever gets a picture only after they meant to leave has a look, for so long."""
NOBODY = -1


class BulkStage:
    """One evening's crowd on the virtual clock."""

    def __init__(
        self, clock: VirtualNight, people: People, *, seed: int, peers: Callable[[int], str] | None = None
    ) -> None:
        """`peers`: the address of a household."""
        self.diaries = Diaries(len(people))
        self.standing: dict[int, tuple[str, int]] = {}
        """Who took a place → its lane and number, the last one of several."""
        self.devices = old_televisions(clock, people)
        """Person → the token of the device, where it has one that matters: was here before, or is in the slow lane."""
        self._peers = peers or network_of
        self.channel = array("b", people.channel.tobytes())
        """What each asks for in the end: position in the night's channels."""
        self._clock, self._world, self._house = clock, clock.world, clock.door.house
        self._night, self._people = people.night, people
        self._chance = np.random.default_rng((seed, 3))
        self._dice = Dice(len(people), seed=seed)
        self.phones = Phones(clock, people, self._post, seed=seed)
        self._speed = array("d", self._chance.random(len(people)).tobytes())
        """Of each device, 0 … 1: how long it works at a proof."""
        self._looks = array("d", self._chance.random(len(people)).tobytes())
        """When each looks at the status object, as a share of the time between two looks, whatever befalls others."""
        self._arrives = array("d", people.arrives_s.tobytes())
        self._patience = array("d", patient_until(people).tobytes())
        self._tries = array("b", people.tries_max.tobytes())
        self._wrong = array("b", people.wrong_passwords.tobytes())
        self._token: list[str] = [""] * len(people)
        """Of each the one that counts now: ticket, pass, lease."""
        self._session: list[str] = [""] * len(people)
        self._cdns: dict[int, list[str]] = {}
        self._line: dict[str, list[int]] = {lane: [] for lane in self._house.lines}
        """Lane → who holds place 1, 2, 3 …"""
        self._may_stand_behind = may_stand_behind(people)
        self._beside: dict[str, dict[int, list[int]]] = {lane: {} for lane in self._line}
        """Lane → place → televisions that stand there too: behind somebody (`kickoff.door.televisions`)."""
        self._seen = dict.fromkeys(self._line, 0)
        self._clients = Clients(people)
        self._channels, self._offers = tuple(self._night.channels), tuple(self._night.offers)
        self._path = f"/v1/{self._night.name}"

    def send(self) -> None:
        """Let the first one come; each brings the next."""
        if len(self._people):
            self._clock.plan(self._arrives[0], self._come, 0)
        self._clock.plan(0.0, self._look)
        self._clock.plan(RENEW_S, self._renew)

    def close(self) -> None:
        """The night is over: whoever still watches has watched until now."""
        for person, token in enumerate(self._token):
            if token and self.diaries.picture[person] != NEVER:
                self._record_watched(person)

    def _come(self, person: int) -> None:
        if person + 1 < len(self._arrives):
            self._clock.plan(self._arrives[person + 1], self._come, person + 1)
        self.diaries.came += 1
        if self._people.holds_session[person]:
            self._session[person] = earlier_session(self._clock, self._people, person)
        self._join(person)

    def _join(self, person: int, proof: str = "") -> None:
        body = b'{"client":%b,"channel":"%b","proof":"%b"}' % (
            self._clients.json(person),
            self._wish(person),
            proof.encode(),
        )
        reply = self._post(person, f"{self._path}/tickets", body)
        if reply.status < 300:
            self._stand(person, reply)
        elif reply.status == 403 and self._takes_another(person, reply):
            self._join(person)
        elif reply.status == 403:
            self.diaries.walked_off[person] = 1
        else:
            self.diaries.refused += 1
            self._again(person, reply, self._join)

    def _stand(self, person: int, reply: Reply) -> None:
        """A place is a place; who is in the slow lane does what takes them out of it."""
        lane, number = text_of(reply.body, b'"lane":"'), number_of(reply.body, b'"number":')
        self._token[person] = text_of(reply.body, b'"ticket":"')
        self.standing[person] = lane, number
        self.diaries.stood[person] = self._clock.now_us
        self.diaries.note(self.diaries.joined, person, self._clock.now_us)
        if self._house.lines[lane].calls.is_called(number):
            self._see(person)
        elif self._may_stand_behind[person]:
            self._beside[lane].setdefault(number, []).append(person)
        else:
            # Bots hold the places between.
            line = self._line[lane]
            line.extend([NOBODY] * (number - len(line)))
            line[number - 1] = person
        if lane == Lane.SLOW and (work := work_in(reply.body)).proof:
            self.devices[person] = device_of(dict(reply.headers)) or self.devices[person]
            self._work(person, work, self._join)

    def _work(self, person: int, work: Work, then: Happening) -> None:
        """Solve a challenge: the same device is as fast or slow each time, and each challenge as long as it is."""
        took_s = work.share * (SOLVE_S[0] + (SOLVE_S[1] - SOLVE_S[0]) * self._speed[person])
        self._clock.plan(self._clock.now_s + took_s, then, person, work.proof)

    def _look(self) -> None:
        """Whoever was called since sees it at their next look; who was told on coming that it would be soon, soon."""
        self._clock.plan_us(self._clock.now_us + TICK_US, self._look)
        for lane, line in self._house.lines.items():
            first, self._seen[lane] = self._seen[lane], line.calls.serving
            if not first and line.calls.serving:
                # The first call of all: who came before the doors stands in the order that was drawn.
                order = line.calls.in_order()
                self._line[lane].extend([NOBODY] * (len(order) - len(self._line[lane])))
                self._line[lane][: len(order)] = [self._line[lane][place - 1] for place in order]
                self._beside[lane] = {line.calls.position(at): them for at, them in self._beside[lane].items()}
            people = self._line[lane][first : line.calls.serving]
            for place in range(first + 1, line.calls.serving + 1) if self._beside[lane] else ():
                people += self._beside[lane].pop(place, ())
            called = [one for one in people if one != NOBODY and self.standing[one][0] == lane]
            for person in called:
                self._see(person)

    def _see(self, person: int) -> None:
        """Who was called sees it at their next look."""
        poll_s, cached_s = self._house.snapshot.poll_s, self._world.parameters.cached_s
        is_new = self._clock.now_us - self.diaries.joined[person] < poll_s[0] * US_PER_S
        oldest_s = cached_s + (SOON_S[1] if is_new else poll_s[1])
        self._hear(person, self._clock.now_s + self._looks[person] * oldest_s)

    def _hear(self, person: int, at_s: float) -> None:
        """Somebody hears of their call: some have lost patience, some have walked off, some come later."""
        if at_s > self._patience[person]:
            return
        self.diaries.called[person] = 1
        late_s = float(self._people.called_after_s[person])
        if late_s == float("inf"):
            self.diaries.walked_off[person] = 1
        else:
            self._clock.plan(at_s + late_s, self._redeem, person)

    def _redeem(self, person: int, proof: str = "") -> None:
        body = b'{"ticket":"%b","proof":"%b"}' % (self._token[person].encode(), proof.encode())
        reply = self._post(person, f"{self._path}/passes", body)
        if reply.status == 403 and (work := work_in(reply.body)).proof:
            self._work(person, work, self._redeem)
            return
        if reply.status >= 300:
            self._again(person, reply, self._redeem)
            return
        self._token[person] = text_of(reply.body, b'"pass":"')
        self.diaries.passed[person] = self._clock.now_us
        follows = self._press if self._session[person] else self._sign_in
        self._clock.plan(self._clock.now_s + self._world.parameters.round_trip_s, follows, person)

    def _sign_in(self, person: int) -> None:
        code = self.phones.codes.get(person, "")
        if self.diaries.signed_in[person]:
            return  # The phone or the remote control was faster.
        password = WRONG_PASSWORD if self._wrong[person] else PASSWORD
        body = b'{"night":"%b","%b":"%b","login":"%b","password":"%b"}' % (
            self._night.name.encode(),
            *((b"user_code", code.encode()) if code else (b"pass", self._token[person].encode())),
            login_of(int(self._people.accounts[person])).encode(),
            password.encode(),
        )
        reply = self._clock.ask(self._request(person, "POST", "/v1/sessions", body))
        if isinstance(reply, Reply):
            self._not_signed_in(person, reply)
            return
        deadline_s = None if reply.deadline_us is None else (reply.deadline_us - self._clock.starts_at) / US_PER_S
        now_s = self._clock.now_s
        done_s, said = self._world.check_password(reply.login, reply.password, now_s=now_s, deadline_s=deadline_s)
        self._clock.plan(done_s, self._finish, person, reply, said)

    def _finish(self, person: int, forward: Forward, said: SignInAnswer) -> None:
        reply = forward.finish(said, self._clock.now_us)
        self._clock.judge("/v1/sessions", reply)
        if reply.status < 300 and not self.diaries.signed_in[person]:
            self._session[person] = text_of(reply.body, b'"session":"')
            self.diaries.signed_in[person] = 1
            self._clock.plan(self._clock.now_s + self._world.parameters.round_trip_s, self._press, person)
        elif reply.status >= 400:
            self._not_signed_in(person, reply)

    def _not_signed_in(self, person: int, reply: Reply) -> None:
        if reply.status == 401 and self._wrong[person]:
            self._wrong[person] -= 1
            self.diaries.wrong_passwords += 1
            self._clock.plan(self._clock.now_s + self._dice.between(person, *TYPING_S), self._sign_in, person)
        elif reply.status == 429:
            self.diaries.deferred += 1
            self._again(person, reply, self._sign_in)
            if TAKE_A_PHONE in reply.body:
                until_s = self._patience[person]
                self.phones.take(person, self._token[person], until_s=until_s, then=self._sign_in)
        else:
            self.diaries.sign_ins_failed += 1
            self._note_failure(person)
            self._try_again(person, self._sign_in)

    def _press(self, person: int) -> None:
        """Press play: a stream, or the way back to one whose start failed."""
        self.diaries.note(self.diaries.pressed, person, self._clock.now_us)
        way = b"resume" if person in self._cdns else b"pass"
        body = b'{"%b":"%b","channel":"%b"}' % (way, self._token[person].encode(), self._wish(person))
        reply = self._post(person, f"{self._path}/leases", body)
        if reply.status < 300:
            self._token[person] = text_of(reply.body, b'"lease":"')
            self.diaries.stream[person] = number_of(reply.body, b'"stream":')
            networks = self._cdns[person] = list(self._house.cdns_for(self.diaries.stream[person]))
            self._start(person, self._clock.now_us, len(networks))
        elif reply.status == 403 and self._takes_another(person, reply):
            self._press(person)
        elif reply.status == 403:
            self.diaries.walked_off[person] = 1
        else:
            self._note_failure(person)
            self._try_again(person, self._press)

    def _start(self, person: int, pressed_us: int, left: int) -> None:
        """Load the channel from one delivery network after the other; `left`: of them still to try."""
        networks = self._cdns[person]
        cdn = networks[len(networks) - left]
        client = self._clients.of(person)
        where = {"cdn": cdn, "isp": client.isp, "app": client.app}
        heard_s, is_there = self._world.fetch_playlist(now_s=self._clock.now_s, where=where)
        if is_there:
            heard_s, is_there = self._world.fetch_playlist(now_s=self._clock.now_s)
        parameters = self._world.parameters
        if is_there:
            shown_s = max(heard_s, self._clock.now_s) + 2 * parameters.round_trip_s + parameters.segment_s
            self._clock.plan(shown_s, self._show, person, pressed_us, cdn)
        else:
            late = heard_s - self._clock.now_s >= PLAYER_DEADLINE_S
            self._clock.plan(
                heard_s + parameters.round_trip_s,
                self._fail,
                person,
                pressed_us,
                left - 1,
                "timeout" if late else "manifest",
            )

    def _fail(self, person: int, pressed_us: int, left: int, code: str) -> None:
        networks = self._cdns[person]
        cdn = networks[len(networks) - left - 1]
        self.diaries.failed_starts += 1
        self._note_failure(person)
        self._beat(person, b'{"sta":"f","ec":"%b","cdn":"%b"}' % (code.encode(), cdn.encode()))
        if left:
            self._start(person, pressed_us, left)
        else:
            self._try_again(person, self._press)

    def _show(self, person: int, pressed_us: int, cdn: str) -> None:
        """The first picture."""
        now_us = self._clock.now_us
        took_ms, kbps = (now_us - pressed_us) // 1000, played_kbps(self._house)
        self._beat(person, b'{"sta":"p","msd":%d,"br":%d,"cdn":"%b"}' % (took_ms, kbps, cdn.encode()))
        self.diaries.picture[person] = now_us
        self._session[person] = ""
        del self._cdns[person]
        leaves_s = max(float(self._people.leaves_s[person]), self._clock.now_s + LOOK_S)
        self._clock.plan(leaves_s, self._leave, person)

    def _leave(self, person: int) -> None:
        code = b"whistle" if self._clock.now_s >= self._night.schedule.whistle else b"quit"
        self._clock.ask(
            self._request(person, "DELETE", f"{self._path}/leases/{self._token[person]}", b'{"code":"%b"}' % code)
        )
        self._token[person] = ""
        self.diaries.ended[person] = self._clock.now_us
        self._record_watched(person)

    def _record_watched(self, person: int) -> None:
        """One beat in the journal for all that were not played: from the first picture until now."""
        client = self._clients.of(person)
        self._house.journal.record(
            Row(
                at=self._clock.now_us,
                fact=Fact.BEAT,
                subject=account_subject(self._house.subject_key, int(self._people.accounts[person])),
                stream=self.diaries.stream[person],
                offer=self._offers[self._people.offer[person]],
                channel=self._channels[self.channel[person]],
                device=client.device,
                app=client.app,
                isp=client.isp,
                region=client.region,
                watched_ms=(self._clock.now_us - self.diaries.picture[person]) // US_PER_MS,
                stalled_ms=0,
                bitrate_kbps=played_kbps(self._house),
            )
        )

    def _renew(self) -> None:
        """Everybody's beats of the last seconds."""
        self._house.leases.seen_by_all(at_us=self._clock.now_us)
        if beats := self._house.leases.open_total:
            self._house.played_many(played_kbps(self._house), beats)
        self._clock.plan(self._clock.now_s + RENEW_S, self._renew)

    def _again(self, person: int, reply: Reply, what: Happening) -> None:
        """Told to come back: not before the time that was said, as long as patience lasts."""
        told_s = max(1.0, retry_after_s(dict(reply.headers)))
        self._later(person, told_s * (1.0 + 0.2 * self._dice.of(person)), what)

    def _try_again(self, person: int, what: Happening) -> None:
        """After a failure: by their own habit, as long as tries and patience last."""
        if self._tries[person] > 0:
            self._tries[person] -= 1
            self._later(person, float(self._people.retry_s[person]) * (0.7 + 0.6 * self._dice.of(person)), what)

    def _later(self, person: int, wait_s: float, what: Happening) -> None:
        at_s = self._clock.now_s + wait_s
        if at_s <= self._patience[person]:
            self._clock.plan(at_s, what, person)

    def _takes_another(self, person: int, reply: Reply) -> bool:
        refusal = read(answer_of(reply, at_s=0.0), Refusal)
        wished = self._channels[self.channel[person]]
        others = [name for name in (refusal.channels if refusal else ()) if name != wished]
        if others:
            self.channel[person] = self._channels.index(others[0])
        return bool(others)

    def _note_failure(self, person: int) -> None:
        self.diaries.note(self.diaries.failed, person, self._clock.now_us)

    def _beat(self, person: int, body: bytes) -> None:
        self._clock.ask(self._request(person, "POST", f"{self._path}/leases/{self._token[person]}/beats", body))

    def _post(self, person: int, path: str, body: bytes) -> Reply:
        reply = self._clock.ask(self._request(person, "POST", path, body))
        assert isinstance(reply, Reply), "only a sign-in is forwarded"
        return reply

    def _request(self, person: int, method: str, path: str, body: bytes) -> Request:
        session, token = self._session[person], self.devices.get(person)
        device = {"x-kickoff-device": token} if token else {}
        return Request(
            method=method,
            path=path,
            headers={"authorization": f"Bearer {session}"} if session else device,
            body=body,
            peer=self._peers(int(self._people.accounts[person])),
            at_us=self._clock.now_us,
        )

    def _wish(self, person: int) -> bytes:
        return self._channels[self.channel[person]].encode()
