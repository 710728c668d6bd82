"""What does each request get, within microseconds?

The viewer API: reads the snapshot, decides with the stages' pure functions, appends a fact, answers.
"""
