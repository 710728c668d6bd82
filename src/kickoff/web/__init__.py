"""What does a person see?

The design system, shared by the viewer's page, the console and the status page: `design.css` (tokens, light and dark,
phone to television), `templates/frame.html` (the frame that every page extends), `words/LANGUAGE.toml` (every text, one
file a language), `scripts/` (native ES modules, no build step). Set-up puts the locked player and plot library into
`vendor/`.

Every file is served under a name that holds its hash, so that it may be cached for ever: `assets.load_assets()`.
A page is made by `templates.render(name, language=…, …)`.
"""
