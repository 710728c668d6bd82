"""`kickoff locate CASE.csv --at UNIX_SECONDS`: which smallest sets of dimension = value explain the excess?"""

import csv
import math
from itertools import chain
from pathlib import Path
from typing import Annotated

import msgspec
import pyarrow as pa
import pyarrow.csv
import typer

from kickoff.commands import BadInput
from kickoff.incidents import locate
from kickoff.incidents.leaf_rows import COUNTS, leaf_rows
from kickoff.incidents.leaves import Leaves

SECONDS_MAX = 1e11
"""The year 5138; as milliseconds 1973. Every row of a file is earlier than an instant in milliseconds."""


def command(
    case: Annotated[
        Path, typer.Argument(help="CSV of leaf rows: min, value (failures), cnt (trials), any dimensions.")
    ],
    *,
    at: Annotated[float, typer.Option("--at", help="The minute to explain, in Unix seconds; no later row is read.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Print the candidates, best first, each with its chance of being exactly right."""
    located = locate(read_case(case, at))
    if as_json:
        typer.echo(msgspec.json.encode(located).decode())
        return
    typer.echo(located.verdict.replace("_", " "))
    for candidate in located.candidates:
        sets = (" and ".join(f"{name} = {value}" for name, value in cause.items()) for cause in candidate.causes)
        typer.echo(f"  {candidate.confidence:6.1%}  {', with '.join(sets)}")


def read_case(path: Path, at: float) -> Leaves:
    """The leaf rows of a file up to one instant; what had to be chosen in reading them goes to standard error.

    Raises `BadInput` when they cannot be counted.
    """
    if not math.isfinite(at):
        raise BadInput(f"--at {at}: is no instant; write Unix seconds, such as 1600000000")
    if at > SECONDS_MAX:
        raise BadInput(f"--at {at:.15g}: is no instant in seconds, rather one in milliseconds; write Unix seconds")
    if not path.is_file():
        raise BadInput(f"{path}: there is no such file; name a CSV of leaf rows")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            head = file.readline()
            parted_by = max(",;\t", key=head.count)
            names = next(csv.reader(chain([head], file), delimiter=parted_by), [])
        # A value is a name, whatever it looks like: 08 is not 8.
        types = dict.fromkeys(names, pa.string())
        table = pyarrow.csv.read_csv(
            path,
            parse_options=pyarrow.csv.ParseOptions(delimiter=parted_by),
            convert_options=pyarrow.csv.ConvertOptions(column_types=types),
        )
    except (pa.ArrowInvalid, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path}: cannot be read as CSV: {error}") from error
    if twice := [name for name in names if name.strip() and names.count(name) > 1]:
        raise BadInput(f"{path}: there are several columns {twice[0]!r}; each needs a name of its own")
    if missing := [name for name in COUNTS if name not in table.column_names]:
        raise BadInput(f"{path}: there is no column {missing[0]!r}; the columns min, value and cnt are needed")
    try:
        rows = leaf_rows(table, at)
    except ValueError as error:
        raise BadInput(f"{path}: {error}") from error
    for remark in rows.remarks:
        typer.echo(f"kickoff: {path}: {remark}", err=True)
    return rows.leaves
