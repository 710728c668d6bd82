"""`kickoff facts --schema` suffices to write a journal: what a row holds, and where the files stand."""

import msgspec
import pytest

from kickoff.cli import main
from kickoff.facts import COLUMNS, LAYOUT, Fact


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_the_schema_says_where_the_files_stand(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Who had the columns alone wrote a CSV, or one Parquet file beside the folder, and got no answer."""
    with pytest.raises(SystemExit) as left:
        main(["facts", "--schema", *arguments])
    told = capsys.readouterr().out

    assert left.value.code == 0
    for path in ("JOURNAL/NIGHT/facts/*.parquet", "JOURNAL/NIGHT/night.toml"):
        assert path in told
    if arguments:
        document = msgspec.json.decode(told)
        assert document["layout"] == LAYOUT
        assert len(document["schema"]) == len(COLUMNS) + len(Fact)
