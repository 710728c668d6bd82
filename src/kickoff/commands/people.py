"""`kickoff people list|add|remove|forget-factor FOLDER [NAME]`: who may see, operate, care and approve."""

import json
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from kickoff.commands import BadInput, name_of
from kickoff.commands.report import run_folder
from kickoff.console.accounts import People, TooManyPeople
from kickoff.console.roles import Role, read_roles, write_roles
from kickoff.console.trail import Trail
from kickoff.units import AtUs


class Act(StrEnum):
    """What to do."""

    LIST = "list"
    ADD = "add"
    REMOVE = "remove"
    FORGET_FACTOR = "forget-factor"


def command(
    act: Annotated[
        Act, typer.Argument(help="list; add gives a password, printed once; remove; forget-factor: a device is lost.")
    ],
    folder: Annotated[Path, typer.Argument(help="The run folder, such as out/psg-juventus.")],
    name: Annotated[str, typer.Argument(help="Whom; not for list.")] = "",
    *,
    roles: Annotated[
        str | None, typer.Option(help="add: what they may do, of see, operate, care, approve; see by default.")
    ] = None,
    change: Annotated[
        bool, typer.Option("--change", help="add: who is known gets a new password, and the roles if any are named.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Give and take accounts of the console. A changed account ends the sessions that it has open."""
    root = run_folder(folder).root
    people, trail = People(root), Trail(root)
    try:
        found = _do(act, people, trail, "" if act is Act.LIST else name_of(name), roles, change=change)
    except TooManyPeople as error:
        raise BadInput(f"people: {error}") from error
    finally:
        people.close()
        trail.close()
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for one in found["people"]:
        typer.echo(f"{one['name']:<24}{one['roles']:<28}{'second factor' if one['second_factor'] else ''}")
    if "password" in found:
        typer.echo(f"password  {found['password']}")


def _do(act: Act, people: People, trail: Trail, name: str, roles: str | None, *, change: bool) -> dict[str, Any]:
    password: dict[str, str] = {}
    known = people.person(name)
    if act is Act.ADD and known is not None and not change:
        raise BadInput(f"{name}: is there already; --change gives a new password, and other roles with --roles")
    granted = known.roles if known is not None and roles is None else _roles(roles or Role.SEE)
    if act in {Act.REMOVE, Act.FORGET_FACTOR} and known is None:
        raise BadInput(f"{name}: nobody has this name; `kickoff people list` shows all")
    if act is Act.ADD:
        password = {"password": people.add(name, granted)}
    elif act is Act.REMOVE:
        people.remove(name)
    elif act is Act.FORGET_FACTOR:
        people.set_factor(name, None)
    if act is not Act.LIST:
        done = {Act.ADD: "person_added", Act.REMOVE: "person_removed", Act.FORGET_FACTOR: "factor_removed"}[act]
        about = f"{name}: {write_roles(granted)}" if act is Act.ADD else name
        trail.write(at=AtUs(time.time_ns() // 1000), by="command line", act=done, about=about)
    listed = [
        {"name": one.name, "roles": write_roles(one.roles), "second_factor": one.has_factor}
        for one in people.everybody()
    ]
    return {"people": listed, **password}


def _roles(text: str) -> frozenset[Role]:
    try:
        return read_roles(text)
    except ValueError as error:
        raise BadInput(f"--roles {text}: {error}; write some of {','.join(Role)}") from error
