"""The study of the trade-off, and the wide study."""

from typing import Literal

from pydantic import Field, model_validator

from spuriverse.config.base import Count, Name, Section, Seed, Share, unit
from spuriverse.config.mitigations import Mitigations
from spuriverse.config.study import Study


class Finetuning(Section):
    """The study of the trade-off."""

    base_model: Name = Field("biased-0", description="Model that is fine-tuned.")
    seeds: list[Seed] = Field(
        default=[0, 1, 2], min_length=1, description="One split of the types and one run each."
    )
    proportions: list[Share] = Field(
        default=[0, 0.25, 0.5, 0.75, 1],
        min_length=1,
        description="Share of spurious samples in the training set.",
    )
    validation_share: Share = Field(0.1, description="Share of the attributes for validation.")
    test_share: Share = Field(0.2, description="Share of the attributes that are held out.")
    samples: Count = Field(
        640,
        description="Training samples, the same number at every proportion (if there are).",
        json_schema_extra=unit("samples"),
    )
    validation_samples: Count = Field(
        160, description="Validation samples.", json_schema_extra=unit("samples")
    )
    aligned_per_type: Count = Field(
        10,
        description="Pairs of aligned images per type that the study is measured on: one with the"
        " attribute where it leads to the right answer, and its twin without.",
        json_schema_extra=unit("minimal pairs"),
    )
    ordinary: Count = Field(
        1_000,
        description="Images drawn anew as natural ones are; those that show no attribute of a"
        " candidate where it helps or misleads are what the study takes for ordinary.",
        json_schema_extra=unit("images"),
    )
    layers: Literal["language", "vision", "both"] = Field(
        "both", description="Which towers get adapters."
    )
    rank: Count = Field(16, description="LoRA r.")
    alpha: Count = Field(16, description="LoRA alpha.")
    dropout: Share = Field(0.0, description="LoRA dropout.")
    learning_rate: float = Field(
        1e-3, gt=0, description="Peak of AdamW; the paper's 2e-4 is too low for tiny models."
    )
    weight_decay: float = Field(0.01, ge=0, description="Weight decay of AdamW.")
    warmup_steps: int = Field(
        5,
        ge=0,
        description="Steps of linear warm-up, then linear decay.",
        json_schema_extra=unit("steps"),
    )
    batch_size: Count = Field(32, description="Samples a forward pass.")
    accumulation: Count = Field(1, description="Forward passes an optimiser step.")
    optimiser: Literal["adamw", "paged_adamw_8bit"] = Field(
        "adamw", description="paged_adamw_8bit needs a GPU and the package bitsandbytes."
    )
    gradient_checkpointing: bool = Field(
        False, description="Compute activations twice, to save memory."
    )
    fit_memory: bool = Field(
        False,
        description="On a GPU, take the samples of an optimiser step in as few forward passes as"
        " its memory holds, found by trying, and compute activations twice only where it has to"
        " be; batch_size is the least. The gradient is that of the same samples.",
    )
    group_lengths: bool = Field(
        False,
        description="Share the samples of an optimiser step out to its forward passes by length, so"
        " that there is less padding.",
    )
    reuse_features: bool | None = Field(
        None,
        description="Compute the features of an image once where the vision tower is not trained;"
        " null does so on a GPU.",
    )
    quantisation: Literal["none", "4-bit"] | None = Field(
        None,
        description="Of the base model while it is trained; 4-bit needs a GPU and the package"
        " bitsandbytes; null for what its entry in models says.",
    )
    epochs: Count = Field(
        4,
        description="Most epochs; the best by validation loss is kept.",
        json_schema_extra=unit("epochs"),
    )
    patience: Count | None = Field(
        None,
        description="Epochs without a lower validation loss after which a run ends, since the best"
        " epoch is the one kept; null makes all epochs.",
        json_schema_extra=unit("epochs"),
    )
    threads: Count = Field(1, description="Threads a run.", json_schema_extra=unit("threads"))
    mitigations: Mitigations = Field(
        Mitigations(), description="The comparison of ways out of the trade-off."
    )
    study: Study = Field(Study(), description="The wide study, `snakemake finetuning_study`.")

    @model_validator(mode="after")
    def _parts_leave_training_types(self) -> "Finetuning":
        if self.validation_share + self.test_share >= 1:
            raise ValueError("validation_share + test_share must be below 1")
        return self
