"""The list of all who could have come, as the journal keeps it: `subscribers.parquet`."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kickoff.accounts.roster import crowd_of, offer_of
from kickoff.night import Night
from kickoff.seals import account_subject
from kickoff.units import US_PER_S, AtUs

_DAY_US = 86_400 * US_PER_S
_KNOWN_DAYS = (30, 3650)


def write_subscribers(path: Path, night: Night, *, subject_key: bytes, at: AtUs) -> int:
    """Write one row an account: subject, offer, known_since (µs UTC, 30 days to 10 years before `at`). How many."""
    accounts = range(1, crowd_of(night).subscribers + 1)
    days = np.random.default_rng(crowd_of(night).seed).integers(*_KNOWN_DAYS, size=len(accounts))
    table = pa.table(
        {
            "subject": pa.array((account_subject(subject_key, account) for account in accounts), pa.int64()),
            "offer": pa.array((offer_of(night, account) for account in accounts), pa.string()).dictionary_encode(),
            "known_since": pa.array(at - days * _DAY_US, pa.int64()),
        }
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd")
    return len(accounts)
