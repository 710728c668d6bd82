"""What the documentation says is what the code does."""

import pytest

from scripts.generate_docs import DOCS, pages
from tests.architecture.source import ROOT, SHELL_MODULES, SHELL_PACKAGES, STAGES, VOCABULARY


@pytest.mark.parametrize("page", sorted(pages()))
def test_generated_pages_are_as_the_code_makes_them(page: str) -> None:
    """A column or setting that changes without its page would mislead whoever writes a journal."""
    assert (DOCS / page).read_text(encoding="utf-8") == pages()[page], "run `make docs`"


def test_the_architecture_names_every_part() -> None:
    """After that page one knows where to look for anything: so nothing may be missing from it."""
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    places = text.partition("## Where is")[2]
    shell = text.partition("the *shell*: `")[2].partition("`")[0].split()

    assert shell == list(SHELL_PACKAGES)
    assert [name for name in (*VOCABULARY, *SHELL_MODULES) if f"`{name}.py`" not in text] == []
    assert [name for name in STAGES if f"`{name}/`" not in places] == []


def test_every_decision_has_a_number_of_its_own_and_opens_with_it() -> None:
    """It is spoken of by its number."""
    decisions = sorted((DOCS / "decisions").glob("*.md"))
    numbers = [int(path.name[:4]) for path in decisions]
    opened = [path.read_text("utf-8").partition(". ")[0] for path in decisions]

    assert len(numbers) == len(set(numbers))
    assert [path.name for path, said in zip(decisions, opened, strict=True) if said != f"# {int(path.name[:4])}"] == []
