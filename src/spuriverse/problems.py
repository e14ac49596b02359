"""The exceptions that a user is meant to read."""


class Problem(Exception):
    """Something is wrong with what the user gave us: an input, a setting, a machine.

    The message is one sentence that says what is wrong, where, and what to do about it. Scripts
    print it without a stack trace and end with exit code 1.
    """


class Pause(Problem):
    """The run waits for people: nothing is wrong, and it goes on once they have done their part.

    The message says what waits and what to run.
    """
