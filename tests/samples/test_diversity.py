"""Sample grids: the layout is found from the image, and the measures agree with what one would see."""

from __future__ import annotations

import numpy as np
import pytest

from gan_tui.samples.diversity import centroid, centroid_shift, cut_tiles, measure, shrink
from gan_tui.samples.grid_layout import Grid, find_grid, profile


def blobs(count: int, size: int, seed: int, distinct: int | None = None) -> np.ndarray:
    """`count` tiles with a bright blob each, at one of `distinct` places."""
    random = np.random.default_rng(seed)
    places = random.uniform(0.2, 0.8, (distinct or count, 2)) * size
    ys, xs = np.mgrid[:size, :size]
    chosen = np.arange(count) % len(places)
    tiles = [np.exp(-((ys - y) ** 2 + (xs - x) ** 2) / (size / 5) ** 2) for y, x in places[chosen]]
    return np.stack(tiles)[:, :, :, None]


def make_grid(tiles: np.ndarray, columns: int, padding: int, level: float = 0.0) -> np.ndarray:
    """As torchvision.utils.make_grid lays tiles out."""
    count, height, width, _ = tiles.shape
    rows = count // columns
    image = np.full((rows * (height + padding) + padding, columns * (width + padding) + padding), level)
    for i, tile in enumerate(tiles[:, :, :, 0]):
        y, x = padding + i // columns * (height + padding), padding + i % columns * (width + padding)
        image[y : y + height, x : x + width] = tile
    return image[:, :, None]


@pytest.mark.parametrize(("size", "columns", "padding"), [(28, 8, 2), (16, 4, 1), (32, 8, 3), (64, 4, 2)])
@pytest.mark.parametrize("level", [0.0, 1.0])
def test_the_layout_is_found_from_the_picture(size: int, columns: int, padding: int, level: float) -> None:
    tiles = blobs(columns * columns, size, 1)
    image = make_grid(tiles, columns, padding, level)
    pitch = size + padding
    assert find_grid([profile(image)]) == Grid(padding, padding, size, size, pitch, pitch, columns, columns)
    assert np.array_equal(cut_tiles(image, find_grid([profile(image)])), np.stack([*map(shrink, tiles)]))  # type: ignore[arg-type]


def test_tiles_that_touch_are_found_by_their_seams() -> None:
    random = np.random.default_rng(0)
    tiles = blobs(36, 20, 3) * random.uniform(0.3, 1, (36, 1, 1, 1)) + random.uniform(0, 0.6, (36, 1, 1, 1))
    image = tiles[..., 0].reshape(6, 6, 20, 20).transpose(0, 2, 1, 3).reshape(120, 120, 1)
    grid = find_grid([profile(image)])
    assert grid is not None
    assert (grid.height, grid.rows, grid.columns) == (20, 6, 6)


def test_a_photograph_is_not_a_grid() -> None:
    ys, xs = np.mgrid[:120, :120] / 120
    assert find_grid([profile((0.5 + 0.3 * np.sin(5 * ys) * np.cos(3 * xs) + 0.1 * ys)[:, :, None])]) is None


def test_several_images_resolve_what_one_blank_grid_leaves_ambiguous() -> None:
    blank = np.zeros((82, 82, 1))
    full = make_grid(np.random.default_rng(0).uniform(0.1, 1, (64, 8, 8, 1)), 8, 2)
    assert find_grid([profile(blank), profile(full)]) == Grid(2, 2, 8, 8, 10, 10, 8, 8)


def test_a_collapsed_grid_has_little_diversity_and_many_duplicates() -> None:
    healthy, collapsed = measure(blobs(64, 16, 5)), measure(blobs(64, 16, 5, distinct=1))
    hopping = measure(blobs(64, 16, 5, distinct=3))
    assert healthy is not None
    assert collapsed is not None
    assert hopping is not None
    assert healthy.diversity > 0.5
    assert collapsed.diversity < 0.1
    # Three samples repeated: the spread looks healthy, only the duplicates show it.
    assert collapsed.duplicates == hopping.duplicates == 1.0
    assert healthy.duplicates < 0.7


def test_measures_do_not_depend_on_brightness_or_contrast() -> None:
    tiles = blobs(64, 16, 5)
    full, faint = measure(tiles), measure(0.2 + 0.3 * tiles)
    assert full is not None
    assert faint is not None
    assert faint.diversity == pytest.approx(full.diversity, rel=0.01)
    assert faint.roughness == pytest.approx(full.roughness, rel=0.01)


def test_noise_is_rough_and_blank_tiles_are_all_the_same() -> None:
    noise = measure(np.random.default_rng(0).uniform(size=(64, 16, 16, 1)))
    blank = measure(np.zeros((64, 16, 16, 1)))
    assert noise is not None
    assert blank is not None
    assert noise.roughness == pytest.approx(1.0, abs=0.1)
    assert (blank.diversity, blank.duplicates, blank.roughness) == (0.0, 1.0, 0.0)


def test_too_few_tiles_are_not_measured() -> None:
    assert measure(np.zeros((3, 8, 8, 1))) is None


def test_a_generator_at_rest_shifts_by_about_one_and_a_moving_one_by_more() -> None:
    at_rest = [centroid_shift(centroid(blobs(64, 16, s)), centroid(blobs(64, 16, s + 50))) for s in range(20)]
    assert 0.6 < float(np.median(at_rest)) < 1.6
    moved = blobs(64, 16, 1)
    assert centroid_shift(centroid(moved), centroid(np.roll(moved, 4, axis=1))) > 2 * float(
        np.median(at_rest)
    )
