"""What decides imports nothing that reads a clock, rolls dice, or touches the world."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import (
    PACKAGE,
    SHELL_MODULES,
    SHELL_PACKAGES,
    STAGES,
    VOCABULARY,
    dotted_name,
    modules,
    short,
)

TECHNOLOGIES = ("http", "valkey", "sql", "parquet", "html")
"""In a stage, a file of one of these names does the input and output."""

WORLD = frozenset(
    {
        "asyncio",
        "concurrent",
        "contextvars",
        "ctypes",
        "fcntl",
        "fileinput",
        "ftplib",
        "getpass",
        "glob",
        "http.client",
        "http.server",
        "imaplib",
        "importlib",
        "logging",
        "mmap",
        "multiprocessing",
        "os",
        "pathlib",
        "pickle",
        "platform",
        "poplib",
        "queue",
        "random",
        "resource",
        "sched",
        "secrets",
        "select",
        "selectors",
        "shelve",
        "shutil",
        "signal",
        "smtplib",
        "socket",
        "socketserver",
        "sqlite3",
        "ssl",
        "subprocess",
        "sys",
        "tempfile",
        "threading",
        "time",
        "urllib.request",
        "uuid",
        "webbrowser",
        "xmlrpc",
    }
)
"""Standard modules that know the time, chance, the machine or anybody else."""

LIBRARIES = frozenset(
    {"argon2", "cbor2", "cryptography", "datasketches", "ibis", "jwt", "msgspec", "numpy", "pyarrow", "scipy"}
)
"""What deciding code may use from outside: it computes and keeps nothing. A driver or a framework is not added here."""

DISKS = frozenset(f"pyarrow.{name}" for name in ("csv", "dataset", "feather", "flight", "fs", "json", "orc", "parquet"))
"""The parts of those libraries that read and write files."""

CLOCKS = frozenset({"datetime.now", "datetime.utcnow", "datetime.today", "date.today"})
SEEDED = frozenset(
    {"Generator", "BitGenerator", "SeedSequence", "PCG64", "PCG64DXSM", "Philox", "SFC64", "default_rng"}
)


def imports_of(tree: ast.Module, package: str) -> Iterator[str]:
    """Full names of all that a module imports, inside functions too; `package` is where relative names start."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            origin = ".".join([*above, node.module] if node.module else above)
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def starts_with_any(name: str, prefixes: frozenset[str]) -> bool:
    """Whether the dotted name is one of the prefixes or lies below one."""
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)


def is_allowed(name: str, own: str) -> bool:
    """Whether the deciding part `own` (a stage or a vocabulary module) may import `name`."""
    top, *rest = name.split(".")
    if top == "kickoff":
        return bool(rest) and rest[0] in {*VOCABULARY, own}
    if top in sys.stdlib_module_names:
        return not starts_with_any(name, WORLD)
    return top in LIBRARIES and not starts_with_any(name, DISKS)


def impure_calls(tree: ast.Module) -> Iterator[str]:
    """Calls that read a clock, the disk, the terminal or unseeded chance without importing anything for it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = dotted_name(node.func)
            unseeded = name.endswith("default_rng") and not (node.args or node.keywords)
            if name in {"open", "print", "input", "__import__"} or ".".join(name.split(".")[-2:]) in CLOCKS or unseeded:
                yield f"{name}()"
        elif isinstance(node, ast.Attribute):
            name = dotted_name(node)
            if name.startswith(("np.random.", "numpy.random.")) and node.attr not in SEEDED:
                yield name


def part_of(path: Path) -> str:
    """The stage, vocabulary module or shell part that a file belongs to; "" for the root package itself."""
    first = path.relative_to(PACKAGE).parts[0]
    return "" if first == "__init__.py" else first.removesuffix(".py")


def impurities(tree: ast.Module, part: str) -> list[str]:
    """What deciding code of `part` imports or calls and must not."""
    package = f"kickoff.{part}" if part in STAGES else "kickoff"
    return [*(name for name in imports_of(tree, package) if not is_allowed(name, part)), *impure_calls(tree)]


def test_what_decides_touches_nothing() -> None:
    """Time and chance are arguments: then a rehearsal runs the code of the night, and a test needs no stopwatch."""
    found = [
        f"{short(path)}: {name}"
        for path, tree in modules("src")
        if part_of(path) in {*STAGES, *VOCABULARY} and path.stem not in TECHNOLOGIES
        for name in impurities(tree, part_of(path))
    ]
    assert not found, "deciding code imports or calls the world: " + "; ".join(found)


def test_a_technology_file_still_imports_no_other_part() -> None:
    """A stage's own driver code belongs to the stage: it is handed its connection. Only html uses pages."""
    found = [
        f"{short(path)}: {name}"
        for path, tree in modules("src")
        if part_of(path) in STAGES and path.stem in TECHNOLOGIES
        for name in imports_of(tree, f"kickoff.{part_of(path)}")
        if name.split(".")[0] == "kickoff" and not is_allowed(name, part_of(path))
        if not (path.stem == "html" and name.startswith("kickoff.web"))
    ]
    assert not found, "a stage reaches into another part: " + "; ".join(found)


def test_every_part_is_on_one_of_the_two_lists() -> None:
    """A new module is either deciding code or shell; nobody adds a third kind by accident."""
    known = {"", *STAGES, *VOCABULARY, *SHELL_PACKAGES, *SHELL_MODULES}
    strangers = sorted({part_of(path) for path, _ in modules("src")} - known)
    assert not strangers, f"neither deciding code nor shell (see tests/architecture/source.py): {strangers}"


@pytest.mark.parametrize(
    "guilty",
    [
        "import os",
        "import os.path",
        "from time import monotonic",
        "from http.client import HTTPConnection",
        "import redis",
        "import pyarrow.parquet as pq",
        "from pyarrow import dataset",
        "from starlette.requests import Request",
        "import kickoff.clock",
        "from kickoff import settings",
        "from kickoff.admission import rate",
        "from ..admission import rate",
        "def late() -> None:\n    import random",
        "from datetime import datetime\ndatetime.now()",
        "import datetime\ndatetime.datetime.now()",
        "import numpy as np\nnp.random.default_rng()",
        "import numpy as np\nnp.random.shuffle([])",
        "open('night.toml')",
    ],
)
def test_the_rule_sees_each_way_out(guilty: str) -> None:
    """A rule that cannot fail guards nothing."""
    assert impurities(ast.parse(guilty), "waiting_room")


@pytest.mark.parametrize(
    "innocent",
    [
        "from http import HTTPStatus",
        "from datetime import UTC, datetime\ndatetime.fromtimestamp(0, UTC)",
        "import numpy as np\nnp.random.default_rng(7)",
        "from kickoff.units import AtUs\nfrom kickoff.waiting_room import places\nfrom . import lanes",
        "import hashlib, hmac, msgspec",
        "import pyarrow as pa\nimport pyarrow.compute as pc",
    ],
)
def test_the_rule_lets_computing_be(innocent: str) -> None:
    """A rule that forbids too much is soon switched off."""
    assert impurities(ast.parse(innocent), "waiting_room") == []
