"""A real object store on the loopback address: SeaweedFS, from its wheel, with one key that may do everything."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from pyarrow import fs

from bench.ports import free_port

KEY, SECRET = "a-key", "a-secret"
READY_S = 60.0
_PARTS = ("master", "volume", "filer", "s3")


@contextlib.contextmanager
def s3_server(folder: Path) -> Iterator[str]:
    """The query that brings an address to this server; bucket `journal` is there. Its data dies with it."""
    program = shutil.which("weed") or str(Path(sys.executable).with_name("weed"))
    identity = {"name": "k", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": ["Admin"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    (folder / "data").mkdir()
    ports = {name: free_port() for name in (*_PARTS, *(f"{part}.grpc" for part in _PARTS))}
    flags = [f"-{part}.port={ports[part]}" for part in _PARTS]
    flags += [f"-{part}.port.grpc={ports[f'{part}.grpc']}" for part in _PARTS]
    command = [program, "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={folder / 'data'}", "-filer", "-s3"]
    command += [*flags, f"-s3.config={folder / 's3.json'}", "-master.volumeSizeLimitMB=64", "-volume.max=20"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        _await(process, ports["s3"], folder / "log")
        yield f"endpoint_override=127.0.0.1:{ports['s3']}&scheme=http&region=us-east-1"
    finally:
        # Its own way to stop takes longer than a test: nothing of it is kept.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _await(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    files = fs.S3FileSystem(
        access_key=KEY,
        secret_key=SECRET,
        endpoint_override=f"127.0.0.1:{port}",
        scheme="http",
        region="us-east-1",
        allow_bucket_creation=True,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=1),
    )
    until = time.monotonic() + READY_S
    while time.monotonic() < until and process.poll() is None:
        try:
            files.create_dir("journal")
            with files.open_output_stream("journal/probe") as probe:
                probe.write(b"1")
            files.delete_file("journal/probe")
        except OSError:
            process.poll()
        else:
            return
    raise RuntimeError(log.read_text("utf-8", "replace")[-2000:])
