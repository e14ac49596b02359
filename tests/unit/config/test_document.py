"""The default config, the schema and the docs page follow the types."""

import json
from pathlib import Path
from typing import Literal

import pytest
import yaml
from jsonschema import Draft202012Validator, ValidationError
from pydantic import BaseModel, ConfigDict, Field

from spuriverse.config import Config, parse_config
from spuriverse.config.__main__ import differences, main, write_files
from spuriverse.config.document import WIDTH, default_yaml, docs_table, json_schema

REPOSITORY = Path(__file__).parents[3]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reader(Section):
    name: str = Field(description="What it is called.")
    share: float = Field(0.5, ge=0, le=1, description="Share of the pages.")


class Library(Section):
    """Where the books stand."""

    kind: Literal["public", "private"] = Field("public", description="Who may enter.")
    height: float = Field(
        2e-5,
        gt=0,
        description="Height of a shelf, which is long to explain because it depends on the books, "
        "the floor and the ladder.",
        json_schema_extra={"unit": "metres"},
    )
    floors: tuple[int, ...] = Field((0, 1), description="Floors in use.")
    limit: int | None = Field(None, ge=1, description="Books at once | per reader.")


class Root(Section):
    library: Library = Field(default_factory=Library)
    readers: list[Reader] = Field([Reader(name="Ada")], description="Who reads.")


EXPECTED_YAML = """\
# Where the books stand.
library:
  # Who may enter. Accepts one of public, private.
  kind: public
  # Height of a shelf, which is long to explain because it depends on the books, the floor and the
  # ladder. Unit: metres. Accepts a number greater than 0.
  height: 2.0e-05
  # Floors in use. Accepts a list, each a whole number.
  floors: [0, 1]
  # Books at once | per reader. Accepts a whole number at least 1 or null.
  limit: null

# Who reads. Accepts a list, each a mapping with the keys name, share.
#   name: What it is called. Accepts text.
#   share: Share of the pages. Accepts a number from 0 to 1.
readers:
  - name: Ada
    share: 0.5
"""

EXPECTED_ROWS = """\
| Key | Default | Accepted values | Unit | Meaning |
| --- | --- | --- | --- | --- |
| `library.kind` | `"public"` | one of public, private |  | Who may enter. |
"""


def test_default_yaml_explains_every_key() -> None:
    _, _, body = default_yaml(Root).partition("\n\n")
    assert body == EXPECTED_YAML


@pytest.mark.parametrize("root", [Root, Config])
def test_default_yaml_reads_back_as_the_default(root: type[BaseModel]) -> None:
    text = default_yaml(root)
    assert parse_config(yaml.safe_load(text), root) == root()
    comments = [line for line in text.splitlines() if line.lstrip().startswith("#")]
    assert max(map(len, comments)) <= WIDTH


def test_docs_table() -> None:
    page = docs_table(Root)
    assert EXPECTED_ROWS in page
    assert r"Books at once \| per reader." in page
    assert "| `readers` | see `config.yaml` |" in page
    assert "| `readers[].share` |  | a number from 0 to 1 |" in page


def test_json_schema_is_closed() -> None:
    schema = json.loads(json_schema(Root))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    validator.validate(yaml.safe_load(default_yaml(Root)))
    with pytest.raises(ValidationError):
        validator.validate({"library": {"colour": "red"}})


def test_every_key_of_the_config_is_described() -> None:
    undescribed = [row for row in docs_table(Config).splitlines() if row.endswith("|  |")]
    assert undescribed == []


def test_the_files_in_the_repository_are_current() -> None:
    found = "".join(differences(REPOSITORY))
    assert not found, f"run `python -m spuriverse.config`\n{found}"


def test_the_default_file_is_the_default_config() -> None:
    assert parse_config(yaml.safe_load((REPOSITORY / "config.yaml").read_text())) == Config()


def test_check_prints_what_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_files(tmp_path)
    assert main(["--check"]) == 0
    config = tmp_path / "config.yaml"
    config.write_text(config.read_text().replace("\n", "\n# changed\n", 1))
    assert main(["--check"]) == 1
    assert "-# changed" in capsys.readouterr().out
    assert main([]) == 0
    assert main(["--check"]) == 0
