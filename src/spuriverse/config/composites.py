"""Cut-outs on backgrounds: where they are, how they are laid, and who is asked."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from spuriverse.config.base import Count, Name, Section, Share, unit

Drawn = Literal["black", "white", "blue", "green", "yellow", "stripes", "checks", "spots", "clouds"]


class CompositesBenchmark(Section):
    """Cut-outs with transparency by class, laid on backgrounds by kind."""

    cutouts: str = Field(
        min_length=1,
        description="Folder of the cut-outs: a folder per class, or a file per class, each named"
        " as its class.",
    )
    classes: str | None = Field(
        None,
        min_length=1,
        description="CSV file with the columns file, below the folder of cut-outs, and class; null"
        " if the folders say it. Files that it does not name are not used.",
    )
    backgrounds: str | None = Field(
        None,
        min_length=1,
        description="Folder of the backgrounds: a folder per kind, named as its kind; null for none"
        " but those that are drawn.",
    )
    kinds: str | None = Field(
        None,
        min_length=1,
        description="CSV file with the columns file, below the folder of backgrounds, and kind;"
        " null if the folders say it.",
    )
    drawn: list[Drawn] = Field(
        default=[], description="Kinds of backgrounds that are drawn: colours and patterns."
    )
    distractors: list[Annotated[str, Field(min_length=1)]] = Field(
        default=[], description="Classes without cut-outs that are offered as answers as well."
    )
    question: str = Field("What is shown?", min_length=1, description="What is asked of each.")
    options: Annotated[int, Field(ge=2)] = Field(
        26,
        description="Most options of a question. Models that read have letters for 26; those that"
        " tell classes apart can choose from more.",
    )
    side: Annotated[int, Field(ge=16, le=1024)] = Field(
        256, description="Side of the square pictures.", json_schema_extra=unit("pixels")
    )
    smallest: float = Field(
        0.4,
        gt=0,
        le=1,
        description="Smallest size of a cut-out: its longer side as a share of the picture's side.",
    )
    largest: float = Field(0.6, gt=0, le=1, description="Largest size of a cut-out.")
    cutouts_per_class: Count = Field(2, description="Most cut-outs of a class.")
    backgrounds_per_kind: Count = Field(8, description="Most backgrounds of a kind.")
    refused_at_most: Share = Field(
        0.05, description="Largest share of cut-outs or backgrounds that may be unfit."
    )
    checked_by: Name | None = Field(
        None,
        description="Model of models with backend classifier that looks at every cut-out on grey"
        " and at every background alone; null to trust the folders.",
    )
    recognised: Share = Field(
        0.4, description="Least probability that it gives a cut-out's own class."
    )
    shown_at_most: Share = Field(
        0.2, description="Largest probability that it gives any class in a background alone."
    )
    models: list[Name] | None = Field(
        None, description="Models that are asked; null for all models of models that can be."
    )

    @model_validator(mode="after")
    def _can_be_laid(self) -> "CompositesBenchmark":
        if self.smallest > self.largest:
            raise ValueError("smallest must not exceed largest")
        if self.backgrounds is None and not self.drawn:
            raise ValueError(
                "composites needs backgrounds, a folder with a folder per kind, or drawn, such as"
                " [stripes, blue]"
            )
        return self

    def folders(self) -> dict[str, Any]:
        """Return where the parts are, as `Folders` takes it."""
        keys = {"cutouts", "classes", "backgrounds", "kinds", "drawn"}
        return {**self.model_dump(include=keys), "drawn_per_kind": self.backgrounds_per_kind}

    def composing(self, seed: int) -> dict[str, Any]:
        """Return how they are laid, as `Composing` takes it."""
        keys = {"question", "options", "distractors", "side"}
        keys |= {"cutouts_per_class", "backgrounds_per_kind"}
        return {
            **self.model_dump(include=keys),
            "sizes": [self.smallest, self.largest],
            "seed": seed,
        }

    def checking(self) -> dict[str, float]:
        """Return what the checking model asks of the parts."""
        return self.model_dump(include={"recognised", "shown_at_most"})
