"""The conda environments promise the versions that were tested with pip."""

import re
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from rattler import MatchSpec
from rattler.exceptions import InvalidMatchSpecError

REPOSITORY = Path(__file__).parents[2]
ENVIRONMENTS = sorted((REPOSITORY / "envs").glob("*.yaml"))
PYPI_NAMES = {
    "pytorch": "torch",
    "snakemake-minimal": "snakemake",
    "pydantic-core": "pydantic_core",
}
STARTS_THE_WORKFLOW = "workflow"
SPEC = re.compile(r"(?P<name>[a-z0-9][a-z0-9._-]*)=(?P<version>[0-9][0-9a-z.]*)")


def read_pins() -> dict[str, str]:
    """The version of every distribution in constraints.txt, by lower-case name."""
    lines = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("==") for line in lines if not line.startswith("#"))
    return {name.lower(): version for name, version in pairs}


def test_there_are_environments() -> None:
    assert {path.stem for path in ENVIRONMENTS} == {
        *(STARTS_THE_WORKFLOW, "curation", "review", "synthesis", "models", "figures", "notebook")
    }


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_environment_equals_the_constraints(path: Path) -> None:
    environment = yaml.safe_load(path.read_text(encoding="utf-8"))
    conda = [spec for spec in environment["dependencies"] if isinstance(spec, str)]
    from_pip = [
        p for spec in environment["dependencies"] if isinstance(spec, dict) for p in spec["pip"]
    ]
    specs = {spec: SPEC.fullmatch(spec) for spec in conda if spec != "pip"}
    specs |= {spec: SPEC.fullmatch(spec.replace("==", "=")) for spec in from_pip}
    assert [spec for spec, match in specs.items() if match is None] == []

    given = {match["name"]: match["version"] for match in specs.values() if match}
    assert len(given) == len(specs), "a package is named twice"
    assert given.pop("python") == "3.11"
    pins = read_pins()
    assert given == {name: pins.get(PYPI_NAMES.get(name, name)) for name in given}


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_environment_uses_conda_forge_only(path: Path) -> None:
    environment = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert environment["channels"] == ["conda-forge", "nodefaults"]


def test_every_rule_names_an_environment_and_every_environment_is_used() -> None:
    named = [
        match
        for path in (REPOSITORY / "rules").glob("*.smk")
        for match in re.findall(r'"../envs/([a-z]+)\.yaml"', path.read_text(encoding="utf-8"))
    ]
    scripts = list((REPOSITORY / "scripts").glob("*.py"))
    assert len(named) == len(scripts)
    assert {*named, STARTS_THE_WORKFLOW} == {path.stem for path in ENVIRONMENTS}


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_a_solver_can_read_every_spec(path: Path) -> None:
    environment = yaml.safe_load(path.read_text(encoding="utf-8"))
    for spec in environment["dependencies"]:
        if isinstance(spec, str):
            parsed = MatchSpec(spec, strict=True)
            name, _, version = spec.partition("=")
            assert parsed.name.normalized == name
            assert str(parsed.version or "").removesuffix(".*") == version
        else:
            assert [str(Requirement(pip)) for pip in spec["pip"]] == spec["pip"]


def test_a_solver_would_refuse_a_wrong_spec() -> None:
    with pytest.raises(InvalidMatchSpecError):
        MatchSpec("num py=/2", strict=True)


def test_the_image_is_built_from_the_constraints_and_files_that_are_there() -> None:
    text = (REPOSITORY / "envs" / "spuriverse.def").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^%(\w+)\n(.*?)(?=^%|\Z)", text, re.MULTILINE | re.DOTALL))
    sources = [line.split()[0] for line in sections["files"].splitlines() if line.strip()]
    assert [source for source in sources if not (REPOSITORY / source).exists()] == []
    assert "-c constraints.txt" in sections["post"]
    python = next(spec for spec in read_specs(STARTS_THE_WORKFLOW) if spec.startswith("python="))
    assert f"From: python:{python.partition('=')[2]}-" in text


def read_specs(environment: str) -> list[str]:
    path = REPOSITORY / "envs" / f"{environment}.yaml"
    return [s for s in yaml.safe_load(path.read_text())["dependencies"] if isinstance(s, str)]
