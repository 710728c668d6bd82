"""Is something wrong, and where?

Every attempt of a viewer (a start, a sign-in, an arrival, a stretch of watching) goes well or badly. `notice` reads
them second by second, in all and in each cohort (one value of one dimension), and asks a sequential test whether
failures have become more frequent than they were: no fixed share is an alarm, only evidence is. What raised the
alarm is then located: `locate` compares each smallest combination of dimensions with its own past and finds the sets
that explain the excess.

Entry points: `notice` for a journal, `locate` for leaf rows; a `Sentry` goes on where a `notice` ended.
"""

from kickoff.incidents.locate import locate
from kickoff.incidents.notice import notice
from kickoff.incidents.sentry import Sentry

__all__ = ["Sentry", "locate", "notice"]
