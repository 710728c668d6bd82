"""`kickoff gestures preview|approve|post|deliver|export|audit FOLDER`: what is owed, promised, handed on, checked."""

import asyncio
import json
import os
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import msgspec
import typer

from kickoff.aftermath.answers import findings_and_cases
from kickoff.aftermath.closing import approve_by_rule, ledger_of
from kickoff.aftermath.journal import JournalError, JournalView
from kickoff.commands import BadInput
from kickoff.commands.report import run_folder
from kickoff.findings import Findings
from kickoff.gestures.export import beancount_lines, csv_lines
from kickoff.gestures.ledger import LedgerError, NoLedger, digest_of
from kickoff.gestures.outbox.delivery import SecretMalformed, read_secret
from kickoff.gestures.outbox.http import Clockwork, Receiver, deliver
from kickoff.gestures.policy import Allotment, allot, scope_of
from kickoff.gestures.sql import Ledger, open_ledger
from kickoff.night import Night
from kickoff.notices.html import tongues
from kickoff.notices.letters import letter
from kickoff.notices.words import notice
from kickoff.settings import SettingsError, read_settings
from kickoff.units import US_PER_S, AtUs, Cents, Subject, euros

LARGEST = 10
"""How many of the largest gestures a preview shows."""
Json = dict[str, Any]


class Act(StrEnum):
    """What to do."""

    PREVIEW = "preview"
    APPROVE = "approve"
    POST = "post"
    DELIVER = "deliver"
    EXPORT = "export"
    AUDIT = "audit"


class Form(StrEnum):
    """How an export is written."""

    CSV = "csv"
    BEANCOUNT = "beancount"


def command(
    act: Annotated[
        Act,
        typer.Argument(help="preview changes nothing; approve says yes to this list; post, deliver, export, audit."),
    ],
    folder: Annotated[Path, typer.Argument(help="The run folder, such as out/psg-juventus.")],
    *,
    by: Annotated[str, typer.Option(help="approve: who says yes; a list needs two different people.")] = "",
    subject: Annotated[
        int | None, typer.Option(min=-(2**63), max=2**63 - 1, help="preview: one subscriber's case, line by line.")
    ] = None,
    form: Annotated[Form, typer.Option(help="export: how it is written.")] = Form.CSV,
    within_s: Annotated[
        float, typer.Option("--within", min=0, max=86_400, help="deliver: seconds for which what fails is tried again.")
    ] = 60.0,
    stuck_too: Annotated[
        bool, typer.Option("--stuck-too", help="deliver: try what was refused, or given up, once more.")
    ] = False,
    ledger: Annotated[str, typer.Option(help="The ledger's SQLAlchemy address; state/ledger.sqlite by default.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Preview, approve, post, export or audit the gestures of a night. Posting again grants nothing twice."""
    run = run_folder(folder)
    try:
        view = JournalView(run.journals, run.night)
        if act is Act.DELIVER:
            found = _deliver(open_ledger(ledger) if ledger else ledger_of(run), view.night, within_s, stuck_too)
            _end(act, found, as_json=as_json, is_wrong=bool(found["waiting"] or found["stuck"]))
            return
        found_out, cases = findings_and_cases(view)
        allotment = allot(cases, view.night)
        book = open_ledger(ledger) if ledger else ledger_of(run)
        if act is Act.POST:
            approve_by_rule(book, allotment, view.night, at=_now())
        if act is Act.EXPORT:
            _export(book, allotment.scope, form)
            return
        found = _act(act, allotment, book, by=by, subject=subject)
        if subject is not None and act is Act.PREVIEW:
            found["letter"] = _letter(found_out, allotment, view.night, subject)
    except (JournalError, NoLedger) as error:
        raise BadInput(str(error)) from error
    except LedgerError as error:
        _refused(str(error), as_json=as_json)
    _end(act, found, as_json=as_json, is_wrong=bool(found.get("wrong")))


def _end(act: Act, found: Json, *, as_json: bool, is_wrong: bool) -> None:
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        _print(act, found)
    if is_wrong:
        raise typer.Exit(1)


def _deliver(book: Ledger, night: Night, within_s: float, stuck_too: bool) -> Json:  # noqa: FBT001 - as it was typed
    """Hand the ledger's entries on to the billing system, until all are there or the time is over."""
    try:
        billing = read_settings(os.environ).billing
        if not billing.url:
            raise BadInput("KICKOFF_BILLING_URL is not set: gestures are handed on to nobody; set it, and the secret")
        receiver = Receiver(
            url=billing.url, secret=read_secret(billing.secret), at_once=billing.at_once, answer_s=billing.answer_s
        )
        until = AtUs(_now() + round(within_s * US_PER_S))
        clockwork = Clockwork(now=_now, sleep=asyncio.sleep)
        return _plain(
            asyncio.run(deliver(book.outbox(scope_of(night)), receiver, clockwork, until=until, stuck_too=stuck_too))
        )
    except SettingsError as error:
        raise BadInput(str(error)) from error
    except SecretMalformed as error:
        raise BadInput(f"KICKOFF_BILLING_SECRET: {error}") from error
    finally:
        book.close()


def _act(act: Act, allotment: Allotment, book: Ledger, *, by: str, subject: int | None) -> Json:
    acts: dict[Act, Callable[[], Json]] = {
        Act.PREVIEW: lambda: _preview(allotment) if subject is None else _case(allotment, book, Subject(subject)),
        Act.APPROVE: lambda: _approve(allotment, book, by),
        Act.POST: lambda: _plain(book.post(allotment, at=_now())),
        Act.AUDIT: lambda: _plain(book.audit(allotment.scope)),
    }
    try:
        return acts[act]()
    finally:
        book.close()


def _preview(allotment: Allotment) -> Json:
    largest = sorted(allotment.granted, key=lambda grant: (-grant.amount_cents, grant.subject))[:LARGEST]
    return {
        "scope": allotment.scope,
        "list": digest_of(allotment.granted),
        "version": allotment.version,
        "granted": len(allotment.granted),
        "total_cents": allotment.total_cents,
        "budget_cents": allotment.budget_cents,
        "how": allotment.how,
        "by_offer": {
            offer: {"granted": count, "total_cents": cents} for offer, (count, cents) in allotment.by_offer().items()
        },
        "largest": [_plain(grant) for grant in largest],
        "left_out": len(allotment.left_out),
    }


def _case(allotment: Allotment, book: Ledger, subject: Subject) -> Json:
    """One subscriber: what this list says, and every promise that stands in the ledger."""
    listed = [_plain(grant) for grant in allotment.granted if grant.subject == subject]
    listed += [_plain(one) for one in allotment.left_out if one.subject == subject]
    entries = [_plain(entry) for entry in book.entries(allotment.scope, subject)]
    if not listed and not entries:
        raise BadInput(f"{subject}: was not hit in this night and was never granted anything; look the number up again")
    return {"subject": subject, "listed": listed, "entries": entries}


def _letter(found: Findings, allotment: Allotment, night: Night, subject: int) -> Json:
    """What to write to the subscriber, by language; nothing where nothing is granted."""
    said = notice(found, night, tongues())
    letters = [letter(said, grant, night, tongues()) for grant in allotment.granted if grant.subject == subject]
    return dict(letters[0]) if letters else {}


def _export(book: Ledger, scope: str, form: Form) -> None:
    """Every entry of the night on standard output."""
    entries = book.entries(scope)
    book.close()
    for line in csv_lines(entries) if form is Form.CSV else beancount_lines(entries):
        typer.echo(line, nl=False)


def _approve(allotment: Allotment, book: Ledger, by: str) -> Json:
    if not by.strip():
        raise BadInput("--by is missing: a list is approved by somebody; add --by NAME")
    count = book.approve(allotment, by=by.strip(), at=_now())
    return {"list": digest_of(allotment.granted), "approvals": count, "total_cents": allotment.total_cents}


def _now() -> AtUs:
    return AtUs(time.time_ns() // 1000)


def _plain(found: msgspec.Struct) -> Json:
    built: Json = msgspec.to_builtins(found)
    return built


def _refused(why: str, *, as_json: bool) -> NoReturn:
    """The ledger said no: a negative answer, not a mistake of the input."""
    typer.echo(json.dumps({"refused": why}, ensure_ascii=False) if as_json else why, err=not as_json)
    raise typer.Exit(1)


def _print(act: Act, found: Json) -> None:
    if act is Act.PREVIEW and "by_offer" in found:
        typer.echo(f"{found['scope']}, policy version {found['version']}, list {found['list'][:12]}")
        for offer, row in found["by_offer"].items():
            typer.echo(f"  {offer:<20}{row['granted']:>10,}{euros(Cents(row['total_cents'])):>18}")
        typer.echo(f"  {'in all':<20}{found['granted']:>10,}{euros(Cents(found['total_cents'])):>18}")
        typer.echo(f"{found['how']} {found['left_out']:,} cases earn nothing.")
        for grant in found["largest"]:
            typer.echo(f"  {grant['subject']:>20}  {euros(Cents(grant['amount_cents'])):>10}  {grant['why']}")
        return
    for name, value in found.items():
        for line in value if isinstance(value, list) and value else [value]:
            typer.echo(f"{name:<14}{line}")
