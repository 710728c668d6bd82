"""What is being protected?

The sample streaming service: subscribers, sign-in, stream limits, live channels, in a process of real capacity.
"""
