"""What do we say?

From what was found out to the words for it, in each language: waiting page, player, status page, a post, an e-mail. No
word claims more than the verdict does, and every correction says what it corrects. `words.py` chooses the sentences
(`words/LANGUAGE.toml` holds them), `history.py` keeps what was said, `statuspage.py` and `html.py` are the public page
for machines and for people.

Entry point: `words.notice(findings, night, tongues, before)`.
"""
