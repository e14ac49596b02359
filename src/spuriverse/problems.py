"""The one exception that a user is meant to read."""


class Problem(Exception):
    """Something is wrong with what the user gave us: an input, a setting, a machine.

    The message is one sentence that says what is wrong, where, and what to do about it. Scripts
    print it without a stack trace and end with exit code 1.
    """
