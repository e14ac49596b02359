"""An image for annotators to look at."""

import pytest
from PIL import Image


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of an image of one colour."""
    path = tmp_path_factory.mktemp("images") / "horse.png"
    Image.new("RGB", (8, 6), (20, 160, 30)).save(path)
    return str(path)
