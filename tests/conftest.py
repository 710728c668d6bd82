"""What every test stands on: properties are tried without a stopwatch, and in the same order on every machine."""

import hypothesis

hypothesis.settings.register_profile("kickoff", deadline=None, derandomize=True)
hypothesis.settings.load_profile("kickoff")
