"""What is measured in the cells of pictures."""

import numpy as np
from PIL import Image

from spuriverse.discovery.curation import measure_colours


def test_a_cell_has_the_colour_of_its_own_pixels() -> None:
    picture = Image.new("RGB", (128, 128), (51, 102, 204))
    picture.paste((255, 0, 0), (112, 0, 128, 16))
    cells = measure_colours([picture])
    assert cells.shape == (1, 8, 8, 8)
    np.testing.assert_allclose(cells[0, 7, 0, :3], [0.2, 0.4, 0.8], atol=0.01)
    np.testing.assert_allclose(cells[0, 0, 7, :3], [1, 0, 0], atol=0.01)
    np.testing.assert_allclose(cells[0, 7, 0, 3:], 0, atol=0.01)


def test_stripes_tell_across_from_down() -> None:
    stripes = np.zeros((64, 64, 3), dtype=np.uint8)
    stripes[:, ::2] = 255
    across, down = measure_colours([Image.fromarray(stripes)])[0, 3, 3, 6:]
    assert across > 0.9 > 0.1 > down
