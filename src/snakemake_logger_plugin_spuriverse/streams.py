"""Output that outlives its reader: `snakemake -n | head` is not an error."""

import os
import sys
from typing import Any, TextIO


class PatientStream:
    """A text stream that falls silent once nobody reads it any more."""

    def __init__(self, stream: TextIO) -> None:
        """Take a stream with a file descriptor."""
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, or lose what nobody will read."""
        try:
            return self._stream.write(text)
        except BrokenPipeError:
            self._silence()
            return len(text)

    def flush(self) -> None:
        """Flush, or lose what nobody will read."""
        try:
            self._stream.flush()
        except BrokenPipeError:
            self._silence()

    def __getattr__(self, name: str) -> Any:
        """Be the stream in all else."""
        return getattr(self._stream, name)

    def _silence(self) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)


def outlive_readers() -> None:
    """Let this process go on when the reader of its output has gone."""
    for name in ("stdout", "stderr"):
        if not isinstance(getattr(sys, name), PatientStream):
            setattr(sys, name, PatientStream(getattr(sys, name)))
