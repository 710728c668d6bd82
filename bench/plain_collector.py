"""The collector that most would write first: FastAPI, a beat a request, a row in SQLite, committed, then answered."""

import argparse
import sqlite3
import time

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, Field

TEN_MINUTES_MS = 600_000


class Beat(BaseModel):
    """The same body that the door takes."""

    sta: str = Field("p", max_length=1)
    watched_ms: int = Field(0, ge=0, le=TEN_MINUTES_MS)
    stalled_ms: int = Field(0, ge=0, le=TEN_MINUTES_MS)
    br: int | None = None


def main() -> None:
    """Serve on a port until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("file")
    asked = parser.parse_args()
    store = sqlite3.connect(asked.file, check_same_thread=False)
    # As durable as the door's log: what is answered survives the process, not a power cut.
    store.execute("PRAGMA journal_mode = WAL")
    store.execute("PRAGMA synchronous = OFF")
    store.execute("CREATE TABLE beat (at INTEGER, lease TEXT, sta TEXT, watched INTEGER, stalled INTEGER, br INTEGER)")
    app = FastAPI(openapi_url=None)

    @app.post("/v1/{night}/leases/{lease}/beats")
    async def take(night: str, lease: str, beat: Beat) -> dict[str, float]:
        del night
        row = (time.time_ns() // 1000, lease, beat.sta, beat.watched_ms, beat.stalled_ms, beat.br)
        store.execute("INSERT INTO beat VALUES (?, ?, ?, ?, ?, ?)", row)
        store.commit()
        return {"next_s": 10.0}

    uvicorn.run(app, host="127.0.0.1", port=asked.port, loop="uvloop", http="httptools", log_level="warning")


if __name__ == "__main__":
    main()
