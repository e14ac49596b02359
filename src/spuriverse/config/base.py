"""What all sections of the configuration are made of."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0)]
Template = Annotated[str, Field(pattern=r"^[^{}]*\{\}[^{}]*$")]
"""A prompt with one place, {}, for the name of a class."""


def unit(name: str) -> dict[str, JsonValue]:
    return {"unit": name}


class Section(BaseModel):
    """A closed, immutable part of the configuration: an unknown key is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)
