"""A fine-tuned model with its remedies at inference: averaged with its base model, projected."""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from spuriverse.models.adapters import load_adapter
from spuriverse.models.encoding import ImageMemory, Prepared
from spuriverse.models.generation import Generated
from spuriverse.models.loading import is_id, load_model
from spuriverse.models.local import LocalModel
from spuriverse.models.nuisance import NuisanceProjection
from spuriverse.models.projector import changed_images
from spuriverse.problems import Problem
from spuriverse.questions import Question
from spuriverse.tables import write_text

ROBUST_FILE = "robust.json"
PROJECTION_FILE = "projection.safetensors"


class Remedies(NamedTuple):
    """What is done when the model is asked.

    Attributes:
        base_weight: Share of the base model's log-probabilities in those that decide, 0 to 1; 0
            costs nothing, any other a second forward pass.
        projection: Of the images of the fine-tuned model; the base model sees them as they are.
    """

    base_weight: float = 0.0
    projection: NuisanceProjection | None = None


class RobustModel(LocalModel):
    """A model with an adapter on it that answers with remedies.

    With the weight 0 and no projection, or one of rank 0, its answers are those of the model with
    the adapter to the last bit. What is averaged are the log-probabilities of options or letters,
    w x base + (1 - w) x fine-tuned: `generate` has none, so that it refuses a weight.
    """

    def __init__(self, tuned: LocalModel, remedies: Remedies) -> None:
        """Wrap a model.

        Args:
            tuned: A model with a LoRA adapter on it that is not merged, as `load_adapter` puts it
                there; without any adapter it is its own base model.
            remedies: What is done when it is asked.

        Raises:
            Problem: The weight is not within 0 and 1.
        """
        if not 0 <= remedies.base_weight <= 1:
            raise Problem(
                f"The base model's weight is {remedies.base_weight:g}; it must be within 0 and 1."
            )
        settings = (tuned.processor, tuned.show_options, tuned.strategies)
        super().__init__(tuned.name, tuned.model, *settings)
        self.remedies = remedies

    def choose(self, image: Image.Image, question: str, options: Sequence[str]) -> str:
        """Return the option that is the likeliest answer to a question about an image.

        Args:
            image: RGB, of any size.
            question: The question's text.
            options: Two or more answers to choose from.
        """
        asked = Question(question, tuple(options), 0)
        scores = self.option_likelihood([image], [asked], [self.prompt(asked)])[0]
        return options[max(range(len(scores)), key=scores.__getitem__)]

    def option_likelihood(
        self,
        images: Sequence[Image.Image] | Prepared,
        questions: Sequence[Question],
        prompts: Sequence[str],
        *,
        per_token: bool = False,
        memory: ImageMemory | None = None,
    ) -> list[list[float]]:
        """Score every option, as `LocalModel.option_likelihood`."""
        ask = super().option_likelihood
        return self._averaged(
            lambda kept: ask(images, questions, prompts, per_token=per_token, memory=kept), memory
        )

    def letter_logits(
        self,
        images: Sequence[Image.Image] | Prepared,
        questions: Sequence[Question],
        prompts: Sequence[str],
        *,
        memory: ImageMemory | None = None,
    ) -> list[list[float]]:
        """Score the letter of every option, as `LocalModel.letter_logits`."""
        ask = super().letter_logits
        return self._averaged(lambda kept: ask(images, questions, prompts, memory=kept), memory)

    def generate(
        self,
        images: Sequence[Image.Image] | Prepared,
        prompts: Sequence[str],
        *,
        max_new_tokens: int = 512,
        memory: ImageMemory | None = None,
    ) -> list[Generated]:
        """Reply to every prompt, as `LocalModel.generate`.

        Raises:
            Problem: There is a weight, and a free reply has no options to average over.
        """
        if self.remedies.base_weight:
            raise Problem(
                f"{self.name} is averaged with its base model over the options of a question, which"
                " a free reply has not; choose the answering option_likelihood or letter_logits,"
                " or a base_weight of 0."
            )
        with self._projected():
            return super().generate(images, prompts, max_new_tokens=max_new_tokens, memory=memory)

    def _averaged(
        self, ask: Callable[[ImageMemory | None], list[list[float]]], memory: ImageMemory | None
    ) -> list[list[float]]:
        with self._projected():
            tuned = ask(memory)
        weight = self.remedies.base_weight
        if not weight:
            return tuned
        with _without_adapter(self.model):
            base = ask(None)  # what the memory holds are the fine-tuned model's features
        return [average_scores(*rows, weight) for rows in zip(base, tuned, strict=True)]

    @contextmanager
    def _projected(self) -> Iterator[None]:
        projection = self.remedies.projection
        if projection is None or not len(projection.directions):
            yield
            return
        with changed_images(self.model, projection):
            yield


def average_scores(base: Sequence[float], tuned: Sequence[float], weight: float) -> list[float]:
    """Return the log-probabilities of a question's options that decide.

    Args:
        base: The base model's.
        tuned: The fine-tuned model's, of the same options.
        weight: As `Remedies.base_weight`.
    """
    return [weight * b + (1 - weight) * t for b, t in zip(base, tuned, strict=True)]


@contextmanager
def _without_adapter(model: Any) -> Iterator[None]:
    """The base model under an adapter, as long as the block lasts."""
    from peft.tuners.lora import LoraLayer

    layers = [module for module in model.modules() if isinstance(module, LoraLayer)]
    for layer in layers:
        layer.enable_adapters(enabled=False)
    try:
        yield
    finally:
        for layer in layers:
            layer.enable_adapters(enabled=True)


def save_remedies(
    folder: Path,
    remedies: Remedies,
    *,
    checkpoint: str | Path,
    scale: float,
    ways: Mapping[str, Any],
) -> None:
    """Write beside an adapter what `load_robust_model` needs to open it with its remedies.

    Args:
        folder: Holds the adapter, or nothing yet if there is none.
        remedies: What is done when the model is asked.
        checkpoint: The base model: a folder, noted as it is reached from `folder`, or an id of the
            Hub.
        scale: Factor of the adapter's change of the weights; 0 for no adapter.
        ways: How the base model is loaded and asked: keyword arguments of `load_model`, plain.
    """
    from safetensors.torch import save_file

    where = str(checkpoint)
    if not is_id(checkpoint):
        where = os.path.relpath(Path(checkpoint).resolve(), folder.resolve())
    noted = {
        "checkpoint": where,
        "checkpoint_is_id": is_id(checkpoint),
        "scale": scale,
        "base_weight": remedies.base_weight,
        "load": dict(ways),
    }
    if remedies.projection is not None:
        noted["strength"] = remedies.projection.strength
        tensors = {
            "directions": remedies.projection.directions,
            "centre": remedies.projection.centre,
        }
        whole = {name: tensor.contiguous() for name, tensor in tensors.items()}
        save_file(whole, folder / PROJECTION_FILE)
    write_text(folder / ROBUST_FILE, json.dumps(noted, indent=2) + "\n")


def load_robust_model(
    folder: str | Path, *, base: str | Path | None = None, threads: int = 1
) -> RobustModel:
    """Open a robust model: base model, adapter, projection and weight of the average.

    Args:
        folder: As `snakemake robust_model` made it.
        base: Folder or id of the base model, if it is no longer where it was.
        threads: Threads of the forward passes on the CPU.

    Raises:
        Problem: The folder is none of a robust model, or the base model is missing or another one.
    """
    folder = Path(folder)
    try:
        noted = json.loads((folder / ROBUST_FILE).read_text(encoding="utf-8"))
        where, scale, weight = noted["checkpoint"], noted["scale"], noted["base_weight"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Problem(
            f"{folder} holds no robust model ({ROBUST_FILE}: {type(error).__name__}); make one with"
            " `snakemake --cores all robust_model`."
        ) from error
    found = base or (where if noted["checkpoint_is_id"] else os.path.normpath(folder / where))
    model = load_model(found, threads=threads, **noted["load"])
    if scale:
        _put_on(model, folder, scale)
    return RobustModel(model, Remedies(weight, _read_projection(folder, noted)))


def _put_on(model: LocalModel, folder: Path, scale: float) -> None:
    from peft.tuners.lora import LoraLayer

    load_adapter(model.model, folder)
    for module in model.model.modules():
        if isinstance(module, LoraLayer):
            module.scale_layer(scale)
    model.model.eval()


def _read_projection(folder: Path, noted: Mapping[str, Any]) -> NuisanceProjection | None:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if "strength" not in noted:
        return None
    try:
        tensors = load_file(folder / PROJECTION_FILE)
        return NuisanceProjection(tensors["directions"], tensors["centre"], noted["strength"])
    except (OSError, KeyError, SafetensorError) as error:
        raise Problem(
            f"{folder / PROJECTION_FILE} is missing or broken ({type(error).__name__}); make the"
            " robust model again with `snakemake --cores all robust_model`."
        ) from error
