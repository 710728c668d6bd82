"""Files in an object store that speaks S3. Objects are put whole: a reader sees the old one or the new one.

    s3://bucket/prefix                                                     Amazon, credentials as its tools find them
    s3://bucket/prefix?endpoint_override=127.0.0.1:9000&scheme=http        any other server

Credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or whatever else the SDK looks at.

    StoreError    the store does not answer, or refuses; whoever asked tries again or mends the address
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import parse_qsl, urlsplit

from msgspec import Struct
from pyarrow import fs

SCHEME = "s3://"
ATTEMPTS_MAX = 3
CONNECT_S, REQUEST_S = 3.0, 30.0
_OPTIONS = ("endpoint_override", "region", "scheme")


class StoreError(Exception):
    """The store did not do what was asked. Ask again later, or name another store."""


class Object(Struct, frozen=True, kw_only=True):
    """One object below the prefix: its name, and what changes when it is put anew."""

    name: str
    size: int
    written_ns: int


class ObjectStore:
    """Objects below one prefix of one bucket. Every method raises `StoreError`."""

    def __init__(self, address: str) -> None:
        if not address.startswith(SCHEME):
            raise StoreError(f"{address}: not an object store; write s3://bucket/prefix")
        self.address = address
        said = urlsplit(address)
        options = dict(parse_qsl(said.query))
        if unknown := options.keys() - _OPTIONS:
            raise StoreError(f"{address}: there is no {', '.join(sorted(unknown))}; there are {', '.join(_OPTIONS)}")
        retries = fs.AwsStandardS3RetryStrategy(max_attempts=ATTEMPTS_MAX)
        with _asked(address):
            self._files = fs.S3FileSystem(
                **options, retry_strategy=retries, connect_timeout=CONNECT_S, request_timeout=REQUEST_S
            )
        self._prefix = f"{said.netloc}{said.path}".rstrip("/")

    def objects(self, below: str = "") -> list[Object]:
        """What there is below a name, in the order of names; nothing where there is no such name."""
        root = f"{self._prefix}/{below}".rstrip("/")
        selected = fs.FileSelector(root, recursive=True, allow_not_found=True)
        with _asked(f"{self.address}: {below}"):
            found = self._files.get_file_info(selected)
        start = len(self._prefix) + 1
        files = [one for one in found if one.type == fs.FileType.File]
        return sorted(
            (Object(name=one.path[start:], size=one.size, written_ns=one.mtime_ns or 0) for one in files),
            key=lambda one: one.name,
        )

    def put(self, name: str, content: bytes | memoryview) -> None:
        """Write an object, whole."""
        with _asked(name), self._files.open_output_stream(f"{self._prefix}/{name}") as stream:
            stream.write(content)

    def get(self, name: str) -> bytes:
        """Read an object. Raises `FileNotFoundError` where there is none."""
        with _asked(name), self._files.open_input_stream(f"{self._prefix}/{name}") as stream:
            return bytes(stream.read())

    def delete(self, name: str) -> None:
        """Remove an object; it may be gone already."""
        with _asked(name), suppress(FileNotFoundError):
            self._files.delete_file(f"{self._prefix}/{name}")


@contextmanager
def _asked(what: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise StoreError(f"{what}: {str(error).partition(chr(10))[0]}") from error
