"""Sources that lie elsewhere: a file behind a URL, and the record of where files came from.

What is retrieved has a known digest and is in place whole or not at all. What a cut-off download
left is continued by the next one. Where nothing can be retrieved, one sentence says which file to
put where.
"""

import json
import logging
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import tenacity

from spuriverse.problems import Problem
from spuriverse.progress import progress
from spuriverse.tables import cannot_write, file_sha256, write_text

log = logging.getLogger(__name__)

RETRIES = 4
"""How often a download is continued within one call."""

RECORD = "source.json"
"""Name of the file that says where the other files of its folder came from."""

_MEGABYTE = 10**6
_PASSING = (408, 429, 500, 502, 503, 504)


@dataclass(frozen=True)
class RetrievedFile:
    """One file of a source.

    Attributes:
        name: Its path below the source's folder.
        sha256: SHA-256 of its content.
        size: Its bytes.
    """

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Retrieved:
    """What was retrieved, and from where.

    Attributes:
        origin: `kind` ("url" or "hub") and what identifies the source: `url`, or `repo`, `revision`
            (as asked) and `commit` (as found).
        files: The files, in the order of their names.
    """

    origin: dict[str, str]
    files: tuple[RetrievedFile, ...]


def record_source(folder: Path, retrieved: Retrieved) -> None:
    """Write as JSON where files came from: origin, digests, sizes and the time (UTC).

    Args:
        folder: The folder of the files; the record there is named `RECORD`.
        retrieved: What a download returned.

    Raises:
        Problem: The record cannot be written, or one of the files has its name.
    """
    if any(file.name == RECORD for file in retrieved.files):
        raise Problem(
            f"A file of the source is named {RECORD}, which is the name of its record; remove it."
        )
    content = {
        **retrieved.origin,
        "retrieved": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": {f.name: {"sha256": f.sha256, "bytes": f.size} for f in retrieved.files},
    }
    write_text(folder / RECORD, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


@contextmanager
def explained_writing(path: Path) -> Iterator[None]:
    """Turn an error of the disk into a `Problem`.

    Args:
        path: What the block writes.

    Raises:
        Problem: The disk is full, or the system refuses. Errors of other causes pass through.
    """
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise cannot_write(path, error) from error


@dataclass(frozen=True)
class _Download:
    url: str
    sha256: str
    target: Path
    setting: str
    timeout: float
    backoff: float

    @property
    def part(self) -> Path:
        return self.target.with_name(f"{self.target.name}.part")

    @property
    def shown(self) -> str:
        """The URL without what may be secret in it: the user's name, a password, the query."""
        try:
            parts = urlsplit(self.url)
            return parts._replace(
                netloc=parts.netloc.rpartition("@")[2], query="", fragment=""
            ).geturl()
        except ValueError:
            return "the URL"

    def problem(self, reason: str, remedy: str) -> Problem:
        return Problem(
            f"Cannot retrieve {self.shown}: {reason}; {remedy}, or put the file at {self.target}"
            f" yourself, or set {self.setting} to its path."
        )


class _Interrupted(Exception):
    """The download may go on when it is tried again."""


def download_url(
    url: str,
    sha256: str,
    target: Path,
    *,
    setting: str,
    timeout: float = 60.0,
    backoff: float = 1.0,
) -> Retrieved:
    """Download a file, going on where an earlier call was cut off.

    Until it is complete the file is `<target>.part`. If the target is there already and has the
    digest, nothing is asked of the network.

    Args:
        url: Its address, http or https.
        sha256: SHA-256 of the file, in hexadecimal digits.
        target: The file to make; its folder is made.
        setting: The configuration key that names the source, for messages.
        timeout: Seconds that the server may stay silent.
        backoff: Seconds before the first of `RETRIES` further tries; doubled for each other.

    Returns:
        The origin, without the user and the query of the URL, and the one file.

    Raises:
        Problem: The file cannot be retrieved or written, or has another digest.
    """
    job = _Download(url, sha256.lower(), target, setting, timeout, backoff)
    with explained_writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        _complete(job)
        size = target.stat().st_size
    file = RetrievedFile(target.name, job.sha256, size)
    return Retrieved({"kind": "url", "url": job.shown}, (file,))


def _complete(job: _Download) -> None:
    if job.target.is_file():
        if file_sha256(job.target) == job.sha256:
            return
        log.warning("%s is not the expected file and is downloaded again", job.target)
    resumed = job.part.is_file()
    if not resumed or file_sha256(job.part) != job.sha256:
        _continue(job)
        found = file_sha256(job.part)
        if found != job.sha256:
            job.part.unlink()
            if resumed:
                # The part may be of an older file of that name.
                return _complete(job)
            raise job.problem(
                f"its SHA-256 is {found} and not {job.sha256} as {job.setting}.sha256 says",
                "check both",
            )
    os.replace(job.part, job.target)


def _continue(job: _Download) -> None:
    """Append to the part until it is complete, or give up."""
    retrying = tenacity.Retrying(
        stop=tenacity.stop_after_attempt(RETRIES + 1),
        wait=tenacity.wait_exponential(multiplier=job.backoff),
        retry=tenacity.retry_if_exception_type(_Interrupted),
        reraise=True,
    )
    try:
        retrying(_append_or_log, job)
    except _Interrupted as error:
        raise _given_up(job, str(error)) from error


def _given_up(job: _Download, reason: str) -> Problem:
    kept = job.part.stat().st_size if job.part.exists() else 0
    remedy = "running again continues" if kept else "run again later"
    return job.problem(f"{reason}, {kept} bytes are kept" if kept else reason, remedy)


def _append_or_log(job: _Download) -> None:
    try:
        _append(job)
    except _Interrupted as error:
        log.info("%s: %s", job.shown, error)
        raise


def _append(job: _Download) -> None:
    """Ask once for what the part lacks."""
    have = job.part.stat().st_size if job.part.is_file() else 0
    with _answer(job, have) as response:
        status = response.status_code
        goes_on = status == 206 and response.headers.get("Content-Range", "").startswith(
            f"bytes {have}-"
        )
        if status == 416 or (status == 206 and not goes_on):
            if not have:
                raise job.problem(f"the server answers {status}", f"check {job.setting}.url")
            job.part.unlink()
            raise _Interrupted("the server cannot resume the download")
        _check_status(job, status)
        length = response.headers.get("Content-Length", "")
        total = math.ceil(int(length) / _MEGABYTE) if length.isdecimal() else None
        with job.part.open("ab" if goes_on else "wb") as file:
            chunks = _chunks(response.raw, job.timeout)
            for chunk in progress(chunks, f"retrieving {job.target.name}", total, "MB"):
                file.write(chunk)


@contextmanager
def _answer(job: _Download, have: int) -> Iterator[Any]:
    import requests

    # The digest is that of the bytes as they are stored, so they must not be packed on the way.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    try:
        response = requests.get(job.url, headers=headers, stream=True, timeout=job.timeout)
    except requests.exceptions.SSLError as error:
        raise job.problem(
            "the server's certificate is not accepted", "check the address"
        ) from error
    except requests.exceptions.Timeout as error:
        raise _Interrupted(f"no answer within {job.timeout:g} seconds") from error
    except requests.exceptions.ConnectionError as error:
        raise _Interrupted("the server cannot be reached") from error
    except (requests.RequestException, ValueError) as error:
        raise job.problem(
            "this is not the address of a file", f"check {job.setting}.url"
        ) from error
    with response:
        yield response


def _check_status(job: _Download, status: int) -> None:
    if status in _PASSING:
        raise _Interrupted(f"the server answers {status}")
    if status in (401, 403):
        raise job.problem(f"access is refused ({status})", "ask its owner for access")
    if status in (404, 410):
        raise job.problem(f"there is no such file ({status})", f"correct {job.setting}.url")
    if status not in (200, 206):
        raise job.problem(f"the server answers {status}", f"check {job.setting}.url")


def _chunks(raw: Any, timeout: float) -> Iterator[bytes]:
    from urllib3.exceptions import HTTPError, ReadTimeoutError

    try:
        yield from raw.stream(_MEGABYTE, decode_content=False)
    except ReadTimeoutError as error:
        raise _Interrupted(f"the server sent nothing for {timeout:g} seconds") from error
    except HTTPError as error:
        raise _Interrupted("the download was cut off") from error
