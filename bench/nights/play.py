"""One night, played: who comes, what each attempt meets, what is written down, and what was true.

Attempts are played in rounds: everybody's first, then the second of those who failed and try again, and so on. What
a service of limited capacity does to them is computed beforehand from how many come (`service`).
"""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from bench.nights import attackers, house
from bench.nights.crowd import DIMENSIONS, Integers, Mask, People, people_of, subscribers_of
from bench.nights.plans import END_MIN, HALF_TIME_MIN, SECOND_HALF_MIN, WHISTLE_MIN, Plan, Trouble
from bench.nights.service import Service, serve
from bench.nights.tables import Rows

Floats = NDArray[np.float64]

ROUNDS_MAX = 40
OVERLOAD = 0.03
"""A service refuses more than this share: then it is in trouble, and whoever fails then is hit by it."""
BROKEN = ("error", "timeout")


class Played(Struct, frozen=True, kw_only=True):
    """What was written down and what was true."""

    rows: Rows
    subscribers: Integers
    offers: NDArray[np.int8]
    hit: Integers
    """Accounts, sorted; each once."""
    hit_at: Floats
    """Second of each one's first failure."""
    touched: Mask
    """Whether anything of each stands in the journal."""
    spans: list[tuple[str, float, float]]
    """(cause, first, last second) of each trouble as it was felt."""
    met_at: list[Floats]
    """For each trouble when each genuine person met it first."""
    complaints: list[tuple[int, str, int]]


class Stage:
    """The night while it is being played."""

    def __init__(self, plan: Plan, start: int) -> None:
        self.plan = plan
        self.rng = np.random.default_rng([77, *plan.name.encode()])
        self.rows = Rows(start)
        self.subscribers = subscribers_of(plan, self.rng)
        self.people = people_of(plan, self.rng, self.subscribers)
        self.seconds = round(END_MIN * plan.minute_s)
        self.whistle = WHISTLE_MIN * plan.minute_s
        self.goals = sorted((self.rng.uniform(36, 140, self.rng.poisson(2.6)) * plan.minute_s).tolist())
        self.is_stormy = any(trouble.kind == "storm" for trouble in plan.troubles)
        self.persistence = plan.law("storm_persistence" if self.is_stormy else "persistence")
        # People take the time that they take; a quick night is short of time, not of impatience.
        self.retry_s = plan.law("storm_retry_s" if self.is_stormy else "retry_s") * (plan.minute_s / 60) ** 0.5
        self.hits: list[tuple[str, Integers, Floats]] = []
        self.spans: dict[int, tuple[float, float]] = {}
        self.seen = np.zeros(len(self.people), np.bool_)
        self.place: Integers | None = None

    def troubles(self, *kinds: str) -> list[tuple[int, Trouble]]:
        """Those of these kinds, with their numbers."""
        return [(number, one) for number, one in enumerate(self.plan.troubles) if one.kind in kinds]

    def matches(self, where: dict[str, str], who: Integers) -> Mask:
        """Who of them is where the trouble is."""
        held = np.ones(len(who), np.bool_)
        for name, value in where.items():
            held &= self.people.dims[name][who] == list(self.plan.shares[name]).index(value)
        return held

    def dims(self, who: Integers, *names: str) -> dict[str, tuple[NDArray[np.int8], list[str]]]:
        """The columns of these people's dimensions."""
        return {name: (self.people.dims[name][who], list(self.plan.shares[name])) for name in names}

    def again(self, who: Integers, at: Floats) -> tuple[Integers, Floats]:
        """Those who try again after a failure, and when."""
        stay = self.rng.random(len(who)) < self.persistence
        later = at[stay] + self.rng.gamma(2.0, self.retry_s / 2, int(stay.sum()))
        keep = later < self.whistle
        return who[stay][keep], later[keep]

    def hurt(self, kind: str, who: Integers, at: Floats) -> None:
        """They failed for a reason of this kind: reach, sign_in or start."""
        self.hits.append((kind, who, at))

    def kind_of(self, trouble: Trouble) -> str:
        """What fails for genuine people in this trouble; "" where nothing does."""
        if trouble.cause == "capacity":
            return "start" if self.plan.on_playlist else "sign_in"
        if trouble.cause == "malice":
            return "sign_in" if trouble.hurts else ""
        return {"silence": "reach", "dependency": "sign_in", "passwords": "sign_in"}.get(trouble.kind, "start")

    def met(self) -> list[tuple[Integers, Floats]]:
        """For each trouble: who met it, and when first."""
        found = []
        for number, trouble in enumerate(self.plan.troubles):
            begins, ends = self.spans[number]
            kind = self.kind_of(trouble)
            who = np.concatenate([np.zeros(0, np.int64), *(those for what, those, _ in self.hits if what == kind)])
            at = np.concatenate([np.zeros(0), *(then for what, _, then in self.hits if what == kind)])
            inside = (at >= begins) & (at < ends)
            found.append(_firsts(who[inside], at[inside]))
        return found


def play(plan: Plan, start: int) -> Played:
    """Play the night; it began at `start` (µs UTC)."""
    stage = Stage(plan, start)
    who, at = _reach(stage)
    who, at = _join(stage, who, at)
    sign_in, playlist = _services(stage, who, at)
    who, at, failed = _sign_in(stage, who, at, sign_in)
    starts_failed = _watch(stage, who, at, playlist)
    attackers.play(stage)
    _house(stage, sign_in, playlist, failed, starts_failed)
    return _told(stage)


def _reach(stage: Stage) -> tuple[Integers, Floats]:
    """Who meets a door, and when. Those shut out come back later, say so or not, or never come."""
    people, rng = stage.people, stage.rng
    who, at = np.arange(len(people)), people.arrives.copy()
    says = rng.random(len(people)) < stage.plan.law("says_so")
    come_back_s = stage.plan.law("come_back_min") * stage.plan.minute_s
    shut_out: list[tuple[Integers, Floats]] = []
    reached_who, reached_at = [], []
    for _ in range(ROUNDS_MAX):
        shut = np.zeros(len(who), np.bool_)
        for number, trouble in stage.troubles("silence"):
            met = (at >= trouble.begins) & (at < trouble.ends) & stage.matches(trouble.where, who)
            met &= rng.random(len(who)) < trouble.share
            shut |= met
            stage.spans[number] = (trouble.begins, trouble.ends)
        reached_who.append(who[~shut])
        reached_at.append(at[~shut])
        if not shut.any():
            break
        stage.hurt("reach", who[shut], at[shut])
        shut_out.append((who[shut], at[shut]))
        stay = shut & (rng.random(len(who)) < 0.75)
        who, at = who[stay], at[stay] + rng.exponential(come_back_s, int(stay.sum()))
        who, at = who[at < stage.whistle], at[at < stage.whistle]
    met_who, met_at = np.concatenate(reached_who), np.concatenate(reached_at)
    _confess(stage, shut_out, met_who, met_at, says)
    order = np.argsort(met_at)
    return met_who[order], met_at[order]


def _confess(
    stage: Stage, shut_out: list[tuple[Integers, Floats]], who: Integers, at: Floats, says: Mask
) -> None:
    """An app that meets the door at last tells of the attempts that met none."""
    reached = np.full(len(stage.people), np.inf)
    reached[who] = at
    for those, then in shut_out:
        telling = says[those] & np.isfinite(reached[those])
        those, then = those[telling], then[telling]
        stage.rows.add(
            "refused", then, known_s=reached[those], subject=_subject(stage, those), code="unreachable",
            source=stage.people.source[those], **stage.dims(those, "device", "app", "isp", "region"),
        )  # fmt: skip


def _subject(stage: Stage, who: Integers) -> Integers:
    """An account where a session is held, else a device."""
    people = stage.people
    return np.where(people.signed_out[who], people.device[who], people.account[who])


def _join(stage: Stage, who: Integers, at: Floats) -> tuple[Integers, Floats]:
    """Through the line, where there is one. The door lets in what it believes can be carried."""
    stage.seen[who] = True
    if stage.plan.open_door:
        return who, at
    rows, people, rng = stage.rows, stage.people, stage.rng
    client = stage.dims(who, "device", "app", "isp", "region")
    extra = attackers.joins(stage)
    offered = _per_second(stage, at) + extra
    room = np.full(stage.seconds, 1.3 * float(_smooth(_per_second(stage, at), 60).max()) + 1.0)
    line = serve(offered, room, limit_s=1e9, persistence=0.0, retry_s=1.0)
    code = (people.signed_out[who].astype(np.int8), ["session", "device"])
    place = np.arange(1, len(who) + 1) + np.cumsum(extra)[_index(stage, at)].astype(np.int64)
    rows.add(
        "joined", at, subject=_subject(stage, who), lane="main", place=place, code=code,
        source=people.source[who], **client,
    )  # fmt: skip
    wait = line.wait_s[_index(stage, at)] + rng.exponential(0.8, len(who)) + 0.1
    leaves = rng.exponential(900, len(who)) < wait
    rows.add(
        "refused", (at + wait)[leaves], subject=_subject(stage, who[leaves]), code="gave_up",
        source=people.source[who[leaves]], **stage.dims(who[leaves], "device", "app", "isp", "region"),
    )  # fmt: skip
    keep = ~leaves & (at + wait < stage.whistle)
    who, at, wait, place = who[keep], at[keep], wait[keep], place[keep]
    rows.add(
        "passed", at + wait, subject=_subject(stage, who), lane="main", place=place,
        wait_ms=np.round(wait * 1000).astype(np.int64), code="in_time", source=people.source[who],
        **stage.dims(who, "device", "app", "isp", "region"),
    )  # fmt: skip
    stage.place = np.zeros(len(people), np.int64)
    stage.place[who] = place
    return who, at + wait


def _services(stage: Stage, who: Integers, at: Floats) -> tuple[Service, Service]:
    """Sign-in and start of streams: one of them is short where capacity is the trouble."""
    plan = stage.plan
    signing = at[stage.people.signed_out[who]]
    loads = [_per_second(stage, signing) * (1 + plan.law("wrong_passwords")), _per_second(stage, at)]
    short = {number for number, trouble in enumerate(plan.troubles) if trouble.cause == "capacity"}
    found = []
    for index, load in enumerate(loads):
        peak = float(_smooth(load, 30).max()) + 0.5
        capacity = np.full(stage.seconds, peak / plan.law("idle_use"))
        extra = np.zeros(stage.seconds)
        is_short = short and index == int(plan.on_playlist)
        for number, trouble in enumerate(plan.troubles):
            span = slice(round(trouble.begins), round(trouble.ends))
            if is_short and number in short:
                if trouble.kind == "crowd":
                    capacity[:] = peak * plan.law("headroom")
                else:
                    # What is left cannot carry what comes.
                    level = float(_smooth(load, 60)[span].mean()) if load[span].size else peak
                    capacity[span] = max(0.05, level * (1 - trouble.share) * 1.4)
            if trouble.hurts and index == 0:
                extra[span] += capacity[span] * (0.9 + trouble.times / 10)
        service = serve(
            load + extra, capacity, limit_s=plan.law("queue_limit_s"), persistence=stage.persistence,
            retry_s=stage.retry_s,
        )  # fmt: skip
        _felt(stage, service, short if is_short else {n for n, t in enumerate(plan.troubles) if t.hurts and index == 0})
        found.append(service)
    return found[0], found[1]


def _felt(stage: Stage, service: Service, numbers: set[int]) -> None:
    over = np.flatnonzero(service.refused > OVERLOAD)
    for number in numbers:
        if len(over):
            stage.spans[number] = (float(over[0]), float(over[-1] + 1))


def _sign_in(stage: Stage, who: Integers, at: Floats, service: Service) -> tuple[Integers, Floats, Floats]:
    """(who is in, when, failures by second)."""
    people, rng, plan = stage.people, stage.rng, stage.plan
    out = people.signed_out[who]
    done_who, done_at = [who[~out]], [at[~out]]
    who, at = who[out], at[out]
    # Some know their password well, some try three.
    clumsy = rng.beta(0.5, 0.5 / plan.law("wrong_passwords") - 0.5, len(people))
    if plan.scenario == "quiet_forgotten":
        clumsy = np.minimum(0.7, clumsy * 4)
    failures = np.zeros(stage.seconds)
    for _ in range(ROUNDS_MAX):
        if not len(who):
            break
        code, wait = _answers(stage, who, at, service, clumsy)
        answered = at + wait
        ok = code < 0
        common = {"source": people.source, "place": stage.place}
        columns = {name: values for name, values in common.items() if values is not None}
        for chosen, fact in ((ok, "signed_in"), (~ok, "sign_in_failed")):
            those = who[chosen]
            subject = people.account[those] if fact == "signed_in" else people.device[those]
            extra = {} if fact == "signed_in" else {"code": (code[chosen].astype(np.int8), list(CODES))}
            if fact == "signed_in":
                extra["offer"] = stage.dims(those, "offer")["offer"]
            lane = {"lane": "main"} if "place" in columns else {}
            stage.rows.add(
                fact, answered[chosen], subject=subject, duration_ms=np.round(wait[chosen] * 1000).astype(np.int64),
                **{name: values[those] for name, values in columns.items()}, **lane,
                **stage.dims(those, "device", "app", "isp", "region"), **extra,
            )  # fmt: skip
        failures += _per_second(stage, at[code >= 2])
        done_who.append(who[ok])
        done_at.append(answered[ok])
        house_failed = code >= 2
        stage.hurt("sign_in", who[house_failed], at[house_failed])
        mistyped = (code >= 0) & ~house_failed & (rng.random(len(who)) < 0.95)
        retry_who, retry_at = stage.again(who[house_failed], answered[house_failed])
        who = np.concatenate([who[mistyped], retry_who])
        at = np.concatenate([answered[mistyped] + rng.gamma(2, 5 * (plan.minute_s / 60) ** 0.5, int(mistyped.sum())), retry_at])
        who, at = who[at < stage.whistle], at[at < stage.whistle]
    whole_who, whole_at = np.concatenate(done_who), np.concatenate(done_at)
    return whole_who, whole_at, failures


CODES = ("wrong_password", "unknown_account", "overloaded", "timeout", "error")


def _answers(
    stage: Stage, who: Integers, at: Floats, service: Service, clumsy: Floats
) -> tuple[Integers, Floats]:
    """(number in `CODES`, -1 where it went well; seconds until the answer)."""
    rng, index = stage.rng, _index(stage, at)
    code = np.full(len(who), -1)
    code[rng.random(len(who)) < clumsy[who]] = 0
    wait = 0.03 + rng.exponential(0.02, len(who)) + service.wait_s[index]
    code[rng.random(len(who)) < 2e-4] = 4
    for number, trouble in stage.troubles("dependency", "passwords"):
        broken = (at >= trouble.begins) & (at < trouble.ends) & (rng.random(len(who)) < trouble.share)
        stage.spans[number] = (trouble.begins, trouble.ends)
        if trouble.kind == "passwords":
            code[broken] = 0
            stage.hurt("sign_in", who[broken], at[broken])
        else:
            slow = rng.random(len(who)) < 0.3 * (stage.plan.seed % 2)
            code[broken] = np.where(slow, 3, 4)[broken]
            wait[broken & slow] = rng.uniform(3, 8, int((broken & slow).sum()))
    refused = rng.random(len(who)) < service.refused[index]
    late = refused & (rng.random(len(who)) < 0.3)
    code[refused] = np.where(late, 3, 2)[refused]
    wait[refused & ~late] = rng.uniform(0.02, 0.2, int((refused & ~late).sum()))
    wait[late] = rng.uniform(3, 10, int(late.sum()))
    return code, wait


def _watch(stage: Stage, who: Integers, at: Floats, service: Service) -> Floats:
    """Starts, other channels, the end. Failures by second."""
    rng, plan = stage.rng, stage.plan
    failures = np.zeros(stage.seconds)
    stream = np.arange(1, len(stage.people) + 1)
    first_who, first_at, failed = _starts(stage, who, at, service, stream, switch=False)
    failures += failed
    stays = np.where(rng.random(len(first_who)) < 0.85, stage.whistle + rng.uniform(0, 300, len(first_who)) * plan.minute_s / 60, 0)
    short = stays == 0
    stays[short] = first_at[short] + rng.exponential(40 * 60 * plan.minute_s / 60, int(short.sum()))
    stays = np.maximum(stays, first_at + 1)
    hours = (np.minimum(stays, stage.whistle) - first_at) / (60 * plan.minute_s)
    moves = rng.poisson(np.maximum(hours, 0) * plan.law("switches_per_h"))
    mover = np.repeat(np.arange(len(first_who)), moves)
    moved = first_at[mover] + rng.random(len(mover)) * np.maximum(0, np.minimum(stays, stage.whistle) - first_at)[mover]
    # At the interval people go, and come back for the second half.
    pause = (rng.random(len(mover)) < 0.25) & (first_at[mover] < HALF_TIME_MIN * plan.minute_s)
    pause &= stays[mover] > SECOND_HALF_MIN * plan.minute_s
    moved[pause] = (SECOND_HALF_MIN + rng.normal(0, 2, int(pause.sum()))) * plan.minute_s
    order = np.argsort(moved)
    _, _, failed = _starts(stage, first_who[mover][order], moved[order], service, stream, switch=True)
    failures += failed
    leaves = stays < stage.whistle
    stage.rows.add(
        "ended", stays, subject=stage.people.account[first_who], stream=stream[first_who],
        code=(np.where(leaves, 0, 1).astype(np.int8), ["quit", "whistle"]), **stage.dims(first_who, *DIMENSIONS),
    )  # fmt: skip
    _report(stage)
    return failures


START_CODES = ("manifest", "segment", "timeout", "decode", "forbidden")


def _starts(
    stage: Stage, who: Integers, at: Floats, service: Service, stream: Integers, *, switch: bool
) -> tuple[Integers, Floats, Floats]:
    """(who has a picture, since when, failures by second)."""
    people, rng, plan = stage.people, stage.rng, stage.plan
    done_who, done_at, failures = [], [], np.zeros(stage.seconds)
    for _ in range(ROUNDS_MAX):
        if not len(who):
            break
        index = _index(stage, at)
        broken = _breaks(stage, who, at)
        refused = rng.random(len(who)) < service.refused[index]
        failed = broken | refused
        took = rng.lognormal(np.log(0.9), 0.4, len(who)) + np.where(failed, 0, service.wait_s[index])
        leaves = ~failed & (rng.random(len(who)) < plan.law("base_exits") * np.minimum(20, 0.5 + took / 2))
        dims = stage.dims(who, *DIMENSIONS)
        common = {"subject": people.account[who], "stream": stream[who]}
        stage.rows.add("leased", at, code="switch" if switch else "new", **common, **dims)
        for chosen, fact in ((failed, "start_failed"), (leaves, "ended"), (~failed & ~leaves, "started")):
            extra = {}
            if fact == "start_failed":
                kind = np.where(refused & (rng.random(len(who)) < 0.6), 2, np.where(rng.random(len(who)) < 0.8, 0, 1))
                extra["code"] = (kind[chosen].astype(np.int8), list(START_CODES))
            if fact == "ended":
                extra["code"] = "quit"
            else:
                extra["duration_ms"] = np.round(took[chosen] * 1000).astype(np.int64)
            stage.rows.add(
                fact, (at + took)[chosen], subject=people.account[who[chosen]], stream=stream[who[chosen]],
                **stage.dims(who[chosen], *DIMENSIONS), **extra,
            )  # fmt: skip
        failures += _per_second(stage, at[refused])
        stage.hurt("start", who[failed], at[failed])
        good = ~failed & ~leaves
        done_who.append(who[good])
        done_at.append((at + took)[good])
        retry = failed | (leaves & (rng.random(len(who)) < 0.3))
        who, at = stage.again(who[retry], (at + took)[retry])
    return np.concatenate([[], *done_who]).astype(np.int64), np.concatenate([[], *done_at]), failures


def _breaks(stage: Stage, who: Integers, at: Floats) -> Mask:
    """Which starts fail for another reason than room."""
    rng = stage.rng
    broken = rng.random(len(who)) < stage.plan.law("base_start_failures")
    for number, trouble in stage.troubles("cdn", "isp", "release"):
        now = (at >= trouble.begins) & (at < trouble.ends)
        broken |= now & stage.matches(trouble.where, who) & (rng.random(len(who)) < trouble.share)
        stage.spans[number] = (trouble.begins, trouble.ends)
    return broken


def _report(stage: Stage) -> None:
    """Some of those who were hit say so, late; some sorts of people more than others; and a few say so of nothing."""
    rng, people, plan = stage.rng, stage.people, stage.plan
    who, at = _firsts(
        np.concatenate([np.zeros(0, np.int64), *(those for _, those, _ in stage.hits)]),
        np.concatenate([np.zeros(0), *(then for _, _, then in stage.hits)]),
    )
    eager = np.exp(rng.normal(0, 0.6, 5))[people.dims["device"][who]] if len(who) else np.zeros(0)
    says = rng.random(len(who)) < np.minimum(0.8, plan.law("report_share") * eager)
    late = rng.lognormal(np.log(plan.law("report_late_min") * plan.minute_s), 0.7, int(says.sum()))
    idle = np.flatnonzero(rng.random(len(people)) < 0.001)
    those = np.concatenate([who[says], idle])
    then = np.concatenate([at[says] + late, rng.uniform(0, stage.whistle, len(idle))])
    code = (rng.choice(4, len(those), p=[0.5, 0.3, 0.1, 0.1]).astype(np.int8), ["black_screen", "error", "buffering", "other"])
    keep = then < stage.seconds
    stage.seen[those[keep]] = True
    stage.rows.add(
        "reported", then[keep], subject=people.account[those[keep]], code=(code[0][keep], code[1]),
        **stage.dims(those[keep], "offer", "device", "app", "isp", "region"),
    )  # fmt: skip


def _house(stage: Stage, sign_in: Service, playlist: Service, failed: Floats, starts_failed: Floats) -> None:
    rng, plan = stage.rng, stage.plan
    house.health(stage.rows, rng, "sign_in", sign_in, failed)
    house.health(stage.rows, rng, "playlist", playlist, starts_failed)
    house.match(stage.rows, plan, stage.goals)
    releases = [trouble.begins - rng.uniform(0, 60) for _, trouble in stage.troubles("release")]
    if plan.scenario == "quiet_release" or rng.random() < 0.08:
        releases.append(rng.uniform(10, 100) * plan.minute_s)
    if releases:
        stage.rows.add("released", np.array(releases), app=next(iter(plan.shares["app"])))
    stale = np.flatnonzero(rng.random(len(stage.people)) < plan.law("stale_tokens"))
    stage.rows.add(
        "refused", stage.people.arrives[stale], subject=stage.people.device[stale], code="bad_token",
        source=stage.people.source[stale], **stage.dims(stale, "device", "app", "isp", "region"),
    )  # fmt: skip


def _told(stage: Stage) -> Played:
    people, rng = stage.people, stage.rng
    for number, trouble in enumerate(stage.plan.troubles):
        stage.spans.setdefault(number, (trouble.begins, trouble.ends))
    met = stage.met()
    who, at = _firsts(
        np.concatenate([np.zeros(0, np.int64), *(those for those, _ in met)]),
        np.concatenate([np.zeros(0), *(then for _, then in met)]),
    )
    ranked = np.argsort(people.account[who])
    return Played(
        rows=stage.rows,
        subscribers=stage.subscribers,
        offers=rng.choice(3, len(stage.subscribers), p=list(stage.plan.shares["offer"].values())).astype(np.int8),
        hit=people.account[who][ranked],
        hit_at=at[ranked],
        touched=stage.seen[who][ranked],
        spans=[(stage.plan.troubles[number].cause, *span) for number, span in sorted(stage.spans.items())],
        met_at=[np.sort(then) for _, then in met],
        complaints=house.complaints(stage.plan, rng, at),
    )


def _firsts(who: Integers, at: Floats) -> tuple[Integers, Floats]:
    """Each once, with the first instant."""
    order = np.lexsort((at, who))
    found, first = np.unique(who[order], return_index=True)
    return found, at[order][first]


def _per_second(stage: Stage, at: Floats) -> Floats:
    return np.bincount(_index(stage, at), minlength=stage.seconds).astype(np.float64)


def _index(stage: Stage, at: Floats) -> Integers:
    return np.clip(at, 0, stage.seconds - 1).astype(np.int64)


def _smooth(values: Floats, seconds: int) -> Floats:
    return np.convolve(values, np.full(seconds, 1 / seconds), "same")
