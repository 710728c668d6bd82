"""`kickoff facts --schema`: what is recorded, for whoever wants to write or read a journal."""

import json
import sys
from typing import Annotated

import typer

from kickoff.facts import LAYOUT, schema


def command(
    *,
    show_schema: Annotated[
        bool, typer.Option("--schema", help="Print where files stand, columns, facts and codes.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Print the schema of the journal: where its files stand, columns with type and unit, facts with their codes."""
    if as_json:
        json.dump({"layout": LAYOUT, "schema": list(schema())}, sys.stdout, ensure_ascii=False, indent=1)
        return
    if not show_schema:
        return
    for path, meaning in LAYOUT.items():
        typer.echo(f"{path:<36}{meaning}")
    for row in schema():
        if "column" in row:
            typer.echo(f"{row['column']:<16}{row['type']:<8}{row['unit']:<12}{row['meaning']}")
        else:
            codes = row["codes"]
            assert isinstance(codes, dict), "codes are a table"
            typer.echo(f"{row['fact']:<16}{row['meaning']}" + (f" [{', '.join(codes)}]" if codes else ""))
