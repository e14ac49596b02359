"""Take the thoughts off a reply: what a model tells itself before it answers."""

import re

# Tags by the families that write them: most; LLaVA-CoT; Seed; Magistral; Kimi; Sky-T1; Command A;
# Apertus; MedGemma; Gemma; gpt-oss, also after a decoder has dropped its special tokens; Ollama;
# Granite; Apriel.
_NAMES = (
    r"(?:seed:)?think|thinking|thoughts?|reasoning|reflection|scratchpad|rationale|analysis"
    r"|planning|seed:cot_budget_reflect|inner_monologue|ant_?thinking|summary|caption"
)
_OPENS = re.compile(
    rf"<(?:{_NAMES})>"
    r"|<details type=.reasoning.[^>\n]{0,80}>"
    r"|\[(?:THINK|THINKING|THOUGHT|REASONING)\]"
    "|\u25c1think(?:ing)?\u25b7"
    r"|<\|begin_of_thought\|>|<\|START_THINKING\|>|<\|(?:think(?:ing)?|thought)\|>|<\|inner_prefix\|>"
    r"|<unused94>(?:thought)?|<\|channel>\s?(?:thought|analysis)\b"
    r"|<\|channel\|>\s?(?:analysis|commentary)\b[^<\n]{0,60}<\|message\|>"
    r"|\Aanalysis(?=(?-i:[A-Z]))|\AThinking\.\.\."
    r"|\AHere is my thought process:|\AHere are my reasoning steps:",
    re.IGNORECASE,
)
_CLOSES = re.compile(
    rf"</(?:{_NAMES}|details)>"
    r"|\[/(?:THINK|THINKING|THOUGHT|REASONING)\]"
    "|\u25c1/think(?:ing)?\u25b7"
    r"|<\|end_of_thought\|>|<\|END_THINKING\|>|<\|/(?:think(?:ing)?|thought)\|>|<\|inner_suffix\|>"
    r"|<unused95>|<channel\|>"
    r"|<\|channel\|>\s?final\b[^<\n]{0,60}<\|message\|>"
    r"|assistantfinal|\.\.\.done thinking\."
    r"|Here is my response:|\[BEGIN FINAL RESPONSE\]",
    re.IGNORECASE,
)
_TAG = re.compile(f"(?P<opens>{_OPENS.pattern})|(?P<closes>{_CLOSES.pattern})", re.IGNORECASE)


def begins_with_thought(text: str) -> bool:
    """Whether a thought opens where `text` begins."""
    return _OPENS.match(text.lstrip()) is not None


def without_thoughts(text: str) -> str:
    """Return `text` without its thoughts.

    A thought that is not closed, since the reply was cut short, hides all that follows. One that
    is only closed was opened by the template at the end of the prompt: all before it is a thought.
    """
    text = text.lstrip()
    kept: list[str] = []
    depth = start = 0
    for tag in _TAG.finditer(text):
        if depth == 0:
            kept.append(text[start : tag.start()])
        if tag["opens"]:
            depth += 1
        elif depth:
            depth -= 1
        else:
            kept.clear()
        start = tag.end()
    return "\n".join([*kept, text[start:]] if depth == 0 else kept)
