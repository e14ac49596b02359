"""The interface between those who want images and those who make them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Group = Literal["core", "spurious"]
GROUPS: tuple[Group, Group] = ("core", "spurious")


@dataclass(frozen=True)
class Description:
    """What one image should show.

    Attributes:
        candidate_id: The candidate.
        group: Whether the image should show the attribute ("spurious") or not ("core").
        seed: From 1. The core and the spurious image of one candidate with the same seed belong
            together.
        text: The scene in a sentence: the prompt.
        attribute: What the spurious group shows and the core group does not, "kind:value" or words.
        question: The candidate's question, which is asked about every image.
        answer: Its right answer, the same for both groups.
        anchor: File of the image of the anchor.
        core_text: The scene without the attribute, which an edit may start from.
        spurious_text: The scene with it.
    """

    candidate_id: str
    group: Group
    seed: int
    text: str
    attribute: str
    question: str
    answer: str
    anchor: str = ""
    core_text: str = ""
    spurious_text: str = ""


@dataclass(frozen=True)
class Picture:
    """An image that was made.

    Attributes:
        content: The encoded file, PNG or what the server sent.
        record: What made it, columns of the table `image_records`; two images with the same record
            have the same bytes.
    """

    content: bytes
    record: Mapping[str, object]


@dataclass(frozen=True)
class Refusal:
    """An image that was not made, though others may be.

    Attributes:
        outcome: "filtered" if a content filter withheld it, "failed" for any other reason.
        reason: Why, in a sentence.
        record: As a picture's.
        another_seed: Whether another seed may succeed.
    """

    outcome: Literal["filtered", "failed"]
    reason: str
    record: Mapping[str, object]
    another_seed: bool = True


class Backend(Protocol):
    """Who makes images.

    Attributes:
        name: What the column `generator` of the table `groups` says.
        batch_size: Images it likes to be asked for at once.
    """

    name: str
    batch_size: int

    def make(self, descriptions: Sequence[Description]) -> list[Picture | Refusal]:
        """Make an image of each description.

        Returns:
            A picture or a refusal for each, in their order.

        Raises:
            Problem: No image can be made: the checkpoint is unknown or lacks what is asked of it,
                the server refuses the key, the budget is used up.
        """
        ...
