"""What set-up installs is what the documentation says, and the locks are what it installs."""

import json
import re

from tests.architecture.source import ROOT

LOCKED_BY = {"uv.in": "uv.txt", "run.in": "run.txt", "test.in": "test.txt"}

ROW = re.compile(r"^\| (?P<name>[a-z0-9.-]+) \| (?P<line>[0-9.]+) \|(?: [^|]*[^| ] \|){3}$", re.MULTILINE)
REQUIREMENT = re.compile(r"^([a-z0-9][a-z0-9-]*)", re.MULTILINE)
LOCKED = re.compile(r"^([a-z0-9-]+)==([^ ;\\]+)", re.MULTILINE)


def documented_lines() -> dict[str, str]:
    """Release line by name, from the tables of docs/dependencies.md."""
    return {row["name"]: row["line"] for row in ROW.finditer((ROOT / "docs" / "dependencies.md").read_text("utf-8"))}


def locked_versions() -> dict[str, str]:
    """Version by name of every direct dependency, Python's and npm's."""
    versions: dict[str, str] = {}
    for wanted, locked in LOCKED_BY.items():
        lock = dict(LOCKED.findall((ROOT / "requirements" / locked).read_text("utf-8")))
        versions |= {
            name: lock[name] for name in REQUIREMENT.findall((ROOT / "requirements" / wanted).read_text("utf-8"))
        }
    manifest = json.loads((ROOT / "package.json").read_text("utf-8"))
    packages = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    for name in [*manifest["dependencies"], *manifest["devDependencies"]]:
        versions[name] = packages[f"node_modules/{name}"]["version"]
    return versions


def test_every_direct_dependency_is_accounted_for() -> None:
    """Whoever adds a dependency says why, and whoever drops one takes its line away."""
    assert set(documented_lines()) == set(locked_versions())


def test_the_documented_release_line_is_the_locked_one() -> None:
    """A new line of a library is read about before it lands."""
    lines = documented_lines()
    astray = {
        name: version for name, version in locked_versions().items() if not f"{version}.".startswith(f"{lines[name]}.")
    }
    assert not astray, f"docs/dependencies.md gives another line: {astray}"


def test_tests_run_on_the_versions_that_people_run() -> None:
    """The test lock holds the run lock whole: what passes is what is installed."""
    run, test = (
        dict(LOCKED.findall((ROOT / "requirements" / name).read_text("utf-8"))) for name in ("run.txt", "test.txt")
    )
    assert run.items() <= test.items()


def test_continuous_integration_does_what_a_person_types() -> None:
    """CI has no knowledge of its own: the checks, then the tests."""
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o100
    commands = [line for line in script.read_text("utf-8").splitlines() if line.startswith("make ")]
    assert commands == ["make check", "make test"]
