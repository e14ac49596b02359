"""What the jobs of a model ask of a machine."""

from spuriverse.config.cluster import Size
from spuriverse.config.selection import Selection
from spuriverse.config.sources import LoadedModel, RemoteModel, Serving


class Demands(Selection):
    """What is selected, and the size, GPUs and threads of its jobs."""

    def billions_of(self, name: str) -> float:
        """Return the size of the weights that a job loads which asks a model; 0 if none or tiny."""
        model = self.other_model(name)
        return getattr(model, "billions", None) or 0.0

    def size_of(self, name: str) -> Size:
        """Return the row of `cluster.sizes` for a job that loads a model; remote ones are tiny."""
        return self.cluster.size_of(self.billions_of(name))

    def gpus_of(self, name: str) -> int:
        """Return the GPUs of a job that asks a model; none if that is elsewhere."""
        return 0 if self._is_elsewhere(name) else self.size_of(name).gpu

    def threads_of(self, name: str) -> int:
        """Return the threads of a job that asks a model: one if that is elsewhere."""
        if self._is_elsewhere(name):
            return 1
        tiny, size = self.cluster.sizes[0], self.size_of(name)
        return self.evaluation.threads if size == tiny else size.cpus

    def _is_elsewhere(self, name: str) -> bool:
        model = self.other_model(name)
        return model is not None and not isinstance(model, LoadedModel)

    def serving_of(self, name: str) -> Serving | None:
        """Return how the workflow starts a server for a model; None if it does not."""
        model = self.other_model(name)
        return model.serve if isinstance(model, RemoteModel) else None

    def evaluation_gpus(self, name: str) -> int:
        """Return the GPUs that are busy while a model is evaluated, its server's among them."""
        serving = self.serving_of(name)
        return self.cluster.size_of(serving.billions).gpu if serving else self.gpus_of(name)

    @property
    def image_size(self) -> Size:
        """The row of `cluster.sizes` for a job that makes images; an open pipeline has weights."""
        own = self.synthesis.backend == "diffusers"
        return self.cluster.size_of(self.synthesis.diffusers.billions if own else 0)

    @property
    def image_gpus(self) -> int:
        """GPUs of a job that makes images."""
        if self.synthesis.backend == "remote" or self.synthesis.diffusers.device == "cpu":
            return 0
        return self.image_size.gpu
