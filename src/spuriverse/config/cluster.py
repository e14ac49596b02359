"""What jobs ask of a cluster, by the size of the model they load."""

from itertools import pairwise

from pydantic import Field, model_validator

from spuriverse.config.base import Count, Section, unit


class Size(Section):
    """A row of the table: what a job asks for that loads a model of at most this size."""

    billions: float = Field(
        ge=0,
        description="Largest model of this row.",
        json_schema_extra=unit("billions of parameters"),
    )
    gpu: int = Field(ge=0, description="GPUs a job.", json_schema_extra=unit("GPUs"))
    mem_mb: Count = Field(
        description="Memory of the first attempt; the second asks for twice as much, and so on.",
        json_schema_extra=unit("MB"),
    )
    runtime: Count = Field(
        description="Time limit of the first attempt; the second asks for twice as much, and so"
        " on.",
        json_schema_extra=unit("minutes"),
    )
    finetuning_runtime: Count | None = Field(
        None,
        description="The same of a job that fine-tunes the model, several times one after the"
        " other; null for three times `runtime`.",
        json_schema_extra=unit("minutes"),
    )
    cpus: Count = Field(
        description="CPUs a job; the tiny models take the threads that their section says.",
        json_schema_extra=unit("CPUs"),
    )

    @property
    def minutes_to_finetune(self) -> int:
        """Time limit of the first attempt of a job that fine-tunes the model."""
        return self.finetuning_runtime or 3 * self.runtime


class Cluster(Section):
    """What jobs ask of a cluster."""

    sizes: list[Size] = Field(
        default=[
            Size(billions=0.05, gpu=0, mem_mb=3_000, runtime=60, cpus=1),
            Size(billions=4, gpu=1, mem_mb=24_000, runtime=240, cpus=8),
            Size(billions=15, gpu=1, mem_mb=48_000, runtime=480, cpus=8),
            Size(billions=40, gpu=2, mem_mb=96_000, runtime=960, cpus=16),
            Size(billions=100, gpu=4, mem_mb=192_000, runtime=1_440, cpus=32),
        ],
        min_length=1,
        description="What a job that loads a model asks for, by the model's size; the first row"
        " also serves the tiny models and those that are asked elsewhere.",
    )
    max_runtime: Count = Field(
        2_880,
        description="No job asks for more, whatever its size or attempt: the longest time limit of"
        " the partitions. SLURM would let a job wait forever that asks for more.",
        json_schema_extra=unit("minutes"),
    )
    gpu_hour_usd: float | None = Field(
        None,
        ge=0,
        description="Price of an hour of one GPU, for `snakemake plan`; null if it costs nothing"
        " or is not known.",
        json_schema_extra=unit("USD"),
    )

    def size_of(self, billions: float) -> Size:
        """Return the first row that is large enough."""
        return next(size for size in self.sizes if billions <= size.billions)

    def minutes(self, first: int, attempt: int) -> int:
        """Return the time limit of an attempt, from that of the first."""
        return min(first * attempt, self.max_runtime)

    @model_validator(mode="after")
    def _rows_ascend(self) -> "Cluster":
        bounds = [size.billions for size in self.sizes]
        if any(low >= high for low, high in pairwise(bounds)):
            raise ValueError("give cluster.sizes in ascending order of billions")
        return self
