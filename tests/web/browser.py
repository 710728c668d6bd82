"""The real Chromium, for the tests of pages: started once a module, a fresh profile for each test."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import imageio_ffmpeg
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.web.fake_door import FakeDoor

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]
LETTERS = """(element) => [0, element.textContent.length - 1].map((at) => {
    const letter = document.createRange();
    letter.setStart(element.firstChild, at);
    letter.setEnd(element.firstChild, at + 1);
    return letter.getBoundingClientRect().left;
})"""
"""Where the first and the last letter of an element stand."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's Chromium, without a window."""
    found = shutil.which("chromium")
    assert found, "the tests need chromium: make setup-test installs it"
    # Nothing is quick on a machine that does everything else at the same time; what is right does not wait for it.
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def arrive(page: Page, door: FakeDoor) -> None:
    """Open the page and see a place."""
    page.goto(f"{door.origin}/{door.night.name}")
    page.get_by_text("Your place: 400").wait_for()


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong with the page as it stands: rule and element, one line each."""
    # Evaluated, not added as a script: the page's own policy would refuse a stranger's script.
    page.evaluate(AXE.read_text("utf-8") + "\n;0")
    found: dict[str, Any] = page.evaluate("() => window.axe.run(document)")
    return [
        f"{wrong['id']}: {node['html'][:120]} {json.dumps(node.get('failureSummary'))}"
        for wrong in found["violations"]
        for node in wrong["nodes"]
    ]


def unreadable(page: Page) -> list[str]:
    """What axe-core finds in the light theme, and then in the dark one, where only the colours are others."""
    page.emulate_media(color_scheme="light")
    found = violations(page)
    page.emulate_media(color_scheme="dark")
    rule = "{ runOnly: { type: 'rule', values: ['color-contrast'] } }"
    contrast: dict[str, Any] = page.evaluate(f"() => window.axe.run(document, {rule})")
    return found + [f"dark: {node['html'][:120]}" for wrong in contrast["violations"] for node in wrong["nodes"]]


def make_film(folder: Path, seconds: int = 30) -> Path:
    """A short HLS film of H.264 and AAC in fragmented MP4, as the back end's channels are. Some 0.3 s of work."""
    folder.mkdir(parents=True, exist_ok=True)
    source = ["-f", "lavfi", "-i", "testsrc=size=320x180:rate=25", "-f", "lavfi", "-i", "sine", "-t", str(seconds)]
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "50", "-c:a", "aac"]
    hls = ["-f", "hls", "-hls_time", "2", "-hls_segment_type", "fmp4", "-hls_playlist_type", "vod"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-y", *source, *codecs, *hls, "master.m3u8"]
    subprocess.run(command, cwd=folder, check=True, timeout=60)
    return folder
