"""Models that tell classes apart: they answer questions whose options are classes."""

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PIL import Image

from spuriverse.models.class_names import ClassNames, drop_article
from spuriverse.models.contrastive import ContrastiveModel
from spuriverse.models.encoding import Prepared
from spuriverse.problems import Problem
from spuriverse.questions import Question

if TYPE_CHECKING:
    import torch

_NAMED = 10


class ClassifyingModel(ABC):
    """Looks at an image and scores classes; the text of a question is not read.

    Attributes:
        name: What the tables call the model.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._faults: dict[str, str] = {}
        # Variants of a question ask about the same images one after the other.
        self._last: tuple[Any, torch.Tensor] | None = None

    def prompts(self, questions: Iterable[Question], strategy: str = "direct") -> list[str]:
        """Return what the model reads of each question, as a text: what stands for its options.

        Raises:
            Problem: The strategy is another than `direct`.
        """
        if strategy != "direct":
            raise Problem(
                f"{self.name} tells classes apart and reads no prompt, so it cannot be asked by the"
                f" strategy {strategy}; ask it by direct."
            )
        return ["\n".join(" / ".join(self.marks(o)) for o in q.options) for q in questions]

    def image_tokens(self, images: Sequence[str]) -> list[int]:
        """Return 0 for every image: all take the same time."""
        return [0] * len(images)

    def prepare(self, images: Sequence[Image.Image], prompts: Sequence[str]) -> Prepared:
        """Return what the processor makes of n RGB images; the prompts do not matter to it."""
        return Prepared(self.process(images))

    def refuse(self, questions: Sequence[Question]) -> dict[int, str]:
        """Say which questions cannot be asked, before any image is opened.

        Args:
            questions: All that will be asked; the texts of their options are read here.

        Returns:
            Place among the questions -> why.
        """
        new = {o for q in questions for o in q.options} - self._faults.keys()
        self._faults |= self.read(sorted(new))
        faults = {}
        for place, question in enumerate(questions):
            if reason := self._fault(question):
                faults[place] = f"{self.name} {reason}"
        return faults

    def summarise(self, questions: Sequence[Question]) -> str:
        """Return why some questions that `refuse` has seen cannot be asked, option by option."""
        counts = Counter(o for q in questions for o in q.options if self._faults[o])
        if not counts:
            return next(fault for q in questions if (fault := self._fault(q)))
        by_reason: dict[str, list[str]] = {}
        for option, _ in counts.most_common():
            by_reason.setdefault(self._faults[option], []).append(f"'{option}'")
        return " and ".join(
            f"{reason} {', '.join(named[:_NAMED])}"
            + (f" and {len(named) - _NAMED} more" if len(named) > _NAMED else "")
            for reason, named in by_reason.items()
        )

    def option_scores(self, prepared: Prepared, questions: Sequence[Question]) -> list[list[float]]:
        """Score every option of every question.

        Args:
            prepared: The images, one per question, as `prepare` returns them.
            questions: Questions that `refuse` let pass.

        Returns:
            For every question a score per option, the higher the likelier; see the classes.
        """
        import torch

        with torch.inference_mode():
            seen = self._see(prepared.inputs)
            return [
                self.score(row, question.options)
                for row, question in zip(seen, questions, strict=True)
            ]

    @abstractmethod
    def read(self, options: Sequence[str]) -> dict[str, str]:
        """Take in the texts of options that are new, and say of each what is wrong; empty if not.

        What is wrong is put so that the model's name before it and options behind it make a
        sentence.
        """

    @abstractmethod
    def marks(self, option: str) -> list[str]:
        """Return what stands for an option in the model; options with one in common are alike."""

    @abstractmethod
    def process(self, images: Sequence[Image.Image]) -> Any:
        """Return the inputs of a forward pass over RGB images, on the CPU."""

    @abstractmethod
    def see(self, inputs: Any) -> "torch.Tensor":
        """Return what the model makes of images, a row each."""

    @abstractmethod
    def score(self, row: "torch.Tensor", options: Sequence[str]) -> list[float]:
        """Return the scores of options, given what the model made of an image."""

    def _fault(self, question: Question) -> str:
        if any(self._faults[option] for option in question.options):
            return self.summarise([question])
        seen: dict[str, str] = {}
        for option in question.options:
            for mark in self.marks(option):
                if (first := seen.setdefault(mark, option)) != option:
                    return f"cannot tell the options '{first}' and '{option}' apart"
        return ""

    def _see(self, inputs: Any) -> "torch.Tensor":
        import torch

        if self._last is not None:
            before, seen = self._last
            if before.keys() == inputs.keys() and all(
                torch.equal(before[key], inputs[key]) for key in inputs
            ):
                return seen
        kept = dict(inputs)
        seen = self.see(inputs).cpu()
        self._last = kept, seen
        return seen


class ZeroShotModel(ClassifyingModel):
    """A CLIP or SigLIP: the option whose texts are most like the image is chosen.

    Its scores are the checkpoint's logits: the cosine of image and option, times the checkpoint's
    scale, plus its bias if it has one. An option is the mean of its prompts.
    """

    def __init__(self, name: str, model: ContrastiveModel, templates: Sequence[str]) -> None:
        """Take a model and its prompts.

        Args:
            name: What the tables call the model.
            model: The checkpoint.
            templates: Prompts with `{}` for the option without its article, at least one.
        """
        super().__init__(name)
        self._model, self._templates = model, list(templates)
        self._texts: dict[str, torch.Tensor] = {}

    def read(self, options: Sequence[str]) -> dict[str, str]:
        faults = {option: self._unreadable(drop_article(option)) for option in options}
        sound = {drop_article(option) for option, fault in faults.items() if not fault}
        if new := sorted(sound - self._texts.keys()):
            embedded = self._model.embed_names(new, self._templates).cpu()
            self._texts |= dict(zip(new, embedded, strict=True))
        return faults

    def marks(self, option: str) -> list[str]:
        text = drop_article(option)
        return [template.replace("{}", text) for template in self._templates]

    def process(self, images: Sequence[Image.Image]) -> Any:
        return self._model.prepare(images)

    def see(self, inputs: Any) -> "torch.Tensor":
        return self._model.embed_images(inputs)

    def score(self, row: "torch.Tensor", options: Sequence[str]) -> list[float]:
        import torch

        texts = torch.stack([self._texts[drop_article(option)] for option in options])
        scores: list[float] = self._model.scale(texts @ row).tolist()
        return scores

    def _unreadable(self, text: str) -> str:
        if not self._model.knows(text):
            return "has no token for"
        if not self._model.reads_whole(text, self._templates):
            return "would read only the beginning of"
        return ""


class ImageClassifier(ClassifyingModel):
    """A network with classes of its own: the option whose class is the likeliest is chosen.

    Its scores are log-probabilities among all classes, in natural-log units; where several classes
    stand for an option, their probabilities are added.
    """

    def __init__(
        self,
        name: str,
        model: Any,
        processor: Any,
        named: Mapping[str, str | int | Sequence[str | int]],
    ) -> None:
        """Take a model and the names of its classes.

        Args:
            name: What the tables call the model.
            model: A model of `AutoModelForImageClassification`.
            processor: Its processor.
            named: Option -> class or classes, as `ClassNames` takes them.

        Raises:
            Problem: As in `ClassNames`.
        """
        super().__init__(name)
        self._model, self._processor = model, processor
        labels = [str(label) for _, label in sorted(model.config.id2label.items())]
        if not named and all(re.fullmatch(r"LABEL_\d+", label) for label in labels):
            raise Problem(
                f"The checkpoint of {name} does not name its {len(labels)} classes; say in classes"
                " of its entry of models which number stands for which option"
                " (docs/add-a-model.md)."
            )
        self._names = ClassNames(name, labels, named)

    def read(self, options: Sequence[str]) -> dict[str, str]:
        return {o: "" if self._names.find(o) else "has no class for" for o in options}

    def marks(self, option: str) -> list[str]:
        return [f"{i} {self._names.labels[i]}" for i in self._names.find(option)]

    def process(self, images: Sequence[Image.Image]) -> Any:
        return self._processor(images=list(images), return_tensors="pt")

    def see(self, inputs: Any) -> "torch.Tensor":
        moved = {
            key: value.to(self._model.device, self._model.dtype) if key == "pixel_values" else value
            for key, value in inputs.items()
        }
        scores: torch.Tensor = self._model(**moved).logits.float().log_softmax(-1)
        return scores

    def score(self, row: "torch.Tensor", options: Sequence[str]) -> list[float]:
        return [float(row[list(self._names.find(option))].logsumexp(-1)) for option in options]
