"""Which files does a page need, and under which names? Each under a name that holds its hash: cached once, for ever.

Scripts import each other as `./name.js`; those names are rewritten to the hashed ones, and lines of comment left out.
No build step and no import map (which a strict content security policy would have to excuse) is needed.
"""

import functools
import gzip
import hashlib
import re
from pathlib import Path

import msgspec
from msgspec import Struct

from kickoff.web.words import all_words

FOLDER = Path(__file__).parent
CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
_HASH_DIGITS = 12
_COMMENT = re.compile(r"(?ms)^[ \t]*(?://[^\n]*|/\*\*.*?\*/)[ \t]*\n")
"""Lines that hold a comment and nothing else: a third of some scripts, for readers of the source."""
_IMPORT = re.compile(r'(from|import)(\s*|\()"\./([\w.-]+)"')


class Asset(Struct, frozen=True, kw_only=True):
    """One file as it is served."""

    name: str
    """As the sources know it: `app.js`."""
    path: str
    """As browsers know it: `/assets/app.0123456789ab.js`."""
    content_type: str
    body: bytes
    zipped: bytes
    """The body in gzip, made once."""
    imports: tuple[str, ...] = ()
    """The names of the scripts that it imports when it is loaded."""


class Assets:
    """Every asset, by its name and by its path."""

    def __init__(self, assets: tuple[Asset, ...]) -> None:
        self._by_name = {asset.name: asset for asset in assets}
        self._by_path = {asset.path: asset for asset in assets}

    def url(self, name: str) -> str:
        """The path of an asset. Asserts that there is one: a page that names a missing file is our mistake."""
        assert name in self._by_name, f"there is no asset {name!r}; `make setup` makes those of vendor/"
        return self._by_name[name].path

    def with_imports(self, name: str) -> list[str]:
        """A script and all that it imports: what a page may ask for at once instead of one after the other."""
        found = [name]
        for each in found:
            found += [one for one in self._by_name[each].imports if one not in found]
        return found

    def at(self, path: str) -> Asset | None:
        """The asset under this path, or None."""
        return self._by_path.get(path)

    def named(self, name: str) -> Asset:
        """The asset of this name."""
        return self._by_name[name]


@functools.cache
def load_assets() -> Assets:
    """Read, hash and compress every asset: once in a process, some 100 ms."""
    made: dict[str, Asset] = {}
    texts = {path.name: path.read_bytes() for path in _sources()}
    texts |= {f"words.{words.code}.json": msgspec.json.encode(words.tree) for words in all_words().values()}
    for name in sorted(texts):
        _make(name, texts, made)
    return Assets(tuple(made.values()))


def _sources() -> list[Path]:
    folders = (FOLDER, FOLDER / "scripts", FOLDER / "vendor")
    return [path for folder in folders for path in sorted(folder.glob("*.*")) if path.suffix in CONTENT_TYPES]


def _make(name: str, texts: dict[str, bytes], made: dict[str, Asset], within: tuple[str, ...] = ()) -> Asset:
    """Make an asset after those that it imports, so that its own hash changes with theirs."""
    assert name not in within, f"scripts import each other in a circle: {' > '.join((*within, name))}"
    if name in made:
        return made[name]
    body = texts[name]
    imports: tuple[str, ...] = ()
    if name.endswith(".js"):
        script = _COMMENT.sub("", body.decode())
        imports = tuple(found[3] for found in _IMPORT.finditer(script) if found[2] != "(")
        body = _IMPORT.sub(
            lambda found: f'{found[1]}{found[2]}"{_make(found[3], texts, made, (*within, name)).path}"', script
        ).encode()
    digest = hashlib.sha256(body).hexdigest()[:_HASH_DIGITS]
    stem, _, suffix = name.rpartition(".")
    made[name] = Asset(
        name=name,
        path=f"/assets/{stem}.{digest}.{suffix}",
        content_type=CONTENT_TYPES[f".{suffix}"],
        body=body,
        zipped=gzip.compress(body, compresslevel=9, mtime=0),
        imports=imports,
    )
    return made[name]
