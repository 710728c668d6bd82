"""Who was hit?

Those whose attempts failed while an incident held are counted one by one, as accounts: a device that failed before
it could sign in is the account that later sits in its place of the line. How long each was without a picture is read
from the attempts as well. Those who left no trace of an account are estimated as a range, each part of it by one
method that is said.

Entry point: `estimate`.
"""

from kickoff.impact.estimate import estimate

__all__ = ["estimate"]
