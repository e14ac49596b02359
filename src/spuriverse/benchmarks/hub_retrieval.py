"""Files of a data set on the Hugging Face Hub, at a commit that is recorded."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from spuriverse.benchmarks.retrieval import (
    Retrieved,
    RetrievedFile,
    explained_writing,
)
from spuriverse.problems import Problem
from spuriverse.progress import progress
from spuriverse.tables import file_sha256

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile


@dataclass(frozen=True)
class _DataSet:
    repo: str
    revision: str
    setting: str

    def problem(self, reason: str, remedy: str = "") -> Problem:
        return Problem(
            f"{reason}: {f'{remedy}, or ' if remedy else ''}put the files of {self.repo} (revision"
            f" {self.revision}) into a folder and set {self.setting} to it."
        )


def download_hub(
    repo: str, revision: str, files: list[str], folder: Path, *, setting: str
) -> Retrieved:
    """Download files of a data set of the Hub; files that are there already are only checked.

    The endpoint and the token are those of the environment (`HF_ENDPOINT`, `HF_TOKEN`).

    Args:
        repo: The data set, `owner/name`.
        revision: Branch, tag or commit.
        files: Paths or patterns of files; each must fit at least one.
        folder: Where the files go, under the paths that they have in the data set.
        setting: The configuration key that names the source, for messages.

    Returns:
        The origin, with the commit that the revision is, and the files.

    Raises:
        Problem: There is no such data set, revision or file, or no access, no network or no space.
    """
    data_set = _DataSet(repo, revision, setting)
    with _explained(data_set), explained_writing(folder):
        from huggingface_hub import HfApi

        endpoint, token = os.environ.get("HF_ENDPOINT"), os.environ.get("HF_TOKEN")
        # False: no token that the library may find elsewhere.
        hub = HfApi(endpoint=endpoint or None, token=token or False)
        commit = hub.dataset_info(repo, revision=revision).sha
        if not commit:
            raise data_set.problem(f"The Hub does not say what commit {revision} of {repo} is")
        wanted = _choose(data_set, _list_files(hub, repo, commit), files)
        folder.mkdir(parents=True, exist_ok=True)
        named = progress(wanted, f"retrieving {repo}", len(wanted), "file")
        retrieved = tuple(_fetch(hub, data_set, commit, file, folder) for file in named)
    origin = {"kind": "hub", "repo": repo, "revision": revision, "commit": commit}
    return Retrieved(origin, retrieved)


def _list_files(hub: "HfApi", repo: str, commit: str) -> "list[RepoFile]":
    from huggingface_hub.hf_api import RepoFile

    tree = hub.list_repo_tree(repo, recursive=True, revision=commit, repo_type="dataset")
    return sorted((e for e in tree if isinstance(e, RepoFile)), key=lambda file: file.path)


def _choose(data_set: _DataSet, files: "list[RepoFile]", patterns: list[str]) -> "list[RepoFile]":
    for pattern in patterns:
        if not any(fnmatchcase(file.path, pattern) for file in files):
            there = ", ".join(file.path for file in files[:5]) or "nothing"
            raise data_set.problem(
                f"The data set {data_set.repo} has no file {pattern} at revision"
                f" {data_set.revision}, it has {there}{' and more' if len(files) > 5 else ''}",
                f"correct {data_set.setting}.files",
            )
    return [file for file in files if any(fnmatchcase(file.path, p) for p in patterns)]


def _fetch(
    hub: "HfApi", data_set: _DataSet, commit: str, file: "RepoFile", folder: Path
) -> RetrievedFile:
    """Download one file; what is there already is believed only if it is that file."""
    path = folder / file.path
    if not path.resolve().is_relative_to(folder.resolve()):
        raise data_set.problem(f"{data_set.repo} names a file {file.path}, which lies outside")
    for _ in range(2):
        hub.hf_hub_download(
            data_set.repo, file.path, repo_type="dataset", revision=commit, local_dir=folder
        )
        sha256 = file_sha256(path)
        if file.lfs.sha256 == sha256 if file.lfs else _git_blob(path) == file.blob_id:
            return RetrievedFile(file.path, sha256, path.stat().st_size)
        path.unlink()
    raise data_set.problem(f"What the Hub sends as {file.path} is not what it lists", "run again")


@contextmanager
def _explained(data_set: _DataSet) -> Iterator[None]:
    """Turn what the Hub's library raises into one sentence."""
    from huggingface_hub import errors

    repo, revision, setting = data_set.repo, data_set.revision, data_set.setting
    try:
        yield
    except errors.OfflineModeIsEnabled as error:
        raise data_set.problem(
            "The Hub is not asked while HF_HUB_OFFLINE is set", "unset it and run again"
        ) from error
    except errors.RevisionNotFoundError as error:
        raise data_set.problem(
            f"The data set {repo} has no revision {revision}", f"correct {setting}.revision"
        ) from error
    except errors.HFValidationError as error:
        raise data_set.problem(
            f"'{repo}' is not the name of a data set on the Hub", f"correct {setting}.hub"
        ) from error
    except (errors.HfHubHTTPError, errors.LocalEntryNotFoundError) as error:
        # The library reports a missing local file when the Hub refused the real one.
        refused = error if isinstance(error, errors.HfHubHTTPError) else error.__cause__
        if isinstance(refused, errors.HfHubHTTPError):
            raise data_set.problem(*_refusal(data_set, refused.response.status_code)) from error
        raise data_set.problem("The Hub cannot be reached") from error
    except errors.HTTPError as error:
        raise data_set.problem("The Hub cannot be reached") from error
    except ValueError as error:
        raise data_set.problem(
            "The answer does not come from the Hub, or is malformed",
            "check HF_ENDPOINT in the environment",
        ) from error
    except (OSError, RuntimeError) as error:
        raise data_set.problem("The transfer from the Hub failed", "run again") from error


def _refusal(data_set: _DataSet, status: int) -> tuple[str, str]:
    if status in (401, 403):
        return (
            f"The Hub lets nobody in to the data set {data_set.repo} like this ({status})",
            "check its name, ask for access on its page, set HF_TOKEN in the environment",
        )
    if status == 404:
        return (
            f"There is no data set {data_set.repo} on the Hub, or it is private (404)",
            f"correct {data_set.setting}.hub, or set HF_TOKEN in the environment",
        )
    return f"The Hub answers {status}", "run again later"


def _git_blob(path: Path) -> str:
    """Return the id that git gives to the file's content."""
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
