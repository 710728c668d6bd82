"""Where does anyone get the sheet of the draw? At the door, as it lies with the status page, once it is there."""

from pathlib import Path

from kickoff.door.seam import Reply, Request

FILES = {"draw.json": "application/json", "draw-list.txt": "text/plain; charset=us-ascii"}
BYTES_MAX = 1024 * 1024
"""Some 13,000 tickets; sent within 10 s at 0.84 Mbit/s. A longer list is for a server of files."""
CACHE = "public, max-age=60"


class Published:
    """The files of one folder; None: of none. Each is read when it has changed, and sent from memory."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._held: dict[str, tuple[str, bytes]] = {}
        """Name → its tag, its bytes."""

    def answer(self, request: Request, name: str) -> Reply | None:
        """One of `FILES`; None: it is not there, or too long."""
        tag = self._read(name)
        if not tag:
            return None
        headers = (("Cache-Control", CACHE), ("ETag", tag), ("X-Content-Type-Options", "nosniff"))
        if request.headers.get("if-none-match") == tag:
            return Reply(status=304, content_type=FILES[name], headers=headers)
        return Reply(status=200, body=self._held[name][1], content_type=FILES[name], headers=headers)

    def _read(self, name: str) -> str:
        """Have the file as it is now; its tag, empty where there is none to send."""
        if self._folder is None:
            return ""
        path = self._folder / name
        try:
            found = path.stat()
            if found.st_size > BYTES_MAX:
                return ""
            tag = f'"{found.st_mtime_ns:x}-{found.st_size:x}"'
            if self._held.get(name, ("", b""))[0] != tag:
                self._held[name] = tag, path.read_bytes()
        except OSError:
            return ""
        return tag
