"""What do we say to one subscriber? The e-mail of a notice with what they are given, and the same as one says it aloud.

Neither claims more than the notice does: it is the notice's own paragraphs, and the gesture.
"""

from collections.abc import Mapping

from kickoff.findings import Grant
from kickoff.night import Night
from kickoff.notices.words import Notice, State, Tongue
from kickoff.units import euros


def letter(said: Notice, grant: Grant, night: Night, tongues: Mapping[str, Tongue]) -> dict[str, str]:
    """The e-mail of a notice for one subscriber: with what they are given, before the apology and the signature."""
    letters = {}
    for code, tongue in tongues.items():
        *told, sorry, closing = said.texts[code].mail_body.split("\n\n")
        letters[code] = "\n\n".join((*told, yours(grant, night, tongue), sorry, closing))
    return letters


def spoken(said: Notice, grant: Grant | None, night: Night, tongue: Tongue, *, is_hit: bool) -> tuple[str, ...]:
    """What care says on the telephone, sentence by sentence: apology, what happened, what is given."""
    words = tongue["spoken"]
    if said.state is State.CALM:
        return (str(words["calm"]).format(title=night.title),)
    # Between the greeting and the apology of the e-mail stands what happened.
    told = said.texts[tongue["code"]].mail_body.split("\n\n")[1:-2]
    if not is_hit:
        return (str(words["not_hit"]).format(title=night.title), *told)
    last = yours(grant, night, tongue) if grant else str(words["nothing"])
    return (str(tongue["mail"]["sorry"]), *told, last)


def yours(grant: Grant, night: Night, tongue: Tongue) -> str:
    """What this subscriber is given, in a sentence."""
    kind = tongue["kind"].get(grant.kind, grant.kind)
    written = {",": tongue["thousands"], ".": tongue["decimal"]}
    amount = "".join(written.get(letter, letter) for letter in euros(grant.amount_cents))
    return str(tongue["gesture"]["yours"]).format(title=night.title, amount=amount, kind=kind)
