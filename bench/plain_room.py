"""The waiting room that a good engineer would write in an afternoon: FastAPI, a signed session, places in Redis.

One round trip a join: a script gives the household the place it holds, or the next. The ticket is a signed token, as is
the session (PyJWT, HS256). uvicorn with uvloop and httptools, one process.
"""

import argparse
import time
from typing import Annotated

import jwt
import uvicorn
from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel, Field
from redis.asyncio import Redis

_PLACE = """
local place = redis.call('HGET', KEYS[1], ARGV[1])
if place then return {tonumber(place), 0} end
place = redis.call('INCR', KEYS[2])
redis.call('HSET', KEYS[1], ARGV[1], place)
redis.call('RPUSH', KEYS[3], ARGV[2])
return {place, 1}
"""


Word = Annotated[str, Field(max_length=40)]


class Client(BaseModel):
    """The class of the client."""

    device: Word = ""
    app: Word = ""
    isp: Word = ""
    region: Word = ""


class Join(BaseModel):
    """The same body that the door takes."""

    client: Client = Client()
    channel: Word = ""


class Ticket(BaseModel):
    """The same answer that the door gives."""

    ticket: str
    lane: str
    place: int
    joined_at: int
    known: bool


def room(server: Redis, secret: str) -> FastAPI:
    """The application."""
    app = FastAPI(openapi_url=None)
    give = server.register_script(_PLACE)

    @app.post("/v1/{night}/tickets", status_code=201)
    async def join(night: str, body: Join, authorization: Annotated[str, Header()]) -> Ticket:
        try:
            session = jwt.decode(authorization.removeprefix("Bearer "), secret, algorithms=["HS256"])
        except jwt.InvalidTokenError as error:
            raise HTTPException(401, "this session is not accepted") from error
        at = time.time_ns() // 1000
        fact = f"{at} {session['sub']} {body.channel} {body.client.device} {body.client.app} {body.client.isp}"
        keys = [f"{night}:places", f"{night}:last", f"{night}:facts"]
        place, _ = await give(keys=keys, args=[session["sub"], fact])
        claims = {"night": night, "sub": session["sub"], "place": place, "iat": at // 1_000_000}
        ticket = jwt.encode(claims, secret, algorithm="HS256")
        return Ticket(ticket=ticket, lane="main", place=place, joined_at=at, known=True)

    return app


def main() -> None:
    """Serve on a port until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("redis", type=int)
    parser.add_argument("secret")
    asked = parser.parse_args()
    app = room(Redis(host="127.0.0.1", port=asked.redis), asked.secret)
    uvicorn.run(app, host="127.0.0.1", port=asked.port, loop="uvloop", http="httptools", log_level="warning")


if __name__ == "__main__":
    main()
