"""A vision-language model that is asked about each image."""

import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from spuriverse.discovery.synthesis.backends import Description
from spuriverse.models import ModelSpec, open_remote
from spuriverse.models.remote import (
    RemoteModel,
    RequestFailed,
    image_part,
    map_concurrently,
    user_message,
)

QUESTION = (
    "Does this image show the following, in whatever form? Begin your answer with Yes or No.\n"
    "{attribute}"
)

_VERDICT = re.compile(r"\W*(yes|no)\b", re.IGNORECASE)


def load(settings: Mapping[str, Any]) -> "LvlmJudge":
    """Return a judge that asks the model of `attribute_spec`, a `ModelSpec.as_params`."""
    return LvlmJudge(open_remote(ModelSpec.from_params(settings["attribute_spec"])))


class LvlmJudge:
    """Asks a model; the replies are kept in its store."""

    def __init__(self, model: RemoteModel) -> None:
        """Ask this model."""
        self._model = model

    def are_present(
        self, descriptions: Sequence[Description], images: Sequence[Image.Image]
    ) -> list[bool | None]:
        """Ask about every image; in doubt where the reply is neither yes nor no, or fails."""
        return map_concurrently(
            self._ask,
            list(zip(descriptions, images, strict=True)),
            workers=self._model.concurrency,
            desc=f"asking {self._model.name}",
            unit="image",
        )

    def _ask(self, pair: tuple[Description, Image.Image]) -> bool | None:
        description, image = pair
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "image.png"
            image.save(path)
            part = image_part(path)
        question = QUESTION.format(attribute=words_of(description.attribute))
        try:
            reply = self._model.complete([user_message(question, part)])
        except RequestFailed:
            return None
        found = _VERDICT.match(reply)
        return None if found is None else found.group(1).lower() == "yes"


def words_of(attribute: str) -> str:
    """Return an attribute such as "background:tall_grass" in words."""
    kind, _, value = attribute.partition(":")
    return f"{kind}: {value}".replace("_", " ").replace("-", " ") if value else kind
