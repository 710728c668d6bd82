import html
import re

import msgspec

from kickoff.findings import Cause
from kickoff.notices.history import remember
from kickoff.notices.html import page, pages, tongues
from kickoff.notices.words import notice
from tests.notices.nights import NIGHT, findings, incident


def test_the_page_needs_nothing_but_itself() -> None:
    """It stays up when everything else is down: no script, no style, no image from elsewhere."""
    said = notice(findings(Cause.FAULT, incident()), NIGHT, tongues())
    text = page(remember((), said), said, NIGHT).decode()
    assert not re.findall(r"<(?:script[^>]*src|img|iframe)|<link[^>]+stylesheet|@import|url\(", text)
    assert set(re.findall(r'(?:href|src)="([^"#]*)', text)) - {""} == {"history.atom", "api/v2/summary.json"}


def test_the_page_says_the_notice_in_every_language() -> None:
    """Whoever comes reads it in their own."""
    said = notice(findings(Cause.FAULT, incident()), NIGHT, tongues())
    text = html.unescape(page(remember((), said), said, NIGHT).decode())
    for texts in said.texts.values():
        assert all(paragraph in text for paragraph in texts.status_page.split("\n\n"))


def test_what_was_said_before_stays_to_be_read() -> None:
    """A page that forgets its own words is not believed."""
    early = notice(findings(Cause.TOO_EARLY, incident(), until=NIGHT.at(95)), NIGHT, tongues())
    late = notice(findings(Cause.FAULT, incident(), until=NIGHT.at(99)), NIGHT, tongues(), (early,))
    text = html.unescape(page((early, late), late, NIGHT).decode())
    assert "It is too early to say why" in text
    assert text.count(late.texts["en"].status_page.split("\n\n")[-2]) == 1


def test_a_title_cannot_carry_markup() -> None:
    """What the night file says is text."""
    night = msgspec.structs.replace(NIGHT, title="<script>alert(1)</script>")
    said = notice(findings(Cause.FAULT, incident()), night, tongues())
    files = pages(remember((), said), said, night)
    assert all(b"<script>alert" not in files[name] for name in ("index.html", "history.atom"))
