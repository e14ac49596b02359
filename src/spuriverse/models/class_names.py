"""Which classes of a classifier the text of an option names."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from spuriverse.problems import Problem

_ARTICLES = ("a ", "an ", "the ")
_MARKS = ".,;:!?\"'`()[]"
_IRREGULAR = {
    "children": "child",
    "feet": "foot",
    "geese": "goose",
    "men": "man",
    "mice": "mouse",
    "oxen": "ox",
    "people": "person",
    "teeth": "tooth",
}
_SINGULAR = (
    (r"men$", ("man",)),
    (r"ies$", ("y", "ie")),
    (r"ves$", ("f", "fe", "ve")),
    (r"(?<=s)es$|(?<=x)es$|(?<=z)es$|(?<=ch)es$|(?<=sh)es$|(?<=o)es$", ("", "e")),
    (r"(?<!s)s$", ("",)),
)
"""End of a plural, and what may stand in its place in the singular."""

_SHORTEST = 3
"""Letters of the longest word that is not taken for a plural: gas, bus."""


def drop_article(text: str) -> str:
    """Return a text without white space around it, a full stop at its end and a leading article."""
    bare = " ".join(text.split()).rstrip(".")
    for article in _ARTICLES:
        if bare.casefold().startswith(article):
            return bare[len(article) :]
    return bare


def plain_name(text: str) -> str:
    """Return the name of a class in the form in which names are compared.

    Compatibility forms of letters are unified (NFKC), capitals made small, hyphens, underscores and
    runs of white space one space, marks around the whole dropped, and then a leading article.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    spaced = re.sub(r"[\s_\u2010-\u2015-]+", " ", folded).replace("\u2019", "'")
    return drop_article(spaced.strip(f" {_MARKS}")).strip(f" {_MARKS}")


def singular_forms(name: str) -> set[str]:
    """Return a name, and the names with each singular of which its last word may be the plural.

    Args:
        name: As `plain_name` returns it.
    """
    before, _, last = name.rpartition(" ")
    head = f"{before} " if before else ""
    found = {name}
    if last in _IRREGULAR:
        found.add(head + _IRREGULAR[last])
    for end, singulars in _SINGULAR:
        if re.search(end, last) and len(last) > _SHORTEST:
            found |= {head + re.sub(end, singular, last) for singular in singulars}
    return found


class ClassNames:
    """Finds the classes that an option stands for.

    The first of these that finds any class decides, and all that it finds count: what the user
    wrote of the option; a label, or one of its names between commas, that is the option's text; the
    same up to singular and plural of the last word.
    """

    def __init__(
        self, name: str, labels: Sequence[str], given: Mapping[str, str | int | Sequence[str | int]]
    ) -> None:
        """Prepare to look options up.

        Args:
            name: What messages call the model.
            labels: The label of every class, in its order; names may stand between commas.
            given: Option -> class or classes, by name or number, that the user wrote.

        Raises:
            Problem: The user names a class that there is not.
        """
        self.name, self.labels = name, list(labels)
        self._exact: dict[str, set[int]] = {}
        self._singular: dict[str, set[int]] = {}
        for number, label in enumerate(labels):
            for text in {label, *label.split(",")}:
                if plain := plain_name(text):
                    self._exact.setdefault(plain, set()).add(number)
                    for form in singular_forms(plain):
                        self._singular.setdefault(form, set()).add(number)
        self._given = {plain_name(o): self._read(o, wanted) for o, wanted in given.items()}

    def find(self, option: str) -> tuple[int, ...]:
        """Return the numbers of the classes that an option stands for, in order; may be empty."""
        plain = plain_name(option)
        alike = [self._singular.get(form, set()) for form in singular_forms(plain)]
        return tuple(
            sorted(self._given.get(plain) or self._exact.get(plain) or set[int]().union(*alike))
        )

    def _read(self, option: str, wanted: str | int | Sequence[str | int]) -> set[int]:
        found: set[int] = set()
        for each in [wanted] if isinstance(wanted, str | int) else wanted:
            if isinstance(each, str):
                known = self._exact.get(plain_name(each), set())
            else:
                known = {each} if 0 <= each < len(self.labels) else set()
            if not known:
                raise Problem(
                    f"The entry of {self.name} says in classes that '{option}' is its class {each},"
                    f" which it does not have: it has {len(self.labels)}, numbered from 0, such as"
                    f" {', '.join(map(repr, self.labels[:3]))}."
                )
            found |= known
        if not found:
            raise Problem(
                f"The entry of {self.name} names no class for '{option}' in classes; name one, or"
                " leave the option out."
            )
        return found
