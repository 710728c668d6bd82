"""`python -m tests.e2e.console_screenshots docs/screenshots`: the console's story, photographed as it happens.

Each step of `console_walk.py` in both themes, in a real night with real processes: nothing is arranged. The night's
screen during the incident is kept once more as one sees it, on a desk and on a telephone.
"""

import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from tests.e2e.console_walk import NIGHT, Walk
from tests.e2e.night_rig import running
from tests.web.browser import chromium


def main(folder: Path) -> None:
    """Take them all."""
    folder.mkdir(parents=True, exist_ok=True)

    def keep(page: Page, name: str, *, full_page: bool = False) -> None:
        page.screenshot(path=folder / name, full_page=full_page)
        # 256 colours are enough for what is mostly letters, and half the bytes.
        drawn = Image.open(folder / name).convert("RGB").quantize(256, dither=Image.Dither.NONE)
        drawn.save(folder / name, optimize=True)

    def take(page: Page, name: str) -> None:
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme="light" if theme == "light" else "dark")
            page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            keep(page, f"story-{name}-{theme}.png", full_page=True)
            if name == "3-draft":
                keep(page, f"console-desktop-{theme}.png")
        if name == "3-draft":
            # Dark was last.
            before = page.viewport_size
            page.set_viewport_size({"width": 390, "height": 844})
            keep(page, "console-phone-dark.png")
            if before is not None:
                page.set_viewport_size(before)

    with (
        tempfile.TemporaryDirectory() as root,
        running(Path(root) / "run", text=NIGHT, with_console=True) as rig,
        chromium() as browser,
    ):
        walk = Walk(rig, browser, take)
        try:
            walk.whole_story()
        finally:
            walk.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
