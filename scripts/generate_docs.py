"""Writes docs/facts.md and docs/settings.md from the code: they cannot say anything else. `make docs` runs it."""

from pathlib import Path

import msgspec

from kickoff.facts import CODES, COLUMNS, LAYOUT, MEANINGS, SCHEMA_VERSION, Fact
from kickoff.settings import Settings

DOCS = Path(__file__).parent.parent / "docs"
MADE = "<!-- made by `make docs` from the code: edit that -->"


def pages() -> dict[str, str]:
    """File name below docs/ → text."""
    return {"facts.md": facts_page(), "settings.md": settings_page()}


def facts_page() -> str:
    """The schema of the journal."""
    columns = "\n".join(f"| `{one.name}` | {one.type} | {one.unit} | {one.meaning} |" for one in COLUMNS)
    facts = "\n".join(f"| `{fact}` | {MEANINGS[fact]} | {_codes(fact)} |" for fact in Fact)
    layout = "\n".join(f"| `{path}` | {meaning} |" for path, meaning in LAYOUT.items())
    return f"""# Facts: what is recorded

{MADE}

One row is one thing that happened to one viewer, or to the house. Schema version {SCHEMA_VERSION}. What a fact does not
have is null. Whoever writes Parquet files with these columns under `JOURNAL/NIGHT/facts/`, beside a `night.toml`, can
ask every question of them. `kickoff facts --schema --json` prints this page for programs.

## Where they stand

| path | what it holds |
| --- | --- |
{layout}

## Columns

| column | type | unit | meaning |
| --- | --- | --- | --- |
{columns}

## Facts and their codes

| fact | meaning | codes |
| --- | --- | --- |
{facts}
"""


def _codes(fact: Fact) -> str:
    return "<br>".join(f"`{code}` {meaning}".strip() for code, meaning in CODES.get(fact, {}).items())


def settings_page() -> str:
    """Every setting with its default and what it means."""
    parts = "\n".join(_part(field.name, field.type) for field in msgspec.structs.fields(Settings))
    return f"""# Settings of a process

{MADE}

Read once at the start from the environment; an unknown name is refused. What differs from night to night stands in the
night file instead.
{parts}"""


def _part(name: str, part: type) -> str:
    rows = "\n".join(
        f"| `KICKOFF_{name}_{field.name}`".upper() + f" | `{field.default}` |" for field in msgspec.structs.fields(part)
    )
    return f"""
## {name}: {(part.__doc__ or "").splitlines()[0]}

| variable | default |
| --- | --- |
{rows}
"""


if __name__ == "__main__":
    DOCS.mkdir(exist_ok=True)
    for page, text in pages().items():
        (DOCS / page).write_text(text, encoding="utf-8")
