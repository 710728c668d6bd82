"""What the documentation says is what the code does."""

import pytest

from scripts.generate_docs import DOCS, pages


@pytest.mark.parametrize("page", sorted(pages()))
def test_generated_pages_are_as_the_code_makes_them(page: str) -> None:
    """A column or setting that changes without its page would mislead whoever writes a journal."""
    assert (DOCS / page).read_text(encoding="utf-8") == pages()[page], "run `make docs`"
