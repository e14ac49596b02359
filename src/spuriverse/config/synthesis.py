"""Images of the groups: who makes them, and what they must pass."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from spuriverse.config.base import Count, Name, Section, Share, unit

Side = Annotated[int, Field(ge=16, multiple_of=16)]


class OpenPipeline(Section):
    """An open text-to-image checkpoint, which is loaded here through diffusers."""

    checkpoint: str | None = Field(
        None, min_length=1, description="Folder of the checkpoint, or its name on the Hub."
    )
    revision: str | None = Field(
        None, min_length=1, description="Commit, tag or branch of the checkpoint on the Hub."
    )
    billions: float = Field(
        12,
        gt=0,
        description="Its size, which chooses what its job asks of a cluster (cluster.sizes).",
        json_schema_extra=unit("billions of parameters"),
    )
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        "auto",
        description="Number format of the weights on a GPU; auto is bfloat16. A CPU computes in"
        " float32.",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="Where it runs; auto takes a GPU if there is one."
    )
    cpu_offload: bool = Field(
        False, description="Keep the parts that are not at work in main memory; needs a GPU."
    )
    steps: Count | None = Field(
        None,
        description="Denoising steps; null for the pipeline's own default.",
        json_schema_extra=unit("steps"),
    )
    guidance: float | None = Field(
        None, ge=0, description="Guidance scale; null for the pipeline's own default."
    )
    negative_prompt: str = Field("", description="What images must not show, if the model can.")
    width: Side = Field(1152, description="Width of an image.", json_schema_extra=unit("pixels"))
    height: Side = Field(768, description="Height of an image.", json_schema_extra=unit("pixels"))
    batch_size: Count = Field(1, description="Images made at once.")
    editing: Literal["inpainting", "image_to_image"] = Field(
        "inpainting",
        description="How minimal pairs are made: inpainting changes a region and keeps the rest to"
        " the pixel, image_to_image goes over the whole image.",
    )
    edit_from: Literal["anchor", "core"] = Field(
        "core",
        description="What minimal pairs are made from: core edits each core image into a spurious"
        " one; anchor edits the anchor's image into both.",
    )
    regions: str | None = Field(
        None,
        min_length=1,
        description="Folder of masks <candidate_id>.png, white where the attribute is or should be;"
        " inpainting needs it.",
    )
    strength: float = Field(
        0.9, gt=0, le=1, description="How far an edit may go: 1 forgets what was there."
    )


class ImageApi(Section):
    """A service that makes images."""

    provider: Literal["stability", "openai"] = Field(
        "stability",
        description="Interface: Stability's, or the image endpoint of OpenAI and compatible"
        " servers.",
    )
    model: str | None = Field(
        None, min_length=1, description="What the service calls it: ultra, core, sd3.5-large, ..."
    )
    base_url: str | None = Field(
        None,
        pattern=r"^https?://",
        description="Address of the service; null for the provider's own.",
    )
    api_key_env: str | None = Field(
        "STABILITY_API_KEY",
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="Name of the environment variable with the key; null for a server without.",
    )
    aspect_ratio: str = Field(
        "3:2", pattern=r"^[1-9]\d*:[1-9]\d*$", description="Width to height, for stability."
    )
    size: str = Field(
        "1536x1024", pattern=r"^[1-9]\d*x[1-9]\d*$", description="Width x height, for openai."
    )
    concurrency: Count = Field(
        4, description="Requests at the same time.", json_schema_extra=unit("requests")
    )
    requests_per_minute: Count | None = Field(
        None, description="Most requests begun in a minute; null for no limit."
    )
    timeout: float = Field(
        180.0, gt=0, description="Patience with a request.", json_schema_extra=unit("seconds")
    )
    retries: int = Field(5, ge=0, description="Retries of a request that failed temporarily.")
    usd_per_image: float | None = Field(
        None,
        ge=0,
        description="Price of an image; null if it is not known. evaluation.budget_usd counts it.",
        json_schema_extra=unit("USD"),
    )


class Paste(Section):
    """Regions that were found in pictures, pasted into others or covered."""

    edit: Literal["paste", "cover"] = Field(
        "paste",
        description="What minimal pairs differ in: paste puts the region, or a placebo, into"
        " pictures that were answered rightly; cover covers the region, or a place beside it, in"
        " pictures that show it.",
    )
    fill: Literal["grey", "blur", "telea"] = Field(
        "blur",
        description="What covers a region: the mean colour of the rest, the picture blurred, or"
        " what Telea's inpainting continues from around the region.",
    )
    feather: float = Field(
        0.1,
        ge=0,
        le=0.5,
        description="Width of the soft edge, as a share of the region's shorter side.",
    )


class Gates(Section):
    """What images pass before any model is asked about them."""

    blank: float | None = Field(
        4.0,
        ge=0,
        description="Least standard deviation of some channel; null lets blank images through.",
        json_schema_extra=unit("grey levels"),
    )
    size: Share | None = Field(
        0.03,
        description="Largest relative deviation from the ratio of sides that was asked for; null"
        " for any.",
    )
    duplicate: int | None = Field(
        10,
        ge=0,
        le=256,
        description="Most bits, of 256, in which the perceptual hashes of near-duplicates within a"
        " group differ; null lets them through.",
        json_schema_extra=unit("bits"),
    )
    attribute: Literal["none", "probe", "lvlm", "clip"] = Field(
        "probe",
        description="Who checks that spurious images show the attribute and core images do not:"
        " a linear probe that learns it from benchmark images with lists of their attributes, a"
        " vision-language model, or a CLIP model by its score.",
    )
    attribute_model: Name | None = Field(
        None, description="The model that lvlm asks, one of models."
    )
    clip_checkpoint: str | None = Field(
        None, min_length=1, description="The CLIP model: its folder, or its name on the Hub."
    )
    clip_revision: str | None = Field(
        None, min_length=1, description="Commit, tag or branch of the CLIP model on the Hub."
    )
    clip_threshold: Share = Field(
        0.5, description="Least probability of the attribute for which it counts as present."
    )
    further_seeds: int = Field(
        5,
        ge=0,
        description="Most seeds tried in place of images that fail, a group and part.",
        json_schema_extra=unit("seeds"),
    )


class Synthesis(Section):
    """Counterfactual images of a candidate."""

    backend: Literal["world", "diffusers", "remote", "paste", "composites"] = Field(
        "world",
        description="Who makes the images: the renderer of the embedded world, an open checkpoint,"
        " a service, or nobody: paste edits the benchmark's own images, composites lays the"
        " cut-outs of benchmarks.composites on backgrounds.",
    )
    images_per_group: Annotated[int, Field(ge=2)] = Field(
        10, description="Images in each of the core and the spurious group."
    )
    fresh_images_per_group: Annotated[int, Field(ge=0)] = Field(
        10, description="Further images in each group, which take no part in the decision."
    )
    pairs: Literal["minimal", "independent"] = Field(
        "minimal",
        description="Whether a core and a spurious image of one seed differ in the attribute"
        " alone, or are drawn independently of each other.",
    )
    store: str = Field(
        "replies/images",
        min_length=1,
        description="Folder of what diffusers and remote have made; outside the results, as it was"
        " paid for.",
    )
    diffusers: OpenPipeline = Field(OpenPipeline(), description="The open checkpoint.")
    remote: ImageApi = Field(ImageApi(), description="The service.")
    paste: Paste = Field(Paste(), description="Regions pasted or covered.")
    gates: Gates = Field(Gates(), description="What images must pass.")

    @model_validator(mode="after")
    def _backend_is_described(self) -> "Synthesis":
        if self.backend == "diffusers" and self.diffusers.checkpoint is None:
            raise ValueError("backend diffusers needs diffusers.checkpoint, a folder or a name")
        if self.backend == "remote" and self.remote.model is None:
            raise ValueError("backend remote needs remote.model, such as ultra")
        if self.backend == "remote" and self.pairs == "minimal":
            raise ValueError("backend remote draws each image separately; set pairs to independent")
        if self.backend in ("paste", "composites") and self.pairs != "minimal":
            raise ValueError(
                f"backend {self.backend} makes minimal pairs only; set pairs to minimal"
            )
        if self.gates.attribute == "clip" and self.gates.clip_checkpoint is None:
            raise ValueError("gates.attribute clip needs gates.clip_checkpoint")
        return self

    @model_validator(mode="after")
    def _regions_are_given(self) -> "Synthesis":
        open_ = self.diffusers
        edits = self.backend == "diffusers" and self.pairs == "minimal"
        if edits and open_.editing == "inpainting" and open_.regions is None:
            raise ValueError(
                "minimal pairs by inpainting need diffusers.regions, the masks of where the"
                " attributes are; or set diffusers.editing to image_to_image"
            )
        return self
