"""What a bench keeps on disk, so that it is reckoned once: by the code that gave it, and written whole or not at all.

Each bench that keeps something names the files that have a part in it; `tests/bench/test_kept.py` holds every such list
against what the bench loads.
"""

import hashlib
from pathlib import Path


def fingerprint(sources: tuple[str, ...], *, taken: str = "") -> str:
    """Of all files that these patterns name, from the project's root on; and of what is `taken` from others."""
    mark = hashlib.sha256(taken.encode())
    for path in sorted({path for source in sources for path in Path().glob(source)}):
        mark.update(f"{path}\0".encode() + path.read_bytes())
    return mark.hexdigest()[:16]


def keep(path: Path, content: bytes) -> None:
    """By rename: a run that is broken off leaves nothing that the next one would read as whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_bytes(content)
    fresh.replace(path)
