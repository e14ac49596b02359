"""A model that is loaded here takes the place of one behind a server."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from spuriverse.models import LocalChat
from spuriverse.models.remote import assistant_message, image_part, user_message
from spuriverse.problems import Problem


class Opened:
    """Stands for a loaded model: it remembers what it was asked."""

    name = "open-7b"

    def __init__(self, template: str | None = "a template") -> None:
        self.processor = SimpleNamespace(
            chat_template=template, apply_chat_template=lambda chat, **_: self.note(chat)
        )
        self.chats: list[Any] = []
        self.images: list[Image.Image] = []

    def note(self, chat: Any) -> str:
        self.chats.append(chat)
        return "prompt"

    def generate(self, images: Any, prompts: list[str], *, max_new_tokens: int) -> list[Any]:
        assert (prompts, max_new_tokens) == (["prompt"], 99)
        self.images += images
        return [SimpleNamespace(text="Yes, the sand.", tokens=4)]


def chat_with(opened: Any) -> LocalChat:
    return LocalChat(opened, checkpoint="org/open-7b", max_new_tokens=99)


@pytest.fixture
def picture(tmp_path: Path) -> dict[str, Any]:
    Image.new("RGB", (6, 4), "red").save(tmp_path / "a.png")
    return image_part(tmp_path / "a.png")


def test_a_chat_has_its_image_its_turns_and_the_form_of_the_reply(picture: dict[str, Any]) -> None:
    opened = Opened()
    model = chat_with(opened)
    assert (model.name, model.model, model.concurrency) == ("open-7b", "org/open-7b", 1)
    messages = [user_message("Is it?", picture), assistant_message("Yes."), user_message("Why?")]
    assert model.complete(messages, json_schema={"type": "object"}) == "Yes, the sand."
    (chat,) = opened.chats
    assert [turn["role"] for turn in chat] == ["user", "assistant", "user"]
    assert [part["type"] for part in chat[0]["content"]] == ["image", "text"]
    assert chat[2]["content"][0] == {"type": "text", "text": "Why?"}
    assert '{"type": "object"}' in chat[2]["content"][1]["text"]
    assert opened.images[0].getpixel((0, 0)) == (255, 0, 0)


def test_what_it_cannot_do_is_said(picture: dict[str, Any]) -> None:
    with pytest.raises(Problem, match="open-7b has no chat template, so it cannot annotate"):
        chat_with(Opened(None))
    with pytest.raises(Problem, match="chats about one image, not 0"):
        chat_with(Opened()).complete([user_message("Is it?")])
    with pytest.raises(Problem, match="only decodes greedily"):
        chat_with(Opened()).complete([user_message("Is it?", picture)], temperature=1)
