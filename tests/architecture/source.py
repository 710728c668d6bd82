"""The project's own files, as the rules of the layout read them."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "kickoff"

VOCABULARY = ("units", "facts", "findings", "night", "health_signals", "seals", "toml_text", "recorder", "forecast",
    "numbered", "signatures",
)  # fmt: skip
STAGES = (
    "waiting_room",
    "admission",
    "accounts",
    "playback",
    "audience",
    "incidents",
    "causes",
    "impact",
    "gestures",
    "notices",
)
SHELL_PACKAGES = ("door", "conductor", "aftermath", "console", "crowd", "backend", "plumbing", "web", "commands")
SHELL_MODULES = ("__main__", "app", "cli", "settings", "clock", "run_folder", "night_folder", "show")


def modules(*folders: str) -> Iterator[tuple[Path, ast.Module]]:
    """Every Python file under the folders (default: all of the project's), with its syntax tree."""
    for folder in folders or ("src", "tests", "bench"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path, ast.parse(path.read_text("utf-8"), filename=str(path))


def tracked_files() -> list[Path]:
    """Every file that git keeps and that is still there."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    paths = [ROOT / name for name in names.split("\0") if name]
    return [path for path in paths if path.is_file()]


def short(path: Path) -> str:
    """The path as one reads it: from the repository's root."""
    return path.relative_to(ROOT).as_posix()


def dotted_name(node: ast.expr) -> str:
    """`a.b.c` for an attribute chain that starts with a name, "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        owner = dotted_name(node.value)
        return f"{owner}.{node.attr}" if owner else ""
    return ""
