"""Open the model of a spec, wherever it is."""

from dataclasses import asdict

from spuriverse.models.classifying import ClassifyingModel, ImageClassifier, ZeroShotModel
from spuriverse.models.contrastive import load_contrastive
from spuriverse.models.loading import load_model, open_pretrained, placement_on_one
from spuriverse.models.local import LocalModel
from spuriverse.models.local_chat import LocalChat
from spuriverse.models.remote import RemoteModel
from spuriverse.models.spec import ModelSpec
from spuriverse.problems import Problem


def open_checkpoint(spec: ModelSpec, *, threads: int = 1) -> LocalModel:
    """Load a model that has a checkpoint.

    Args:
        spec: Where it is and how it is loaded.
        threads: Threads of its forward passes on the CPU.

    Raises:
        Problem: It is behind a server, or as in `spuriverse.models.load_model`.
    """
    if spec.server is not None:
        raise Problem(
            f"The model {spec.name} is behind a server, and this step needs one with a checkpoint;"
            " name a model of the zoo or one with backend transformers."
        )
    if spec.classes is not None:
        raise Problem(
            f"The model {spec.name} only tells classes apart, and this step needs one that reads"
            " and writes; name a model of the zoo or one with backend transformers."
        )
    return load_model(
        spec.checkpoint,
        name=spec.name,
        threads=threads,
        revision=spec.revision,
        dtype=spec.dtype,
        quantisation=spec.quantisation,
        device=spec.device,
        attention=spec.attention,
        token_env=spec.token_env,
        show_options=spec.show_options,
        strategies=spec.strategies(),
    )


def open_classifying(spec: ModelSpec, *, threads: int = 1) -> ClassifyingModel:
    """Load a model that only tells classes apart.

    Args:
        spec: Where it is and how it is asked.
        threads: Threads of its forward passes on the CPU.

    Raises:
        Problem: It is another kind of model, there is no such checkpoint, or the entry names
            classes that it does not have.
    """
    if spec.classes is None:
        raise Problem(f"The model {spec.name} is asked in words, not for classes.")
    if spec.classes.by == "zero_shot":
        return ZeroShotModel(
            spec.name,
            load_contrastive(
                spec.checkpoint,
                name=spec.name,
                threads=threads,
                revision=spec.revision,
                dtype=spec.dtype,
                device=spec.device,
                token_env=spec.token_env,
            ),
            spec.classes.templates,
        )
    settings = placement_on_one(spec.checkpoint, threads, spec.dtype, spec.device)
    kinds = ("AutoModelForImageClassification", "AutoImageProcessor")
    model, processor = open_pretrained(
        spec.checkpoint, settings, spec.revision, spec.token_env, kinds
    )
    return ImageClassifier(spec.name, model.eval(), processor, spec.classes.named)


def open_here(spec: ModelSpec, *, threads: int = 1) -> LocalModel | ClassifyingModel:
    """Load a model that has a checkpoint and answers questions, whether it reads them or not.

    Args:
        spec: Where it is and how it is asked.
        threads: Threads of its forward passes on the CPU.

    Raises:
        Problem: As in `open_checkpoint` and `open_classifying`.
    """
    opens = open_checkpoint if spec.classes is None else open_classifying
    return opens(spec, threads=threads)


def open_remote(spec: ModelSpec, *, address: str | None = None) -> RemoteModel:
    """Prepare a model that is behind a server; nothing is sent yet.

    Args:
        spec: Its server.
        address: Where the server is this time, if the workflow started it.

    Raises:
        Problem: It is not behind a server, or as in `RemoteModel`.
    """
    if spec.server is None:
        raise Problem(
            f"The model {spec.name} has a checkpoint, and this step needs one behind a server; name"
            " an entry of models with backend openai."
        )
    return RemoteModel(spec.name, **asdict(spec.server), address=address)


def open_chat(
    spec: ModelSpec, *, threads: int = 1, address: str | None = None
) -> RemoteModel | LocalChat:
    """Open a model that chats about images, wherever it is.

    Args:
        spec: The model.
        threads: Threads of the forward passes of one that is loaded here.
        address: Where the server is this time, if the workflow started it.

    Raises:
        Problem: As in `open_checkpoint` and `open_remote`, or it cannot chat.
    """
    if spec.server is not None:
        return open_remote(spec, address=address)
    opened = open_checkpoint(spec, threads=threads)
    return LocalChat(opened, checkpoint=spec.checkpoint, max_new_tokens=spec.max_new_tokens)
