"""What the Snakefile refuses, in a sentence for people."""

import re

from snakemake.exceptions import WorkflowError

_REFUSED = re.compile(
    r"\b(?:Refusal|Problem)(?: in (?:rule \w+ in )?file \"[^\"]*\", line \d+)?:\s*"
    r"(?P<said>.*?)\s*(?=\n\s*File \"|\nWildcards:|\nTraceback:|\Z)",
    re.DOTALL,
)


class Refusal(WorkflowError):
    """The run is refused; the message is all that people need."""


def refused_sentence(message: str) -> str | None:
    """Return the sentence of a refusal from Snakemake's account of it; None of other errors.

    Args:
        message: With the place in the Snakefile and a stack trace around the sentence.
    """
    found = _REFUSED.search(message)
    return found["said"] if found else None
