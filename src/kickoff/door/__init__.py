"""What does each request get, within microseconds?

A request reaches `Door.answer` as a value and leaves as a `Reply`, or as a `Forward` for the back end's sign-in. On
the way it reads the snapshot that the last tick published, asks the stages' pure functions, changes the house and
records a fact. `Door.commit` writes the facts of all answers of one turn; only then does a server let the replies
leave.

    seam.py        the values on both sides; protocol.py and granian.py carry them, wire.py gives them their bytes
    router.py      path and method → operation: tickets, passes, sessions, leases, beats, reports, checks, operator …
    state.py       the house: everything that operations read and change
    recovery.py    the house again as it was, from the log; told.py reads that
    serve.py       the process: log, listener, tick, drain; http.py goes to the back end

No operation knows a socket or a clock: a rehearsal and a test call the same door. Entry point: `house.Door`; as a
process, `serve.serve_door`.
"""
