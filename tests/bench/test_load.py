"""A refusal is no work done: what a run carried, and what the benches print of it."""

import os
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bench.door import _errors
from bench.load import Paced, Run, play
from bench.rooms import Rooms


def run(*, answered: int = 100, errors: int = 0, wall_s: float = 2.0, cpu_s: float = 1.0) -> Run:
    """A hundred answers in two seconds, of which the servers worked one."""
    return Run(answered=answered, errors=errors, wall_s=wall_s, cpu_s=cpu_s)


@contextmanager
def answering(answers: Sequence[bytes]) -> Iterator[int]:
    """The port of a server that gives these answers, one to each request of its first connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                for one in answers:
                    connection.recv(1_000)
                    connection.send(one)

        thread = threading.Thread(target=answer)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def test_what_was_refused_counts_in_no_rate() -> None:
    """A door that refuses everybody at once would be the fastest of all."""
    half = run(errors=50)
    assert (run().per_s, run().per_cpu_s) == (50.0, 100.0)
    assert (half.per_s, half.per_cpu_s, half.load) == (25.0, 50.0, 0.5)
    assert run(errors=100).per_s == 0.0


def test_every_answer_that_is_not_2xx_is_counted() -> None:
    """Of ten requests three are told to come back."""
    answers = [b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"] * 3
    answers += [b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"] * 7
    with answering(answers) as port:
        found = play(port, [b"ask"] * 10, connections=1, server=os.getpid())
    assert (found.answered, found.errors, found.done) == (10, 3, 7)


def test_errors_are_added_up_over_all_runs_and_those_at_a_given_rate() -> None:
    """One number tells whether the rates beside it are to be believed."""
    paced = Paced(errors=4, p50_ms=1.0, p99_ms=1.0, per_s=1.0)
    assert _errors({"joins": [run(errors=1), run(errors=2)], "beats": [run()]}, {"joins": paced}) == 7


def test_rooms_are_compared_by_wall_time_and_by_the_doors_own_processor_time() -> None:
    """A door beside a Valkey works little itself and waits much: either number alone tells half."""
    told = Rooms(
        embedded=[run()], one=[run(wall_s=4.0, cpu_s=1.25)], one_whole=[run(cpu_s=2.0)], two_whole=[run(cpu_s=2.5)],
        plain=[run(errors=1, wall_s=10.0)], calls_per_join=0.01,
    ).told()  # fmt: skip
    assert (told["valkey_vs_embedded_by_wall"], told["valkey_vs_embedded"]) == (0.5, 0.8)
    assert (told["two_doors_cpu_ratio"], told["room_errors"]) == (1.25, 1)
