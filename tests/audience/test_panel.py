"""Other people's figures, kept apart."""

import pytest

from kickoff.audience.panel import PanelError, read_panel

TEXT = """\
source = "Médiamétrie"
scope = "all ways of distribution"
[channels.one]
average = 1_730_000
peak = 2_300_000
"""


def test_a_panel_is_read_with_its_source_unit_and_scope() -> None:
    """Without them a figure is not to be quoted."""
    found = read_panel(TEXT, source="panel.toml")
    assert (found.source, found.unit, found.channels["one"].average) == ("Médiamétrie", "people", 1_730_000)
    assert found.channels["one"].reach is None


@pytest.mark.parametrize(
    "text",
    ["", "source = 1", TEXT.replace("scope", "scop"), TEXT.replace("1_730_000", "-1"), TEXT + "viewers = 3\n",
     TEXT.replace("scope", 'unit = "accounts"\nscope'), "[["],
)  # fmt: skip
def test_what_is_no_panel_is_one_line_with_its_file(text: str) -> None:
    """Accounts are not a panel's unit: ours never come in by this way."""
    with pytest.raises(PanelError, match=r"^panel\.toml: [^\n]+$"):
        read_panel(text, source="panel.toml")
