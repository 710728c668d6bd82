"""Facts reach the log in batches, and a dictionary that was lost is never relied on."""

from kickoff.door.journal import Journal, MemoryLog
from kickoff.facts import Fact, Row
from tests.door.rig import rows


class Files(MemoryLog):
    """A log of several files."""

    def __init__(self) -> None:
        super().__init__()
        self.files = [bytearray()]
        self.refuses = False

    def append(self, data: bytes) -> bool:
        """Drops what it cannot take."""
        if self.refuses:
            self.dropped_bytes += len(data)
            self.is_stuck = True
            return False
        self.is_stuck = False
        self.files[-1] += data
        return True

    def rotate(self) -> bool:
        """A new file."""
        self.is_long = False
        self.files.append(bytearray())
        return True


def row(app: str) -> Row:
    """A fact with a word."""
    return Row(at=1, fact=Fact.JOINED, subject=2, app=app)


def test_a_batch_is_one_write() -> None:
    """And nothing is written where nothing happened."""
    log = MemoryLog()
    journal = Journal(log)
    assert journal.commit()
    for app in "abc":
        journal.record(row(app))
    assert log.data == b""
    assert journal.commit()
    assert [fact["app"] for fact in rows(bytes(log.data))] == ["a", "b", "c"]


def test_each_file_has_its_own_dictionary() -> None:
    """A file is read without the ones before it."""
    log = Files()
    journal = Journal(log)
    journal.record(row("a"))
    log.is_long = True
    journal.commit()
    journal.record(row("a"))
    journal.commit()
    assert [[fact["app"] for fact in rows(bytes(file))] for file in log.files] == [["a"], ["a"]]


def test_after_a_loss_words_are_learnt_anew() -> None:
    """Among what a full disk dropped may be dictionary entries: what follows begins a new file."""
    log = Files()
    journal = Journal(log)
    log.refuses = True
    journal.record(row("lost"))
    assert not journal.commit()
    log.refuses = False
    assert journal.commit()
    journal.record(row("lost"))
    journal.commit()
    assert [[fact["app"] for fact in rows(bytes(file))] for file in log.files] == [[], ["lost"]]
