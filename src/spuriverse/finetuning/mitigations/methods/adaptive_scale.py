"""As much of the adapter as the questions at hand call for."""

from dataclasses import replace

from spuriverse.finetuning.mitigations.method import (
    Budget,
    Knobs,
    Method,
    Needs,
    Point,
    Pools,
    Setting,
    scaled,
)
from spuriverse.finetuning.mitigations.methods.mixing import mixed_training
from spuriverse.finetuning.mitigations.scale_choice import ScaleChoice


def curve(pools: Pools, budget: Budget, knobs: Knobs, setting: Setting) -> list[Point]:
    """A mixture whose adapter is scaled anew for each unlabelled set of questions.

    Taken from Environment-Adaptive Covariate Selection: what to rely on is chosen for each
    environment from the signature of its unlabelled data, learnt on environments that are known.
    Ours: what is chosen is the share of the adapter (0, .25, .5, .75 or 1 of the point's scale);
    the signature is how often base and fine-tuned model disagree, how unsure either is and which is
    the surer; the known environments are mixtures of training images that the run did not see, and
    the three nearest decide. Every subset of the questions is an environment: one where the
    attribute misleads, one where it helps, one without. `tables/adaptive_regret.csv` has what the
    choice misses in each against the best scale.

    Cost: up to three forward passes for every question, in the column `answer_passes`, and five
    over the images of the known environments, in `rows`. Hyper-parameters: `proportion` of spurious
    samples, `known`, the most images of either sort in the known environments, which are taken out
    of the run's images.
    """
    n = max(1, min(int(setting["known"]), budget.samples // 8))
    part = replace(budget, samples=budget.samples - 2 * n)
    plain = mixed_training(pools, part, setting["proportion"])
    seen = set(plain.samples["sample_id"])
    spare = [
        draw(len(pool))
        for draw, pool in (
            (pools.draw_spurious, pools.spurious),
            (pools.draw_non_spurious, pools.non_spurious),
        )
    ]
    known = [table[~table["sample_id"].isin(seen)].iloc[-n:] for table in spare]
    # A pool that the run used up lends its last images.
    known = [
        rows if len(rows) else table.iloc[-n:] for rows, table in zip(known, spare, strict=True)
    ]
    asking = ScaleChoice(known[0], known[1], budget.seed)
    training = replace(
        plain,
        key=f"adaptive_scale-{n}-{plain.key}",
        images=plain.images + sum(len(rows) for rows in known),
    )
    return [replace(point, asking=asking) for point in scaled(training, knobs)]


METHOD = Method("adaptive_scale", {"proportion": 1.0, "known": 64.0}, curve, Needs(attributes=True))
