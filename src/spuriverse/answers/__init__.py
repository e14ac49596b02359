"""A reply and its named outcome."""

from spuriverse.answers.parsing import Answer, Outcome, parse_reply

__all__ = ["Answer", "Outcome", "parse_reply"]
