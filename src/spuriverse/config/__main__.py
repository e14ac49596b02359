"""Write the files that are generated from the config's types, or check that they are current."""

import argparse
import difflib
import sys
from collections.abc import Iterator
from pathlib import Path

from spuriverse.config.configuration import Config
from spuriverse.config.document import default_yaml, docs_table, json_schema


def generated_files() -> dict[Path, str]:
    """Return the contents of every generated file, by its path in the repository."""
    return {
        Path("config.yaml"): default_yaml(Config),
        Path("config/schema.json"): json_schema(Config),
        Path("docs/configuration.md"): docs_table(Config),
    }


def differences(folder: Path) -> Iterator[str]:
    """Yield a unified diff for every generated file in `folder` that is missing or out of date."""
    for path, content in generated_files().items():
        file = folder / path
        present = file.read_text(encoding="utf-8") if file.exists() else ""
        if present != content:
            yield "".join(
                difflib.unified_diff(
                    present.splitlines(keepends=True),
                    content.splitlines(keepends=True),
                    str(path),
                    f"{path} (generated)",
                )
            )


def write_files(folder: Path) -> None:
    """Write every generated file into `folder`."""
    for path, content in generated_files().items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8", newline="\n")


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 1 if `--check` finds a difference, else 0."""
    parser = argparse.ArgumentParser(prog="python -m spuriverse.config", description=__doc__)
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; print what differs and exit with 1 if anything does",
    )
    if not parser.parse_args(arguments).check:
        write_files(Path())
        return 0
    found = list(differences(Path()))
    sys.stdout.writelines(found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
