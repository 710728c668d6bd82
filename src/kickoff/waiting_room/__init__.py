"""Who is next?

A household or device holds one place in a lane of the line, however often it asks: the packed index remembers it
(`index.PackedIndex`), `places.PlaceBook` gives places once, out of blocks that were reserved durably before. A tick
moves the lane's serving number on; `calls.Calls` knows who was called when, who came and who let it lapse. Everybody
reads the same frozen `snapshot.Snapshot` and computes their own time from it (`eta.py`). What the line may do next
stands in `states.MOVES`. Entry point: `places.PlaceBook.give`.
"""
