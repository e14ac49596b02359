"""Services that make images: Stability's, and those with the image endpoint of OpenAI.

The rules of the response store hold: a request is known by what would be sent, an image that has
arrived is never asked for again, and money is counted beside that of the models that reply.
"""

import base64
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spuriverse.discovery.synthesis.backends.interface import Description, Picture, Refusal
from spuriverse.discovery.synthesis.encoded import decode_image
from spuriverse.discovery.synthesis.kept import KeptImages
from spuriverse.models.remote import (
    CONTENT_FILTER,
    Endpoint,
    Filtered,
    Reply,
    RequestFailed,
    Sender,
    map_concurrently,
    refused_parameter,
    request_sha256,
)
from spuriverse.problems import Problem

if TYPE_CHECKING:
    import openai

FORM = 1
"""Part of every key: raise it when the same request comes to be put to services in another way."""

ADDRESSES = {
    "stability": "https://api.stability.ai/v2beta",
    "openai": "https://api.openai.com/v1",
}
OUTPUT_FORMAT = "png"

_PATHS_OF_THEIR_OWN = ("ultra", "core")
"""Models of Stability that are no variant of Stable Diffusion 3."""

_REQUESTS_AHEAD = 8


def load(
    *,
    provider: str,
    model: str,
    base_url: str | None,
    api_key_env: str | None,
    store: str | Path,
    folder: str | Path,
    aspect_ratio: str = "3:2",
    size: str = "1536x1024",
    concurrency: int = 4,
    requests_per_minute: int | None = None,
    timeout: float = 180.0,
    retries: int = 5,
    usd_per_image: float | None = None,
    budget_usd: float | None = None,
) -> "ImageService":
    """Return a service; nothing is sent yet.

    Args:
        provider: A key of `ADDRESSES`.
        model: What the service calls the model.
        base_url: Address of the service; None for the provider's own.
        api_key_env: Name of the environment variable with the key; None for a server without.
        store: The response store.
        folder: Where the images are kept.
        aspect_ratio: Width to height, for Stability.
        size: Width x height, for OpenAI.
        concurrency: Most requests at the same time.
        requests_per_minute: Most requests begun in a minute; None for no limit.
        timeout: Patience with a request, in seconds.
        retries: Retries of a request that failed temporarily.
        usd_per_image: Price of an image; None if unknown.
        budget_usd: Most that everything in the store may cost; None for no limit.

    Raises:
        Problem: There is no such provider, a budget but no price, or the address or the store
            cannot be used.
    """
    if provider not in ADDRESSES:
        raise Problem(f"There is no image service '{provider}'; use one of {', '.join(ADDRESSES)}.")
    if budget_usd is not None and usd_per_image is None:
        raise Problem(
            f"Image model {model} has no price, so budget_usd cannot be kept; give its"
            " usd_per_image, 0 if it is free, or set budget_usd to null."
        )
    address = (base_url or ADDRESSES[provider]).rstrip("/")
    sender = Sender(
        Endpoint(model, model, address, api_key_env, timeout),
        store,
        retries=retries,
        requests_per_minute=requests_per_minute,
        budget_usd=budget_usd,
    )
    api = StabilityApi(model, aspect_ratio) if provider == "stability" else OpenAIApi(model, size)
    return ImageService(api, sender, KeptImages(folder), concurrency, usd_per_image)


class StabilityApi:
    """Stability's interface: a multipart form, and the image itself in the reply."""

    def __init__(self, model: str, aspect_ratio: str) -> None:
        self._path = f"/stable-image/generate/{model if model in _PATHS_OF_THEIR_OWN else 'sd3'}"
        self._fields = {"aspect_ratio": aspect_ratio, "output_format": OUTPUT_FORMAT}
        if model not in _PATHS_OF_THEIR_OWN:
            self._fields["model"] = model

    def request(self, description: Description) -> dict[str, Any]:
        """Return the fields of the form."""
        return {**self._fields, "prompt": description.text, "seed": str(description.seed)}

    def ask(self, client: "openai.OpenAI", request: Mapping[str, Any]) -> tuple[bytes, bool]:
        """Return what came, and whether the filter withheld the image (it is blurred then)."""
        import openai

        reply = client.post(
            self._path,
            cast_to=openai.HttpxBinaryResponseContent,
            body=dict(request),
            options={"headers": {"Accept": "image/*", "Content-Type": "multipart/form-data"}},
        )
        reason = reply.response.headers.get("finish-reason", "")
        return reply.content, reason.upper() == "CONTENT_FILTERED"

    def correct(self, error: "openai.OpenAIError", request: Mapping[str, Any]) -> bool:
        """Nothing can be left out of a form."""
        return False


class OpenAIApi:
    """The image endpoint of OpenAI: JSON, and the image in base64; it has no seeds."""

    def __init__(self, model: str, size: str) -> None:
        self._fields = {"model": model, "size": size, "n": 1}
        self._formatted = not model.startswith("gpt-image")

    def request(self, description: Description) -> dict[str, Any]:
        """Return the body; the seed, which is not sent, tells one image from the next."""
        return {**self._fields, "prompt": description.text, "seed": description.seed}

    def ask(self, client: "openai.OpenAI", request: Mapping[str, Any]) -> tuple[bytes, bool]:
        """Return what came; a server that filters answers with an error."""
        sent = {key: value for key, value in request.items() if key != "seed"}
        if self._formatted:
            sent["response_format"] = "b64_json"
        reply = client.images.generate(**sent)
        images = getattr(reply, "data", None)
        text = getattr(images[0], "b64_json", None) if isinstance(images, list) and images else None
        return base64.b64decode(text or "", validate=True), False

    def correct(self, error: "openai.OpenAIError", request: Mapping[str, Any]) -> bool:
        """Leave the format out if the server sends base64 in any case."""
        asked = {**request, "response_format": "b64_json"}
        if self._formatted and refused_parameter(error, asked) == "response_format":
            self._formatted = False
            return True
        return False


class ImageService:
    """Asks a service for images, each once."""

    name = "remote"

    def __init__(
        self,
        api: StabilityApi | OpenAIApi,
        sender: Sender,
        kept: KeptImages,
        concurrency: int,
        usd_per_image: float | None,
    ) -> None:
        """Prepare; nothing is sent yet."""
        self.batch_size = concurrency * _REQUESTS_AHEAD
        self._api = api
        self._sender = sender
        self._kept = kept
        self._concurrency = concurrency
        self._usd = usd_per_image

    def make(self, descriptions: Sequence[Description]) -> list[Picture | Refusal]:
        """Ask for the images that were never asked for; see `Backend`."""
        return map_concurrently(
            self._make, descriptions, workers=self._concurrency, desc="images", unit="image"
        )

    def _make(self, description: Description) -> Picture | Refusal:
        endpoint, request = self._sender.endpoint, self._api.request(description)
        asked = {"form": FORM, "base_url": endpoint.base_url, "model": endpoint.model}
        key = request_sha256({**asked, "request": request})
        record = {
            "checkpoint": endpoint.model,
            "prompt": description.text,
            "seed": description.seed,
        }
        try:
            reply = self._sender.once(key, self._price, lambda: self._ask(key, request, record))
        except RequestFailed as failure:
            return Refusal("failed", str(failure), record)
        if reply.finish_reason == CONTENT_FILTER:
            return Refusal("filtered", "the content filter withheld the image", record)
        kept = self._kept.get(key)
        if kept is None:
            raise Problem(
                f"The image that {endpoint.model} was paid for is no longer in"
                f" {self._kept.folder}; bring the folder back, or move {self._sender.store.path}"
                " away, too, to ask for everything again."
            )
        return Picture(kept.content, record)

    def _price(self) -> float:
        return self._usd or 0.0

    def _ask(self, key: str, request: Mapping[str, Any], record: Mapping[str, object]) -> Reply:
        self._kept.require_room()
        started = time.perf_counter()

        def ask() -> tuple[bytes, bool] | None:
            content, filtered = self._api.ask(self._sender.client(), request)
            if filtered or decode_image(content) is not None:
                return content, filtered
            self._charge()
            return None

        try:
            content, filtered = self._sender.send(
                ask, expected="image", correct=lambda error: self._api.correct(error, request)
            )
        except Filtered:
            return Reply("", CONTENT_FILTER, seconds=time.perf_counter() - started, usd=0.0)
        if filtered:
            seconds = time.perf_counter() - started
            return Reply("", CONTENT_FILTER, seconds=seconds, usd=self._usd)
        try:
            sha256 = self._kept.put(key, content, {**record, "request": dict(request)})
        except Problem:
            self._charge()
            raise
        seconds = time.perf_counter() - started
        return Reply(sha256, "stop", seconds=seconds, usd=self._usd)

    def _charge(self) -> None:
        """The reply cannot be used, but is paid for."""
        self._sender.store.charge(self._sender.endpoint.model, 0, 0, self._usd)
