"""Sign-ins: right and wrong passwords, a full service, a broken one, and those who try again."""

import numpy as np

from bench.nights.crowd import Integers
from bench.nights.service import Service
from bench.nights.stage import ROUNDS_MAX, Floats, Stage, per_second, second_of


def sign_in(stage: Stage, who: Integers, at: Floats, service: Service) -> tuple[Integers, Floats, Floats]:
    """(who is in, when, failures by second)."""
    people, rng, plan = stage.people, stage.rng, stage.plan
    out = people.signed_out[who]
    done_who, done_at = [who[~out]], [at[~out]]
    who, at = who[out], at[out]
    # Some know their password well, some try three.
    clumsy = rng.beta(0.5, 0.5 / plan.law("wrong_passwords") - 0.5, len(people))
    if plan.scenario == "quiet_forgotten":
        clumsy = np.minimum(0.7, clumsy * 4)
    failures, device = np.zeros(stage.seconds), people.device.copy()
    tries_two = rng.random(len(people)) < plan.law("second_device")
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
            subject = people.account[those] if fact == "signed_in" else device[those]
            extra = {} if fact == "signed_in" else {"code": (code[chosen].astype(np.int8), list(CODES))}
            if fact == "signed_in":
                extra["offer"] = stage.dims(those, "offer")["offer"]
            lane = {"lane": "main"} if "place" in columns else {}
            stage.rows.add(
                fact, answered[chosen], subject=subject, duration_ms=np.round(wait[chosen] * 1000).astype(np.int64),
                **{name: values[those] for name, values in columns.items()}, **lane,
                **stage.dims(those, "device", "app", "isp", "region"), **extra,
            )  # fmt: skip
        failures += per_second(stage, at[code >= 2])
        done_who.append(who[ok])
        done_at.append(answered[ok])
        house_failed = code >= 2
        stage.hurt("sign_in", who[house_failed], at[house_failed], answered[house_failed])
        moved = who[house_failed & tries_two[who] & (device[who] == people.device[who])]
        device[moved] = rng.integers(2**62, 2**63 - 1, len(moved))
        mistyped = (code >= 0) & ~house_failed & (rng.random(len(who)) < 0.95)
        retry_who, retry_at = stage.again(who[house_failed], answered[house_failed])
        who = np.concatenate([who[mistyped], retry_who])
        at = np.concatenate(
            [answered[mistyped] + rng.gamma(2, 5 * (plan.minute_s / 60) ** 0.5, int(mistyped.sum())), retry_at]
        )
        who, at = who[at < stage.whistle], at[at < stage.whistle]
    whole_who, whole_at = np.concatenate(done_who), np.concatenate(done_at)
    return whole_who, whole_at, failures


CODES = ("wrong_password", "unknown_account", "overloaded", "timeout", "error")


def _answers(stage: Stage, who: Integers, at: Floats, service: Service, clumsy: Floats) -> tuple[Integers, Floats]:
    """(number in `CODES`, -1 where it went well; seconds until the answer)."""
    rng, index = stage.rng, second_of(stage, at)
    code = np.full(len(who), -1)
    code[rng.random(len(who)) < clumsy[who]] = 0
    wait = 0.03 + rng.exponential(0.02, len(who)) + service.wait_s[index]
    code[rng.random(len(who)) < 2e-4] = 4
    for number, trouble in stage.troubles("dependency", "passwords"):
        broken = (at >= trouble.begins) & (at < trouble.ends) & (rng.random(len(who)) < trouble.share)
        stage.spans[number] = (trouble.begins, trouble.ends)
        if trouble.kind == "passwords":
            code[broken] = 0
            stage.hurt("sign_in", who[broken], at[broken], at[broken] + wait[broken])
        else:
            slow = rng.random(len(who)) < stage.plan.law("broken_slow")
            code[broken] = np.where(slow, 3, 4)[broken]
            wait[broken & slow] = rng.uniform(3, 8, int((broken & slow).sum()))
    refused = rng.random(len(who)) < service.refused[index]
    late = refused & (rng.random(len(who)) < 0.3)
    vague = rng.random(len(who)) < stage.plan.law("says_error")
    code[refused] = np.where(late, 3, np.where(vague, 4, 2))[refused]
    wait[refused & ~late] = rng.uniform(0.02, 0.2, int((refused & ~late).sum()))
    wait[late] = rng.uniform(3, 10, int(late.sum()))
    return code, wait
