"""A standalone cluster of Spark on the loopback address: a master and two workers, each a process of its own."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import ibis
import pyspark
from pyspark.sql import SparkSession

from bench.ports import free_port

WORKERS = 2
QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""A test's JVM lives for seconds: it compiles little and collects simply."""


@contextlib.contextmanager
def spark_cluster(folder: Path) -> Iterator[ibis.BaseBackend]:
    """Ibis on a session of the cluster; `folder` takes logs and the workers' files."""
    address = f"spark://127.0.0.1:{free_port()}"
    with contextlib.ExitStack() as stack:
        host, port = "127.0.0.1", address.rpartition(":")[2]
        stack.enter_context(_running(folder, "master.Master", "--host", host, "--port", port, "--webui-port", "0"))
        for number in range(WORKERS):
            worker = ("--host", host, "--webui-port", "0", "--cores", "1", "--memory", "1g", address)
            stack.enter_context(_running(folder / str(number), "worker.Worker", *worker))
        session = _session(address)
        stack.callback(session.stop)
        yield ibis.pyspark.connect(session)


def workers_of(house: ibis.BaseBackend) -> int:
    """How many executors the session has; the driver is listed among them."""
    context = house._session.sparkContext._jsc.sc()
    return int(context.getExecutorMemoryStatus().size()) - 1


@contextlib.contextmanager
def _running(folder: Path, part: str, *arguments: str) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    home = Path(pyspark.__file__).parent
    environment = os.environ | {
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_WORKER_DIR": str(folder),
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_DAEMON_JAVA_OPTS": QUICK,
        "PYSPARK_PYTHON": sys.executable,
    }
    command = [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{part}", *arguments]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def _session(address: str) -> SparkSession:
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraJavaOptions": QUICK,
        "spark.executor.extraJavaOptions": QUICK,
        "spark.executor.memory": "512m",
        "spark.executor.cores": "1",
        "spark.cores.max": str(WORKERS),
        # Nothing is asked before both workers are there.
        "spark.scheduler.minRegisteredResourcesRatio": "1.0",
        "spark.scheduler.maxRegisteredResourcesWaitingTime": "60s",
        "spark.sql.shuffle.partitions": "4",
    }
    builder = SparkSession.builder.master(address).appName("kickoff")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()
