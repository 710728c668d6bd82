import math
from time import monotonic, thread_time

from kickoff.backend.burner import Burner, burn


def test_burning_uses_the_processor_time_that_was_asked_for() -> None:
    """The scripted loss is a real one, counted in the thread's own processor time."""
    before_s = thread_time()
    burn(0.02, until_s=math.inf)
    assert 0.02 <= thread_time() - before_s < 0.2


def test_burning_ends_with_its_period() -> None:
    """A core that is too busy to give the wanted share must not make the debt grow."""
    before_s = thread_time()
    burn(60.0, until_s=monotonic())
    assert thread_time() - before_s < 1


def test_a_burner_asks_for_its_share_and_ends_when_told() -> None:
    """Closing returns: the threads have ended."""
    burner = Burner(lambda: 0.0)
    burner.open()
    burner.close()
    assert not any(thread.is_alive() for thread in burner._threads)
