"""A model that is loaded here, in the place of one behind a server: it chats about an image."""

import base64
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image

from spuriverse.models.local import LocalModel
from spuriverse.problems import Problem


class LocalChat:
    """Replies to a chat as `RemoteModel.complete` does, one at a time.

    Attributes:
        name: What the tables call the model.
        model: The checkpoint.
        concurrency: Chats at the same time.
    """

    concurrency = 1

    def __init__(self, opened: LocalModel, *, checkpoint: str, max_new_tokens: int) -> None:
        """Take a loaded model.

        Args:
            opened: The model; its processor needs a chat template.
            checkpoint: Folder of the checkpoint or its name on the Hub.
            max_new_tokens: Where a reply is cut off.

        Raises:
            Problem: It has no chat template.
        """
        if opened.processor.chat_template is None:
            raise Problem(
                f"The model {opened.name} has no chat template, so it cannot annotate; name a"
                " model that follows instructions, or one behind a server."
            )
        self.name = opened.name
        self.model = checkpoint
        self._opened = opened
        self._max_new_tokens = max_new_tokens

    def complete(
        self,
        messages: Sequence[dict[str, Any]],
        *,
        json_schema: Mapping[str, Any] | None = None,
        temperature: float = 0,
    ) -> str:
        """Return the reply, the likeliest token at each step.

        Args:
            messages: A chat about one image, in the form that servers take.
            json_schema: Form of the reply, which is asked for in words.
            temperature: Must be 0.

        Raises:
            Problem: The chat has not exactly one image, or sampling is asked for.
        """
        if temperature:
            raise Problem(f"The model {self.name} is loaded in this job and only decodes greedily.")
        images: list[Image.Image] = []
        chat = [_plain(message, images) for message in messages]
        if len(images) != 1:
            raise Problem(f"The model {self.name} chats about one image, not {len(images)}.")
        if json_schema is not None:
            form = f"Reply with JSON alone that fits this schema: {json.dumps(json_schema)}"
            chat[-1]["content"].append({"type": "text", "text": form})
        prompt = self._opened.processor.apply_chat_template(
            chat, add_generation_prompt=True, tokenize=False
        )
        (reply,) = self._opened.generate(images, [prompt], max_new_tokens=self._max_new_tokens)
        return reply.text


def _plain(message: Mapping[str, Any], images: list[Image.Image]) -> dict[str, Any]:
    """Return a message as chat templates take it; its images are put into the list."""
    content = message["content"]
    parts: list[dict[str, Any]] = (
        [{"type": "text", "text": content}] if isinstance(content, str) else content
    )
    found: list[dict[str, Any]] = []
    for part in parts:
        if part["type"] == "text":
            found.append({"type": "text", "text": part["text"]})
        else:
            encoded = part["image_url"]["url"].partition(",")[2]
            images.append(Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGB"))
            found.append({"type": "image"})
    # Templates place the image before the text, as in all other prompts.
    found.sort(key=lambda part: part["type"] != "image")
    return {"role": message["role"], "content": found}
