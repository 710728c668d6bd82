import gzip
import re

from kickoff.web.assets import FOLDER, load_assets
from kickoff.web.templates import environment


def test_a_scripts_imports_carry_the_names_that_hold_hashes() -> None:
    """What is cached for ever must never meet an older neighbour."""
    assets = load_assets()
    for name in assets.with_imports("app.js"):
        text = assets.named(name).body.decode()
        for imported in re.findall(r'(?:from|import)\s*\(?"([^"]+)"', text):
            assert assets.at(imported), f"{name} imports {imported}"


def test_the_player_is_not_loaded_with_the_waiting_room() -> None:
    """Who waits loads nothing that only who watches needs."""
    names = load_assets().with_imports("app.js")
    assert "visit.js" in names
    assert not {"player.js", "watching.js", "play_view.js"} & set(names)


def test_the_compressed_bytes_are_the_same_bytes() -> None:
    """A browser that undoes the compression has the file of that hash."""
    asset = load_assets().named("design.css")
    assert gzip.decompress(asset.zipped) == asset.body
    assert load_assets().at(asset.path) is asset
    assert load_assets().at("/assets/design.css") is None


def test_comments_stay_at_home() -> None:
    """They are for readers of the source: a phone on a crowded cell loads the page without them, and all else."""
    assert "@param" not in load_assets().named("client.js").body.decode()
    source = (FOLDER / "scripts" / "visit.js").read_text("utf-8")
    served = load_assets().named("visit.js").body.decode()
    code = [line for line in source.splitlines() if line.strip() and not line.strip().startswith("//")]
    assert len([line for line in served.splitlines() if line.strip()]) == len(code)


def test_markup_holds_neither_styles_nor_scripts_of_its_own() -> None:
    """The content security policy would refuse them, on every page at once."""
    loader = environment().loader
    assert loader
    for name in environment().list_templates(["html"]):
        text = loader.get_source(environment(), name)[0]
        assert not re.search(r"\bstyle=|\son\w+=|<style|<script(?![^>]*(src=|application/json))", text), name
