"""What does the operator see, and what may they do?

The night live in the browser, and the acts that pause or cap the door.
"""
