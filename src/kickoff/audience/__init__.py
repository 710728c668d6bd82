"""Who is watching, and how well?

Average, peak and reach of a night, by channel and in all, counted in accounts from the journal. Beats bear witness to
spans of watching (`coverage`); spans are joined by account and cut at instants (`figures`), at minutes (`minutes`), or
set against attempts and stalls (`quality`).

Entry point: `measure`.
"""

from kickoff.audience.figures import measure

__all__ = ["measure"]
