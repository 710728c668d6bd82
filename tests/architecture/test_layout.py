"""A newcomer finds each capability at a glance, and no file grows beyond what one reads in a sitting."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGE, ROOT, SHELL_PACKAGES, STAGES, dotted_name, modules, short, tracked_files

MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50

NAMELESS = frozenset({"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"})
SLEEPS = frozenset({"time.sleep", "sleep", "page.wait_for_timeout"})
WAIVERS = frozenset({"skip", "skipif", "xfail", "importorskip", "skipIf", "skipUnless", "expectedFailure"})

# Spelt so that this file does not find itself.
MACHINE_PATH = re.compile(r"(?<![\w.}$/-])/(?:work|root|home/\w+)" + r"/\w")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def opens_with_a_question(path: Path) -> bool:
    """Whether the first sentence of a module's docstring ends with a question mark."""
    if not path.is_file():
        return False
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return re.match(r"[^.?!\n]+\?", docstring) is not None


def code_lines(function: Function, lines: list[str]) -> int:
    """Lines of a function that hold code: neither docstring, nor comment, nor empty."""
    first = function.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    prose = range(first.lineno, (first.end_lineno or first.lineno) + 1) if documented else range(0)
    numbers = range(function.lineno, (function.end_lineno or function.lineno) + 1)
    return sum(number not in prose and not re.match(r"\s*(#|$)", lines[number - 1]) for number in numbers)


def long_functions(tree: ast.Module, text: str) -> Iterator[str]:
    """Each function over the bound, with its size."""
    lines = text.splitlines()
    for node in ast.walk(tree):
        if isinstance(node, Function) and (size := code_lines(node, lines)) > FUNCTION_LINES_MAX:
            yield f"{node.name} ({size} lines)"


def waits_and_waivers(tree: ast.Module) -> Iterator[str]:
    """Where a test sleeps, or excuses itself from passing."""
    for node in ast.walk(tree):
        name = dotted_name(node) if isinstance(node, ast.Attribute | ast.Name) else ""
        owner, _, last = name.rpartition(".")
        if name in SLEEPS or last == "wait_for_timeout" or (owner and last in WAIVERS):
            yield f"{name} in line {getattr(node, 'lineno', 0)}"


@pytest.mark.parametrize("package", [*STAGES, *SHELL_PACKAGES])
def test_each_package_opens_with_its_question(package: str) -> None:
    """The tree of packages is the table of contents: each says first what it answers."""
    assert opens_with_a_question(PACKAGE / package / "__init__.py"), f"src/kickoff/{package}/__init__.py asks nothing"


def test_modules_are_read_in_one_sitting() -> None:
    """Past 400 lines a module answers more than one question."""
    sizes = {short(path): len(path.read_text("utf-8").splitlines()) for path, _ in modules()}
    assert not {name: size for name, size in sizes.items() if size > MODULE_LINES_MAX}


def test_functions_fit_on_a_screen() -> None:
    """Past 50 lines of code a function hides a second one."""
    found = [
        f"{short(path)}: {name}" for path, tree in modules() for name in long_functions(tree, path.read_text("utf-8"))
    ]
    assert not found, "; ".join(found)


def test_every_file_has_a_name_of_its_own() -> None:
    """What has no name has no place yet."""
    found = [
        short(path) for path in tracked_files() if NAMELESS & {part.split(".")[0] for part in Path(short(path)).parts}
    ]
    assert not found


def test_tests_neither_sleep_nor_excuse_themselves() -> None:
    """A test that waits is slow on good days and wrong on bad ones; one that is skipped says nothing."""
    found = [f"{short(path)}: {name}" for path, tree in modules("tests") for name in waits_and_waivers(tree)]
    assert not found, "; ".join(found)


def test_no_file_knows_the_machine_that_it_was_written_on() -> None:
    """The repository works wherever it is cloned."""
    found = []
    for path in tracked_files():
        text = path.read_text("utf-8", errors="ignore")
        found += [f"{short(path)}: {match.group()}…" for match in MACHINE_PATH.finditer(text)]
    assert not found, "; ".join(found)


def test_locks_say_what_but_not_from_where() -> None:
    """A lock with a download address works only where that address answers."""
    locks = sorted((ROOT / "requirements").glob("*.txt"))
    assert locks
    for lock in locks:
        lines = lock.read_text("utf-8").splitlines()
        assert not [line for line in lines if "://" in line or line.startswith("-")], short(lock)
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text("utf-8")


def test_the_rules_see_what_they_forbid() -> None:
    """A rule that cannot fail guards nothing."""
    long = "def long() -> None:\n" + "    a = 1\n" * FUNCTION_LINES_MAX
    assert list(long_functions(ast.parse(long), long)) == ["long (51 lines)"]
    commented = "def short() -> None:\n    '''Says.\n\n    More.\n    '''\n" + "    # why\n\n" * 60 + "    a = 1\n"
    assert list(long_functions(ast.parse(commented), commented)) == []

    for guilty in (
        "import time\ntime.sleep(1)",
        "from time import sleep\nsleep(1)",
        "import pytest\npytest.skip('no')",
    ):
        assert list(waits_and_waivers(ast.parse(guilty)))
    assert list(waits_and_waivers(ast.parse("@pytest.mark.xfail\ndef test_it() -> None: ...")))
    assert MACHINE_PATH.search("see /" + "work/main")
    assert MACHINE_PATH.search("'/" + "root/x'")
    assert not MACHINE_PATH.search("frame/" + "work/main")
