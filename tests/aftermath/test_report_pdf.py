import re
import zlib

import pytest

from kickoff.aftermath.closing import close_night
from kickoff.aftermath.plots import Frame, Series, chart
from kickoff.aftermath.report_pdf import picture
from kickoff.run_folder import RunFolder
from tests.aftermath.played import lay_out


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A night that was closed."""
    folder = lay_out(tmp_path_factory.mktemp("night") / "out", people=60, title="PSG – *Juventus* #x $y$ @z")
    close_night(folder)
    return folder


def test_the_report_is_printed_without_a_browser(closed: RunFolder) -> None:
    """Some pages of A4 with their own letters, in a file that says what it is."""
    raw = closed.report.with_suffix(".pdf").read_bytes()
    assert raw.startswith(b"%PDF-1.")
    streams = [
        # A stream may hold what looks like its end: what comes before that is enough.
        zlib.decompressobj().decompress(one)
        for one in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", raw, re.DOTALL)
        if one[:1] == b"x"
    ]
    text = b"\n".join([raw, *streams])
    assert 3 <= len(re.findall(rb"/Type\s*/Page\b", text)) <= 12
    assert b"LibertinusSerif" in text


def test_the_same_journal_gives_the_same_file(closed: RunFolder) -> None:
    """A report that changes by itself is no record."""
    before = closed.report.with_suffix(".pdf").read_bytes()
    closed.report.with_suffix(".pdf").unlink()
    close_night(closed)
    assert closed.report.with_suffix(".pdf").read_bytes() == before


def test_a_curve_is_a_picture_of_its_own() -> None:
    """With its colours and letters inside: nobody's style sheet reaches into it."""
    frame = Frame(from_s=0, to_s=10, marks=())
    drawn = picture(chart([Series(name="a", values=[0.0, 1.0, 2.0])], frame, label="x"))
    assert drawn.startswith("<svg ")
    assert 'xmlns="http://www.w3.org/2000/svg"' in drawn
    assert ".s1{stroke:#08683f}" in drawn
    assert drawn.endswith("</svg>")
