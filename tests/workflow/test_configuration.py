"""A wrong configuration is refused in one sentence, before any job starts."""

from collections.abc import Callable
from pathlib import Path

import pytest
from checkout import Checkout


@pytest.fixture(scope="module")
def checkout(new_checkout: Callable[[], Checkout]) -> Checkout:
    return new_checkout()


@pytest.mark.parametrize(
    ("overlay", "words"),
    [
        ("finetunning: {samples: 3}", ["finetunning", "finetuning"]),
        ("finetuning: {sample: 3}", ["finetuning.sample", "samples"]),
        ("zoo: {steps: many}", ["zoo.steps", "many"]),
        ("world: {association: 1.5}", ["world.association", "1.5"]),
        ("curation: {annotator: magic}", ["curation.annotator", "magic", "statistics"]),
        ("verification: {models: [gpt]}", ["verification.models", "gpt", "biased-0"]),
        ("protocol: paper", ["protocol", "paper", "corrected"]),
    ],
)
def test_a_wrong_key_or_value_is_one_sentence(
    checkout: Checkout, tmp_path: Path, overlay: str, words: list[str]
) -> None:
    path = tmp_path / "overlay.yaml"
    path.write_text(overlay)
    done = checkout.run("all", "--dry-run", overlays=(str(path),))
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "Traceback" not in said
    assert "Job stats" not in said
    message = [line for line in said.splitlines() if words[0] in line]
    assert message, said
    assert all(word in " ".join(message) for word in words)


@pytest.mark.parametrize(
    ("overlay", "words"),
    [
        ("config/smok.yaml", ["There is no config file config/smok.yaml", "perhaps smoke.yaml"]),
        ("results/smoke/figures/tradeoff.pdf", ["stands after --configfile", "write targets"]),
        ("rules/common.smk", ["YAML cannot read", "rules/common.smk"]),
    ],
)
def test_what_is_no_overlay_is_named_in_one_sentence(
    checkout: Checkout, overlay: str, words: list[str]
) -> None:
    done = checkout.run("all", overlays=("config/smoke.yaml", overlay))
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "Traceback" not in said
    assert all(word in said for word in words), said
    assert not (checkout.folder / "results").exists()


def test_an_unreadable_image_stops_the_job_with_its_name(smoke: Checkout, tmp_path: Path) -> None:
    checkout = smoke.copy_to(tmp_path / "copy")
    broken = checkout.folder / "results/smoke/benchmarks/world/images/000003.png"
    broken.write_bytes(broken.read_bytes()[:1000])
    done = checkout.run("--forcerun", "collect_errors", "--until", "collect_errors")
    assert done.returncode != 0
    assert "000003.png is not a whole image" in done.stderr
    log = checkout.folder / "results/smoke/logs/collect_errors.log"
    assert "Traceback" not in log.read_text()
