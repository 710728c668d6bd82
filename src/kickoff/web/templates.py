"""How is a page made? From a template that extends `frame.html`, the words of one language, and values."""

import functools

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from kickoff.web.assets import FOLDER, load_assets
from kickoff.web.words import all_words


@functools.cache
def environment() -> Environment:
    """The templates, with `asset(name)`; everything is escaped, a missing value is an error."""
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["asset"] = load_assets().url
    made.globals["languages"] = {code: words.tree["name"] for code, words in all_words().items()}
    return made


def render(name: str, *, language: str, **values: object) -> bytes:
    """The page `name` in a language. In the template `t("key", n=…)` is a text; `lang` and `dir` describe it."""
    words = all_words()[language]
    page = environment().get_template(name)
    return page.render(t=words, lang=language, dir=words.tree["direction"], **values).encode()
