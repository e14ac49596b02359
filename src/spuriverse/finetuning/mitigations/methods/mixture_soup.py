"""Our own: keep what several short runs agree on, and turn it up."""

from spuriverse.finetuning.mitigations.method import Budget, Knobs, Method, Point, Pools, Setting
from spuriverse.finetuning.mitigations.methods.adapter_average import averaged


def curve(pools: Pools, budget: Budget, knobs: Knobs, setting: Setting) -> list[Point]:
    """Average adapters of several runs on a mixture with few spurious samples, then scale.

    Why we expect it to dominate: the change that a run makes has two parts. One is shared by all
    runs, whatever their seed: rely less on what is beside the object, more on the object. It
    carries over to held-out attributes. The other is private: the training images, remembered by
    heart in the way that this run's adapter happened to find. It brings no robustness, and costs
    ordinary accuracy. Turning an adapter up (`adapter_scaling`) turns up both parts. Averaging k
    runs keeps the shared part and shrinks the private one, whose directions differ between runs,
    by the square root of k. So (1) average before scaling; (2) train on mixtures, most of whose
    samples are not spurious: aligned ones keep the use of the attribute where it helps, ordinary
    ones what else the model knows; (3) let the members share the steps: the shared part is learnt
    first, and a short run has little time to remember.

    Hyper-parameters: `members`, the number of runs, and the `proportion` of spurious samples.
    """
    return averaged(pools, budget, knobs, int(setting["members"]), setting["proportion"])


METHOD = Method("mixture_soup", {"members": 2.0, "proportion": 0.25}, curve)
