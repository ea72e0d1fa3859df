"""The little GAN does what its recipes say, and its logs are read back as they were written."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gan_tui.logs.formats.registry import by_name
from gan_tui.logs.model import join

SAMPLE_LOGS = Path(__file__).parents[2] / "sample_logs"
sys.path.insert(0, str(SAMPLE_LOGS))
import ring_gan  # noqa: E402
import train_gan  # noqa: E402

STEPS = 1_000


def trained(recipe: str, seed: int, steps: int = STEPS) -> ring_gan.History:
    return ring_gan.train(ring_gan.RECIPES[recipe], steps, seed=seed)


def most_covered(history: ring_gan.History) -> int:
    return max(measure.covered for measure in history.measures)


def test_healthy_covers_the_ring_and_comes_to_rest() -> None:
    history = trained("healthy", seed=1)
    end = history.measures[-1]
    assert end.covered == 8
    assert end.on_data > 0.6
    assert end.shares.min() > 0.04
    assert history.travel() < 0.2


def test_collapse_covers_the_ring_and_then_loses_it() -> None:
    history = trained("collapse", seed=0)
    assert most_covered(history) >= 6
    assert all(measure.covered <= 4 for measure in history.measures[-8:])
    assert history.travel() < 0.5


def test_oscillate_keeps_travelling() -> None:
    history = trained("oscillate", seed=2, steps=2_000)
    assert history.travel() > 0.5


def test_diverge_leaves_the_data_for_good() -> None:
    history = trained("diverge", seed=1)
    assert most_covered(history) >= 6
    assert all(measure.on_data == 0 for measure in history.measures[-4:])


def test_the_gradients_are_those_of_the_loss() -> None:
    rng = np.random.default_rng(5)
    net = ring_gan.Net((2, 6, 6, 1), 0.2, rng)
    for array in (net.parameters, net.gradients):
        assert array.dtype == np.float32
    x = rng.standard_normal((16, 2)).astype(np.float32)

    def loss() -> float:
        return float(np.logaddexp(0, -net(x).astype(np.float64)).mean())

    expected = numeric_gradient(net, loss)
    net.gradients[:] = 0
    net.backward(ring_gan._pull(net(x), 1.0))
    np.testing.assert_allclose(net.gradients, expected, atol=2e-3)


def test_the_r1_gradients_are_those_of_the_penalty() -> None:
    rng = np.random.default_rng(6)
    net = ring_gan.Net((2, 6, 6, 1), 0.2, rng)
    x = rng.standard_normal((16, 2)).astype(np.float32)

    def penalty() -> float:
        net(x)
        slope = net.backward(np.ones((16, 1), np.float32), into_parameters=False).astype(np.float64)
        return float(0.5 * 3.0 * (slope**2).sum(axis=1).mean())

    expected = numeric_gradient(net, penalty)
    net.gradients[:] = 0
    net(x)
    net.add_r1(3.0)
    scale = np.abs(expected).max()
    assert scale > 0.1
    np.testing.assert_allclose(net.gradients / scale, expected / scale, atol=5e-3)


def numeric_gradient(net: ring_gan.Net, of: Callable[[], float]) -> np.ndarray:
    gradient = np.empty(len(net.parameters))
    for i in range(len(gradient)):
        kept, ends = net.parameters[i], []
        for shift in (1e-3, -1e-3):
            net.parameters[i] = kept + np.float32(shift)
            ends.append(of())
        net.parameters[i] = kept
        gradient[i] = (ends[0] - ends[1]) / 2e-3
    return gradient


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder with both logs of one short training that overflows, and what was printed."""
    folder = tmp_path_factory.mktemp("runs") / "diverge"
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", printed)
        train_gan.main(
            ["--recipe", "diverge", "--steps", "600", "--every", "5", "--tb", "--out", str(folder)]
        )
    return folder, printed.getvalue()


def points(format_name: str, data: bytes) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    parser = by_name(format_name).make_parser()
    batch = join([parser.feed(data), parser.finish()])
    assert not batch.faults
    return {column.name: (column.steps, column.values) for column in batch.columns}


def test_csv_and_event_file_hold_the_same_points(written: tuple[Path, str]) -> None:
    folder, _ = written
    table = points("csv", (folder / "losses.csv").read_bytes())
    events = points("tensorboard", next(folder.glob("events.out.tfevents.*")).read_bytes())
    assert set(ring_gan.COLUMNS) <= set(table)
    assert set(events) == set(ring_gan.COLUMNS)
    for name in ring_gan.COLUMNS:
        np.testing.assert_array_equal(table[name][0], np.arange(5, 601, 5))
        np.testing.assert_array_equal(events[name][0], table[name][0])
        np.testing.assert_allclose(events[name][1], table[name][1], rtol=1e-5)


def test_the_reference_reader_takes_the_event_file(written: tuple[Path, str]) -> None:
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

    file = next(written[0].glob("events.out.tfevents.*"))
    events = [event for event in EventFileLoader(str(file)).Load() if event.HasField("summary")]
    assert [event.step for event in events] == list(range(5, 601, 5))
    assert [value.tag for value in events[0].summary.value] == list(ring_gan.COLUMNS)


def test_the_printed_lines_hold_the_losses(written: tuple[Path, str]) -> None:
    folder, printed = written
    table = points("csv", (folder / "losses.csv").read_bytes())
    lines = points("text", printed.encode())
    for name in ("Loss_D", "Loss_G"):
        np.testing.assert_array_equal(lines[name][0], table[name][0])
        np.testing.assert_allclose(lines[name][1], table[name][1], rtol=1e-3, atol=1e-4)


def test_an_event_file_needs_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        train_gan.main(["--tb"])
    assert "--out" in capsys.readouterr().err
