"""What `snakemake shortcuts` tries and shows."""

from typing import Annotated

from pydantic import Field

from spuriverse.config.base import Count, Section, unit


class Shortcuts(Section):
    """Suspicions from pixels: what is tried of them, and what is shown."""

    tried: Count = Field(
        150,
        description="Most suspicions that are tried by editing pictures, the surest first. Each"
        " costs up to two questions for every one of pictures, fresh and covered.",
        json_schema_extra=unit("suspicions"),
    )
    pictures: Count = Field(
        40,
        description="Pictures per suspicion into which the region, or a placebo, is pasted; they"
        " decide.",
        json_schema_extra=unit("pictures"),
    )
    fresh: Annotated[int, Field(ge=0)] = Field(
        40,
        description="Further pictures for the same, which measure anew what the first decided.",
        json_schema_extra=unit("pictures"),
    )
    covered: Annotated[int, Field(ge=0)] = Field(
        20,
        description="Pictures per suspicion in which the region, or a place beside it, is covered.",
        json_schema_extra=unit("pictures"),
    )
    natural_share: Annotated[float, Field(gt=0, le=0.5)] = Field(
        0.25,
        description="Most of each right answer's questions that are compared where the suspicion is"
        " most present, and where it is absent.",
    )
    names: dict[str, Annotated[str, Field(min_length=1)]] = Field(
        default={},
        description="Names of suspicions by their number, such as region:7, once somebody has"
        " looked at them.",
    )
    presence: str | None = Field(
        None,
        min_length=1,
        description="A checkpoint by which natural pairs are ranked, for suspicions with a name: a"
        " CLIP or SigLIP, or an open-set detector (OWL-ViT, OWLv2); its folder or its name on the"
        " Hub. Null ranks all by the nearness to their clusters.",
    )
    words: list[Annotated[str, Field(min_length=1)]] = Field(
        default=[],
        description="Words of which presence gives every suspicion without a name the nearest.",
    )
    shown: Count = Field(
        4,
        description="Pictures per suspicion that the page shows with their regions outlined.",
        json_schema_extra=unit("pictures"),
    )
    side: Annotated[int, Field(ge=32)] = Field(
        512,
        description="Shortest side to which larger pictures are shrunk before they are edited.",
        json_schema_extra=unit("pixels"),
    )
