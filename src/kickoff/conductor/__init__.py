"""How many are called in this tick?

Each tick of 250 ms reads the counters and the back end's health, decides, and gives the next snapshot, from which every
request and the status object are answered until the tick after. Entry point: `tick.Conductor`.

The conductor holds no clock and no socket: the door's process calls it on the machine's time, a rehearsal on a virtual
one. Only `http.py` meets the network, to ask the back end for its health.
"""
