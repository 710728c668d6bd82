"""What is being protected?

The sample streaming service: subscribers, sign-in, stream limits and live channels, in a process whose capacity is real.
"""
