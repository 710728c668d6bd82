"""What a bench keeps on disk is read again only by the code that gave it."""

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from bench.admission.__main__ import PLAYED_BY
from bench.kept import fingerprint, keep
from bench.nights import store
from bench.nights.store import ANSWERED_BY, MADE_BY
from kickoff.facts import COLUMNS

LISTS = {
    "bench.nights.store, bench.nights.large": MADE_BY,
    "bench.nights.answers, bench.nights.noticed": ANSWERED_BY,
    "bench.admission.__main__": PLAYED_BY,
}
ITSELF = "bench.kept"
"""Has no part in what it keeps."""
WORDS = str((Path("src") / "kickoff" / "facts.py").resolve())
"""Its words change often: what nights take of it is marked by itself."""


@pytest.mark.parametrize(("modules", "sources"), LISTS.items(), ids=LISTS)
def test_an_answer_is_kept_by_all_the_code_that_gave_it(modules: str, sources: tuple[str, ...]) -> None:
    """Else a figure of older code is printed as one of this code."""
    program = f"""if True:
        import sys
        import {modules}
        files = [getattr(module, "__file__", None) or "" for name, module in sys.modules.items()
                 if name.split(".")[0] in ("kickoff", "bench") and name != "{ITSELF}"]
        print(*files, sep="\\n")
    """
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    marked = {str(path.resolve()) for source in sources for path in Path().glob(source)}

    assert len(loaded) > 15
    assert set(loaded) - marked <= ({WORDS} if sources is MADE_BY else set())


def test_of_the_facts_nights_take_the_columns_alone_and_are_kept_by_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other columns are other nights; another word for one is not."""
    imports = re.compile(r"^ *(?:from|import) kickoff\.facts.*$", re.MULTILINE)
    taken = {line for source in MADE_BY for path in Path().glob(source) for line in imports.findall(path.read_text())}
    marks = {store.made_by.__wrapped__()}
    for column in (
        msgspec.structs.replace(COLUMNS[0], name="other"),
        msgspec.structs.replace(COLUMNS[0], type="string"),
    ):
        monkeypatch.setattr(store, "COLUMNS", (column, *COLUMNS[1:]))
        marks.add(store.made_by.__wrapped__())

    assert taken == {"from kickoff.facts import COLUMNS"}
    assert len(marks) == 3


def test_every_source_is_there() -> None:
    """A name that was changed marks nothing any more."""
    assert all(any(Path().glob(source)) for sources in LISTS.values() for source in sources)


def test_an_answer_of_other_code_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The vocabulary has as much a part in an answer as the stages that use it."""
    monkeypatch.chdir(tmp_path)
    changed = tmp_path / "src" / "kickoff" / "units.py"
    changed.parent.mkdir(parents=True)
    changed.write_text("ONE = 1\n")
    before = [fingerprint(sources) for sources in LISTS.values()]
    changed.write_text("ONE = 2\n")

    assert all(fingerprint(sources) != mark for sources, mark in zip(LISTS.values(), before, strict=True))


def test_what_is_kept_is_whole_or_not_there(tmp_path: Path) -> None:
    """A run that is broken off in the middle of a file is not read as one that ended."""
    path = tmp_path / "deep" / "card.json"
    keep(path, b"whole")

    assert [one.name for one in path.parent.iterdir()] == ["card.json"]
    path.with_suffix(".new").write_bytes(b"hal")
    assert path.read_bytes() == b"whole"
