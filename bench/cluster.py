"""A Cluster for benches and tests: three primaries and three replicas on loopback, in a folder that is thrown away."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import redis
from msgspec import Struct

from bench.ports import free_port

NODE_TIMEOUT_MS = 1_500
READY_S = 30.0
SLOTS = 16_384
PRIMARIES = 3
LOOK_S = 0.1
BUS = 10_000
"""Nodes speak to each other on the port that is so many above their own."""


class Node(Struct, kw_only=True):
    """One server of the Cluster."""

    port: int
    folder: Path
    process: "subprocess.Popen[bytes]"

    def client(self) -> "redis.Redis":
        """A connection to this node alone."""
        return redis.Redis(port=self.port, socket_timeout=2, socket_connect_timeout=2)

    def ask(self, *words: str | int) -> Any:  # noqa: ANN401 - what the command answers
        """Run one command on it."""
        return self.client().execute_command(*words)  # type: ignore[no-untyped-call]


class Cluster:
    """Three primaries, each with a replica."""

    def __init__(self, folder: Path, *, node_timeout_ms: int = NODE_TIMEOUT_MS) -> None:
        self.nodes: list[Node] = []
        for number in range(2 * PRIMARIES):
            self.nodes.append(_start(folder / f"node-{number}", node_timeout_ms))

    @property
    def url(self) -> str:
        """What a door is given."""
        return "valkey://" + ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)

    def join(self) -> None:
        """Bring the nodes together, and wait until every slot has a primary and each of these a replica."""
        for node in self.nodes[1:]:
            self.nodes[0].ask("CLUSTER MEET", "127.0.0.1", node.port)
        primaries = self.nodes[:PRIMARIES]
        bounds = [SLOTS * number // PRIMARIES for number in range(PRIMARIES + 1)]
        for number, node in enumerate(primaries):
            node.ask("CLUSTER ADDSLOTSRANGE", bounds[number], bounds[number + 1] - 1)
        _until(lambda: all(len(_known(node)) == len(self.nodes) for node in self.nodes), "the nodes do not meet")
        for number, node in enumerate(self.nodes[PRIMARIES:]):
            name = primaries[number].ask("CLUSTER MYID").decode()
            _until(partial(_replicates, node, name), "a replica does not follow")
        _until(lambda: all(_is_whole(node) for node in self.nodes), "the Cluster is not whole")

    def primary_of(self, key: str) -> Node:
        """The node that gives out the places of a key now."""
        for node in self.nodes:
            if node.process.poll() is None:
                slot = node.ask("CLUSTER KEYSLOT", key)
                for first, last, owner, *_ in node.ask("CLUSTER SLOTS"):
                    if first <= slot <= last:
                        return next(one for one in self.nodes if one.port == owner[1])
        raise RuntimeError(f"{key}: no node holds it")

    def cut_off(self, primary: Node) -> Node:
        """From now on the replica of a primary hears nothing more of it, though the Cluster hears both. Returns it."""
        name = primary.ask("CLUSTER MYID").decode()
        for node in self.nodes:
            about = node.ask("CLUSTER NODES")
            if any("myself" in one["flags"] and one["master_id"] == name for one in about.values()):
                # A password that the primary does not know: the link breaks, and cannot be made again.
                node.client().config_set("masterauth", "none such")
                primary.ask("CLIENT KILL TYPE replica")
                return node
        raise RuntimeError(f"{primary.port}: has no replica")

    def stop(self) -> None:
        """End all of them."""
        for node in self.nodes:
            node.process.kill()
            node.process.wait()


@contextmanager
def cluster(folder: Path, *, node_timeout_ms: int = NODE_TIMEOUT_MS) -> Iterator[Cluster]:
    """A whole Cluster until the end of the block."""
    made = Cluster(folder, node_timeout_ms=node_timeout_ms)
    try:
        made.join()
        yield made
    finally:
        made.stop()


def program() -> str:
    """The server's program: Valkey, else Redis."""
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise RuntimeError("neither valkey-server nor redis-server is installed: `make setup-test` brings one")
    return found


def _start(folder: Path, node_timeout_ms: int) -> Node:
    folder.mkdir(parents=True)
    port = free_port(companion=BUS)
    command = [
        program(), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--cluster-enabled", "yes",
        "--cluster-node-timeout", str(node_timeout_ms), "--save", "", "--appendonly", "no",
        "--repl-diskless-sync-delay", "0", "--daemonize", "no",
    ]  # fmt: skip
    with (folder / "log").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    node = Node(port=port, folder=folder, process=process)
    _until(lambda: _answers(node), f"{folder / 'log'}: does not start")
    return node


def _answers(node: Node) -> bool:
    try:
        return bool(node.client().ping())
    except redis.RedisError:
        return False


def _known(node: Node) -> list[str]:
    """The nodes that this one has met."""
    met = node.ask("CLUSTER NODES")
    return [name for name, about in met.items() if "handshake" not in about["flags"]]


def _replicates(node: Node, primary: str) -> bool:
    try:
        node.ask("CLUSTER REPLICATE", primary)
    except redis.ResponseError:
        return False
    return True


def _is_whole(node: Node) -> bool:
    client = node.client()
    about = client.info("replication")
    linked = about["role"] == "master" or about.get("master_link_status") == "up"
    state = node.ask("CLUSTER INFO")
    return linked and state["cluster_state"] == "ok" and (about["role"] != "master" or about["connected_slaves"] == 1)


def _until(is_so: Callable[[], bool], otherwise: str) -> None:
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        if is_so():
            return
        time.sleep(LOOK_S)
    raise RuntimeError(otherwise)
