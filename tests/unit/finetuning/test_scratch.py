"""Tensors on disk: they come back to the last bit, and nothing of a job stays after it."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from spuriverse.finetuning.scratch import Scratch

KILLED = """
import os, signal, sys, torch
from pathlib import Path
from spuriverse.finetuning.scratch import Scratch
scratch = Scratch(Path(sys.argv[1]))
scratch.keep("a", [torch.ones(2)])
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_is_kept_comes_back_and_goes_with_its_job(tmp_path: Path) -> None:
    whole = torch.randn(6, 4).to(torch.bfloat16)
    scratch = Scratch(tmp_path)
    assert scratch.find("a/b.png") is None
    assert scratch.keep("a/b.png", list(whole.split([1, 5])))
    assert scratch.keep("c", [whole])
    first, second = scratch.find("a/b.png") or []
    assert torch.equal(torch.cat([first, second]), whole)
    other = Scratch(tmp_path)
    assert other.keep("d", [whole]), "two jobs at once do not disturb each other"
    assert scratch.find("c") is not None
    del scratch, other
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_kept_without_a_folder_or_on_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not Scratch(None).keep("a", [torch.ones(2)])
    monkeypatch.setattr("spuriverse.finetuning.scratch._SPARE_BYTES", 2**60)
    assert not Scratch(tmp_path).keep("a", [torch.ones(2)])
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_job_left_is_deleted(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    (left,) = tmp_path.iterdir()
    scratch = Scratch(tmp_path)
    assert scratch.keep("a", [torch.ones(2)])
    assert left not in tmp_path.iterdir()
