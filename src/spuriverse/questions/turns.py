"""Find the model's own turn: behind a repeated prompt, before a turn that it invents."""

import re
from itertools import islice

# What a chat template writes where the answer begins; what follows the last of them is the answer.
_ASSISTANT = re.compile(
    r"<\|im_start\|>\s*assistant\b(?:\s*<\|im_sep\|>)?"
    r"|<\|(?:start_header_id|header_start)\|>\s*assistant\s*<\|(?:end_header_id|header_end)\|>"
    r"|<\|start_of_role\|>\s*assistant\s*<\|end_of_role\|>"
    r"|<\|im_assistant\|>\s*(?:assistant)?\s*<\|im_middle\|>"
    r"|<\|(?:assistant|chatbot_token|hy_assistant)\|>|\[\|assistant\|\]"
    r"|<\|channel\|>\s*final\s*<\|message\|>"
    r"|<start_of_turn>\s*model\b|<\|turn>\s*model\b|<seed:bos>\s*assistant\b"
    r"|\[/INST\]|\[BOT\]|<bot>:?|<\|bot\|>|^(?-i:AI|Bot)[ ]?:"
    r"|\b(?-i:ASSISTANT|Assistant)\**[ ]?:"
    r"|^[ >*#]*(?:assistant|response)\**[ ]?:",
    re.IGNORECASE | re.MULTILINE,
)
# The same templates after a decoder has dropped the special tokens: the roles stand alone. Llama's
# leaves no line break before the role, so that it is glued to the end of the prompt.
_ROLES = re.compile(r"^(?:system|user)[ ]?$", re.MULTILINE)
_BARE_ASSISTANT = re.compile(r"(?:assistant|^model)[ ]?$", re.MULTILINE)
_START = re.compile(
    r"<s>|<bos>|<\|begin_of_text\|>|<pad>|<\|pad\|>|<\|startoftext\|>|\[gMASK\]|<sop>|<seed:bos>"
    r"|<\|START_RESPONSE\|>|<\|begin[\u2581_]of[\u2581_]sentence\|>|<\|message\|>"
)
_END = re.compile(
    r"</s>|<eos>|<seed:eos>|<end_of_turn>|<turn\|>|<end_of_utterance>|\[\|endofturn\|\]"
    "|<\\|(?:im_end|eot_id|eom_id|eot|end|return|endoftext|end_of_text|end[\u2581_]of[\u2581_]"
    "sentence|END_OF_TURN_TOKEN|END_RESPONSE|user|observation)\\|>"
    r"|\[END FINAL RESPONSE\]"
)
_USER = re.compile(
    r"<\|im_start\|>\s*(?:user|system)\b|<\|(?:start_header_id|header_start)\|>\s*user\b"
    r"|<\|(?:user|im_user|user_token|hy_user)\|>|<\|start_of_role\|>\s*user\b|\[\|user\|\]"
    r"|<start_of_turn>\s*user\b|<\|turn>\s*user\b|<seed:bos>\s*user\b|<\|start\|>\s*user\b"
    r"|\[INST\]|(?<![\w'-])(?-i:USER|User|HUMAN|Human)\**[ ]?:|^user[ ]?$"
    r"|^[ ]?#{1,6}[ ]?(?:instruction|human|user|input)\**[ ]?:|^(?:prompt|instruction)\**[ ]?:",
    re.IGNORECASE | re.MULTILINE,
)
_QUESTION = re.compile(
    r"^[ >*#_-]*(?:(?:next|new|another|second|follow-?up)\s+)?"
    r"(?:questions?|q|problem|exercise|example|instruction|input|prompt|task|frage|pregunta|pergunta|"
    "\u95ee\u9898|\u554f\u984c|\u8cea\u554f)"
    r"[ ]?(?:#?\d+)?\**[ ]?[:.)]"
    r"|^[^\n]{3,300}\?[ *]{0,3}\n[ ]?(?:(?:options|choices):?[ ]?\n)?[(\[]?A[).:\]]",
    re.IGNORECASE | re.MULTILINE,
)


def before_role(text: str) -> str:
    """Return what stands before the first turn of a user; empty if the text begins with one."""
    for found in _USER.finditer(text):
        return _said_before(text, found.start())
    return ""


def before_question(text: str) -> str:
    """Return what stands before a question that the model invents; empty if it invents none."""
    found = list(islice(_QUESTION.finditer(text), 2))
    if found and not _said_before(text, found[0].start()):
        # A question at the beginning is the prompt's own; the next one is not.
        found = found[1:]
    return _said_before(text, found[0].start()) if found else ""


def after_echo(text: str) -> str:
    """Return what follows the last mark of an assistant's turn; all if there is none."""
    ends = [marker.end() for marker in _ASSISTANT.finditer(text)]
    if _ROLES.search(text):
        ends += [marker.end() for marker in _BARE_ASSISTANT.finditer(text)]
    return text[max(ends, default=0) :]


def first_turn(text: str) -> str:
    """Return what stands before the first mark of an end, leaving out empty turns."""
    turns = (turn for turn in _END.split(_START.sub("", text)) if turn.strip())
    return next(turns, "")


def _said_before(text: str, place: int) -> str:
    before = text[:place]
    return before if _START.sub("", before).strip(" \n*#>-") else ""
