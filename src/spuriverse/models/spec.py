"""What is known of a model before it is opened: where it is, and how it is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

from spuriverse.problems import Problem
from spuriverse.questions import Strategy, load_strategies

Dtype = Literal["auto", "float32", "bfloat16", "float16"]
Device = Literal["auto", "cpu", "cuda"]
Quantisation = Literal["none", "4-bit"]
Kernel = Literal["auto", "eager", "sdpa", "flash_attention_2"]
Answering = Literal["option_likelihood", "letter_logits", "generate"]
ClassesBy = Literal["zero_shot", "classifier"]


@dataclass(frozen=True)
class Server:
    """A model behind an OpenAI-compatible interface.

    Attributes:
        model: What the server calls it.
        base_url: Address of the server; replies are kept under it.
        store: File with the replies.
        api_key_env: Name of the environment variable with the key; None for a server without.
        timeout: Patience with one try of a request, in seconds.
        retries: Retries of a request that failed temporarily.
        max_tokens: Longest reply, in tokens.
        concurrency: Most requests at the same time.
        temperature: Of the sampling when it is evaluated; 0 is greedy.
        requests_per_minute: Most requests begun per minute; None for no limit.
        reply_format: Whether questions are answered in a text or in JSON that holds a letter.
        max_completion_tokens: Longest reply with its reasoning; None to send max_tokens.
        extra_body: Further entries of every request; None for none.
        price_in: USD per million tokens sent; None if unknown.
        price_out: USD per million tokens replied; None if unknown.
        budget_usd: Most that all models in the store may have cost together; None for no limit.
    """

    model: str
    base_url: str
    store: str
    api_key_env: str | None = None
    timeout: float = 120.0
    retries: int = 5
    max_tokens: int = 1024
    concurrency: int = 8
    temperature: float = 0.0
    requests_per_minute: float | None = None
    reply_format: Literal["text", "json"] = "text"
    max_completion_tokens: int | None = None
    extra_body: dict[str, Any] | None = None
    price_in: float | None = None
    price_out: float | None = None
    budget_usd: float | None = None


@dataclass(frozen=True)
class Classes:
    """How a model that only tells classes apart is asked.

    Attributes:
        by: `zero_shot` compares the image with the options, `classifier` has classes of its own.
        templates: Prompts of `zero_shot`, with `{}` for the option.
        named: Option -> class or classes of `classifier`, by name or number, where the option's
            text does not name them.
    """

    by: ClassesBy
    templates: Sequence[str] = ()
    named: Mapping[str, str | int | Sequence[str | int]] = field(default_factory=dict)


@dataclass(frozen=True)
class ModelSpec:
    """A model that is loaded from a checkpoint or asked through a server.

    Attributes:
        name: What the tables call it.
        checkpoint: Folder of the checkpoint or its id on the Hub; empty for one behind a server.
        server: The server; None for one that is loaded here. What follows, but for `prompts`,
            concerns only those that are loaded here.
        prompts: Folder of the user's prompt templates; None for ours.
        revision: Commit, tag or branch of a checkpoint on the Hub.
        dtype: Number format of the weights on a GPU; `auto` is the checkpoint's own.
        quantisation: `4-bit` needs a GPU.
        device: `auto` takes all GPUs there are, or else the CPU.
        attention: Kernel of attention; `auto` leaves it to transformers, and one that this machine
            or architecture lacks is replaced by that choice.
        token_env: Name of the environment variable with the Hub's token.
        show_options: Whether prompts list the options.
        answering: How it answers, see `answer_samples`.
        max_new_tokens: Longest reply of `generate`, in tokens.
        batch_size: Questions per forward pass.
        classes: How one is asked that only tells classes apart; None for one that reads questions.
    """

    name: str
    checkpoint: str = ""
    server: Server | None = None
    prompts: str | None = None
    revision: str | None = None
    dtype: Dtype = "float32"
    quantisation: Quantisation = "none"
    device: Device = "auto"
    attention: Kernel = "auto"
    token_env: str | None = "HF_TOKEN"
    show_options: bool = False
    answering: Answering = "option_likelihood"
    max_new_tokens: int = 512
    batch_size: int = 128
    classes: Classes | None = None

    def __post_init__(self) -> None:
        if bool(self.checkpoint) == (self.server is not None):
            raise ValueError(f"Give either a checkpoint or a server of the model {self.name}.")

    @classmethod
    def from_config(
        cls, name: str, config: Mapping[str, Any], *, quantisation: Quantisation | None = None
    ) -> "ModelSpec":
        """Return what the configuration says of one of its models.

        Args:
            name: A model of `zoo.models` or of `models`.
            config: The whole configuration as plain values.
            quantisation: Replaces the configured one; None keeps it.

        Raises:
            Problem: There is no such model, or it was recorded and cannot be asked.
        """
        evaluation = config["evaluation"]
        if name in (model["name"] for model in config["zoo"]["models"]):
            # The tiny models are asked the plain question, without templates and options.
            folder = f"{config['results']}/models/{name}"
            return cls(name, folder, batch_size=evaluation["batch_size"])
        entry = {model["name"]: model for model in config["models"]}.get(name)
        if entry is None or entry["backend"] == "recorded":
            raise Problem(
                f"The model {name} cannot be asked: it is neither one of zoo.models nor an entry of"
                " models with a checkpoint or a server."
            )
        if entry["backend"] == "openai":
            server = _server_of(entry, config["replies"], evaluation["budget_usd"])
            return cls(name, server=server, prompts=evaluation["prompts"])
        if entry["backend"] in get_args(ClassesBy):
            folder = f"{config['results']}/models/{name}"
            return _spec_of_classes(entry, folder, evaluation["batch_size"])
        known = _only_fields(cls, entry) | {"quantisation": quantisation or entry["quantisation"]}
        known["batch_size"] = entry["batch_size"] or evaluation["batch_size"]
        return cls(**known, prompts=evaluation["prompts"], show_options=True)

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> "ModelSpec":
        """Return the spec that `as_params` made plain."""
        server, classes = params["server"], params["classes"]
        return cls(
            **{
                **params,
                "server": Server(**server) if server else None,
                "classes": Classes(**classes) if classes else None,
            }
        )

    def strategies(self) -> dict[str, Strategy]:
        """Return the prompting strategies it can be asked by.

        Raises:
            Problem: As in `spuriverse.questions.load_strategies`.
        """
        return load_strategies(Path(self.prompts) if self.prompts else None)

    def as_params(self) -> dict[str, Any]:
        """Return the spec as plain values, which Snakemake compares with those of the last run."""
        return asdict(self)


def _server_of(entry: Mapping[str, Any], store: str, budget_usd: float | None) -> Server:
    known = _only_fields(Server, entry)
    if entry["serve"]:
        # The address is another one each time; replies are known by what made them.
        known |= {"base_url": f"serve:{entry['serve']['command']}", "api_key_env": None}
    return Server(**known, store=store, budget_usd=budget_usd)


def _spec_of_classes(entry: Mapping[str, Any], folder: str, batch_size: int) -> ModelSpec:
    how = Classes(entry["backend"], entry.get("templates", ()), entry.get("classes", {}))
    known = _only_fields(ModelSpec, entry)
    if entry["checkpoint"].startswith("package:"):
        known["checkpoint"] = folder
    return ModelSpec(
        **{**known, "batch_size": entry["batch_size"] or batch_size, "classes": how},
    )


def _only_fields(kind: type[Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(kind)}
    return {key: value for key, value in entry.items() if key in names}
