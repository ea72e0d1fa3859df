from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from gan_tui.errors import LogNotFoundError, LogUnreadableError
from gan_tui.logs.discovery import finder as finder_module
from gan_tui.logs.discovery.finder import Finder, find_runs
from gan_tui.logs.discovery.sources import LogSource, RunSource
from gan_tui.logs.formats.registry import by_name
from tests.helpers.event_bytes import START, event, simple

LOSSES = "epoch,d_loss,g_loss\n1,1.386,0.693\n2,1.2,0.8\n"
STEPS = '{"step": 1, "loss/d": 1.386, "loss/g": 0.693}\n'
PRINTED = "[Epoch 1/200] [D loss: 0.5] [G loss: 0.25]\n[Epoch 2/200] [D loss: 0.5] [G loss: 0.25]\n"
EVENTS = "events.out.tfevents.{}.host"


def lay(root: Path, files: dict[str, str | bytes]) -> Path:
    """Write the files, with the folders that they need."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def scalars(*tags: str) -> bytes:
    """An event file with two points of each tag."""
    return b"".join(event(i, START + i, [(t.encode(), simple(0.5)) for t in tags]) for i in (1, 2))


def runs(*paths: Path | str) -> list[RunSource]:
    return list(find_runs(paths).runs)


def logs_by_run(root: Path) -> dict[str, list[tuple[str, str]]]:
    """Each run's name with the names and prefixes of its logs, all below `root`."""
    return {
        run.name: [(str(Path(log.path).relative_to(root)), log.prefix) for log in run.logs]
        for run in runs(root)
    }


def names_of(logs: Iterable[tuple[str, str]]) -> list[str]:
    return [name for name, _ in logs]


def settle(root: Path) -> None:
    """Make everything below `root` look as if it had not been touched for an hour."""
    for path in [root, *root.rglob("*")]:
        os.utime(path, (time.time() - 3600,) * 2, follow_symlinks=False)


# -- what a path may be ------------------------------------------------------------------------------


def test_a_file_is_a_run(tmp_path: Path) -> None:
    path = lay(tmp_path, {"a/losses.csv": LOSSES}) / "a" / "losses.csv"
    assert runs(path) == [RunSource("losses.csv", str(path), (LogSource(str(path), owner=str(path)),))]


def test_a_folder_with_a_log_is_a_run(tmp_path: Path) -> None:
    lay(tmp_path, {"dcgan/losses.csv": LOSSES})
    path = tmp_path / "dcgan"
    log = str(path / "losses.csv")
    assert runs(path) == [RunSource("dcgan", str(path), (LogSource(log, owner=log),))]


def test_a_folder_of_runs_is_searched_to_the_bottom(tmp_path: Path) -> None:
    lay(
        tmp_path,
        {
            "version_10/metrics.csv": LOSSES,
            "version_2/metrics.csv": LOSSES,
            "checkpoints/horse2zebra/loss_log.txt": PRINTED,
            "lightning_logs/version_0/metrics.csv": LOSSES,
            "deep/a/b/c/tb/" + EVENTS.format(1): scalars("d_loss", "g_loss"),
        },
    )
    assert list(logs_by_run(tmp_path)) == [
        "checkpoints/horse2zebra",
        "deep/a/b/c/tb",
        "lightning_logs/version_0",
        "version_2",
        "version_10",
    ]


def test_the_path_of_a_run_begins_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(tmp_path, {"runs/a/losses.csv": LOSSES, "runs/b/losses.csv": LOSSES})
    monkeypatch.chdir(tmp_path)
    assert [r.path for r in runs("runs")] == ["runs/a", "runs/b"]
    assert [r.path for r in runs("./runs/")] == ["./runs/a", "./runs/b"]
    assert [r.path for r in runs("./runs/a/")] == ["./runs/a/"]
    assert [(r.path, r.name) for r in runs("runs/a/../b")] == [("runs/a/../b", "b")]
    monkeypatch.chdir(tmp_path / "runs" / "a")
    assert [(r.path, r.name) for r in runs(".")] == [(".", "a")]


def test_several_paths_are_several_runs_under_different_names(tmp_path: Path) -> None:
    lay(tmp_path, {"a/v/losses.csv": LOSSES, "b/v/losses.csv": LOSSES, "c/losses.csv": LOSSES})
    sources = runs(tmp_path / "a", tmp_path / "b", tmp_path / "c" / "losses.csv")
    assert [r.name for r in sources] == ["a/v", "b/v", "losses.csv"]
    sources = runs(*(tmp_path / p for p in ("a/v/losses.csv", "b/v/losses.csv", "c/losses.csv")))
    assert [r.name for r in sources] == ["a/v/losses.csv", "b/v/losses.csv", "c/losses.csv"]


def test_a_run_given_twice_is_shown_once(tmp_path: Path) -> None:
    lay(tmp_path, {"runs/a/losses.csv": LOSSES})
    discovery = find_runs([tmp_path / "runs", tmp_path / "runs", tmp_path / "runs" / "a"])
    assert [r.name for r in discovery.runs] == ["a"]
    assert not discovery.problems
    file = tmp_path / "runs" / "a" / "losses.csv"
    assert len(runs(file, file, tmp_path)) == 1


def test_an_event_file_is_called_by_its_folder(tmp_path: Path) -> None:
    name = EVENTS.format(17)
    lay(tmp_path, {f"wgan/{name}": scalars("d_loss")})
    assert [r.name for r in runs(tmp_path / "wgan" / name)] == ["wgan"]


# -- which files are logs ----------------------------------------------------------------------------


def test_only_logs_are_logs(tmp_path: Path) -> None:
    lay(
        tmp_path,
        {
            "losses.csv": LOSSES,
            "fakes.png": b"\x89PNG\r\n\x1a\n" + bytes(100),
            "netG.pth": bytes(1000),
            "train.py": "d_loss: float = 0.5\nprint(f'[D loss: {d_loss}]')\n",
            "hparams.yaml": "lr: 0.1\nbatch: 3\n",
            "config.json": '{"lr": [0.1, 0.2], "loss": [1, 2]}',
            "train_opt.txt": "----- Options -----\nlr: 0.0002\nd_loss: 3\n",
            "args.txt": "lr=0.1\nd_loss: 0.1\n",
            "requirements.txt": "numpy==2.0\n",
            "README.md": "d_loss: 0.5\n",
            "notes.txt": "Remember the milk.\n",
            "losses.csv~": LOSSES,
            ".hidden.csv": LOSSES,
            ".git/losses.csv": LOSSES,
            "__pycache__/losses.csv": LOSSES,
            "node_modules/x/losses.csv": LOSSES,
            "wandb/run-1/files/media/table/losses.csv": LOSSES,
            "venv/pyvenv.cfg": "",
            "venv/lib/losses.csv": LOSSES,
            "noise": bytes(range(256)) * 64,
            "people.jsonl": '{"name": "Ian"}\n{"name": "Soumith"}\n',
        },
    )
    assert logs_by_run(tmp_path) == {tmp_path.name: [("losses.csv", "")]}


def test_names_do_not_hide_what_content_shows(tmp_path: Path) -> None:
    lay(tmp_path, {"a/log": LOSSES, "b/nohup.out": PRINTED, "c/slurm-12.out": PRINTED, "d/x.history": LOSSES})
    assert list(logs_by_run(tmp_path)) == ["a", "b", "c", "d"]


def test_several_kinds_of_logs_in_one_folder_are_one_run(tmp_path: Path) -> None:
    lay(
        tmp_path,
        {
            EVENTS.format(1714469542): scalars("Loss/D/loss", "Loss/G/loss"),
            "stats.jsonl": STEPS * 3,
            "metric-fid50k_full.jsonl": '{"results": {"fid50k_full": 8.2}, "total_time": 3.5}\n',
            "metric-kid50k_full.jsonl": '{"results": {"kid50k_full": 0.2}, "total_time": 3.5}\n',
            "log.txt": PRINTED,
        },
    )
    (run,) = runs(tmp_path)
    assert len(run.logs) == 5
    assert {log.prefix for log in run.logs} == {""}


def test_event_files_of_one_folder_are_one_run_in_the_order_they_were_begun(tmp_path: Path) -> None:
    names = [EVENTS.format(n) for n in (999999999, 1700000000, 1700000001)]
    lay(tmp_path, {name: scalars("d_loss") for name in reversed(names)})
    assert logs_by_run(tmp_path) == {tmp_path.name: [(name, "") for name in names]}


def test_an_empty_log_is_a_run_that_is_about_to_begin(tmp_path: Path) -> None:
    lay(
        tmp_path,
        {
            "a/metrics.csv": "",
            "b/" + EVENTS.format(1): b"",
            "c/stats.jsonl": '{"step": 1, "lo',
            "d/x.txt": "",
        },
    )
    assert list(logs_by_run(tmp_path)) == ["a", "b", "c"]


def test_a_named_format_takes_what_cannot_be_detected(tmp_path: Path) -> None:
    lay(tmp_path, {"a/strange.txt": "x=1 y\n" * 20, "b/losses.csv": LOSSES, "c/noise": bytes(range(256)) * 8})
    assert [r.name for r in find_runs([tmp_path]).runs] == ["b"]
    assert [r.name for r in find_runs([tmp_path], format=by_name("text")).runs] == ["a"]
    noise = tmp_path / "c" / "noise"
    assert [r.path for r in find_runs([noise], format=by_name("text")).runs] == [str(noise)]


# -- which logs are one run --------------------------------------------------------------------------


def test_mimicrys_folder_for_each_metric_is_one_run(tmp_path: Path) -> None:
    tags = {"errD": "loss", "errG": "loss", "D(x)": "prob", "D(G(z))": "prob", "lr_D": "lr", "lr_G": "lr"}
    lay(tmp_path, {f"log/data/{folder}/{EVENTS.format(1)}": scalars(tag) for folder, tag in tags.items()})
    ((name, logs),) = logs_by_run(tmp_path).items()
    assert name == "log/data"
    assert {prefix for _, prefix in logs} == set(tags)


def test_what_add_scalars_leaves_is_one_run(tmp_path: Path) -> None:
    from tensorboardX import SummaryWriter

    with SummaryWriter(str(tmp_path / "dcgan")) as writer:
        for step in range(3):
            writer.add_scalars("Train/losses", {"generator": 0.7, "discriminator": 1.4}, step)
            writer.add_scalar("lr", 0.1, step)
    (run,) = runs(tmp_path)
    assert run.path == str(tmp_path / "dcgan")
    assert [log.prefix for log in run.logs] == ["", "discriminator", "generator"]


def test_what_pytorchs_add_scalars_leaves_is_one_run(tmp_path: Path) -> None:
    folders = {"": ["lr", "epoch"], "Train_losses_G": ["Train/losses"], "Train_losses_D": ["Train/losses"]}
    lay(tmp_path, {f"dcgan/{name}/{EVENTS.format(1)}": scalars(*tags) for name, tags in folders.items()})
    lay(tmp_path, {f"wgan/{EVENTS.format(1)}": scalars("d_loss")})
    assert {name: [p for _, p in logs] for name, logs in logs_by_run(tmp_path).items()} == {
        "dcgan": ["", "Train_losses_D", "Train_losses_G"],
        "wgan": [""],
    }


@pytest.mark.parametrize(
    "folders",
    [
        {"losses_generator": ["losses"], "losses_discriminator": ["losses"]},
        {"generator": ["loss", "lr"], "discriminator": ["loss", "lr", "acc"]},
        {"netG": ["loss"], "netD": ["loss"]},
        {"train": ["d_loss", "g_loss"], "validation": ["d_loss", "g_loss"]},
        {"d_loss": ["d_loss"], "g_loss": []},
    ],
)
def test_folders_that_are_parts_of_a_run(tmp_path: Path, folders: dict[str, list[str]]) -> None:
    lay(tmp_path, {f"run/{name}/{EVENTS.format(1)}": scalars(*tags) for name, tags in folders.items()})
    ((name, logs),) = logs_by_run(tmp_path).items()
    assert name == "run"
    assert {prefix for _, prefix in logs} == set(folders)


@pytest.mark.parametrize(
    "folders",
    [
        {"run1": ["loss"], "run2": ["loss"]},
        {"wgan": ["d_loss", "g_loss"], "hinge": ["d_loss", "g_loss"]},
        {"d_loss_x2": ["d_loss", "g_loss"], "g_loss_x2": ["d_loss", "g_loss"]},
        {"lr_0.1": ["loss"], "lr_0.2": ["loss"]},
        {"generator": ["loss"], "run2": ["loss"]},
        {"discriminator_a": ["x", "y"], "generator_a": ["x", "y"]},
    ],
)
def test_a_folder_of_runs_is_not_swallowed(tmp_path: Path, folders: dict[str, list[str]]) -> None:
    lay(tmp_path, {f"{name}/{EVENTS.format(1)}": scalars(*tags) for name, tags in folders.items()})
    assert set(logs_by_run(tmp_path)) == set(folders)


def test_runs_below_a_folder_with_events_of_its_own_are_not_swallowed(tmp_path: Path) -> None:
    lay(tmp_path, {f"{d}/{EVENTS.format(1)}": scalars("d_loss", "g_loss") for d in ("old", "old/a", "old/b")})
    assert set(logs_by_run(tmp_path)) == {"old", "old/a", "old/b"}


def test_bigGAN_writes_a_file_for_each_metric(tmp_path: Path) -> None:  # noqa: N802
    lines = "0: 1.5\n100: 1.25\n"
    lay(
        tmp_path,
        {f"logs/BigGAN_C10/{m}.log": lines for m in ("G_loss", "D_loss_real", "D_loss_fake")}
        | {"logs/BigGAN_C10_log.jsonl": '{"itr": 100, "IS_mean": 1.5, "FID": 200.5}\n'},
    )
    (run,) = runs(tmp_path)
    assert run.name == "logs/BigGAN_C10"
    assert [Path(log.path).name for log in run.logs] == [
        "BigGAN_C10_log.jsonl",
        "D_loss_fake.log",
        "D_loss_real.log",
        "G_loss.log",
    ]


def test_a_run_keeps_its_logs_in_folders_of_their_own(tmp_path: Path) -> None:
    lay(
        tmp_path,
        {
            "a/train.log": PRINTED,
            "a/tb/" + EVENTS.format(1): scalars("x"),
            "b/csv/losses.csv": LOSSES,
            "b/tb/" + EVENTS.format(1): scalars("x"),
            "c/logs/losses.csv": LOSSES,
            "d/logs/run1/losses.csv": LOSSES,
            "d/logs/run2/losses.csv": LOSSES,
        },
    )
    assert {name: len(logs) for name, logs in logs_by_run(tmp_path).items()} == {
        "a": 2,
        "b": 2,
        "c/logs": 1,
        "d/logs/run1": 1,
        "d/logs/run2": 1,
    }


def test_tables_of_the_same_losses_are_runs_of_their_own(tmp_path: Path) -> None:
    lay(tmp_path, {"seed0.csv": LOSSES, "seed1.csv": LOSSES, "seed1.jsonl": STEPS, "train.log": PRINTED})
    folder = tmp_path.name
    assert {n: names_of(logs) for n, logs in logs_by_run(tmp_path).items()} == {
        folder: ["train.log"],
        "seed0.csv": ["seed0.csv"],
        "seed1.csv": ["seed1.csv", "seed1.jsonl"],
    }


def printed(first: int) -> str:
    return "".join(f"iter: {i} l_d_real: 0.5 l_g_gan: 0.25\n" for i in range(first, first + 300, 100))


def test_each_start_of_a_run_may_have_its_own_file(tmp_path: Path) -> None:
    names = ["train_x_20240101_120000.log", "train_x_20240102_080000.log"]
    lay(tmp_path, {names[0]: printed(100), names[1]: printed(5100), "other.csv": LOSSES})
    (run,) = runs(tmp_path)
    owners = {Path(log.path).name: log.owner for log in run.logs}
    assert owners[names[0]] == owners[names[1]] != owners["other.csv"]
    assert names_of(logs_by_run(tmp_path)[tmp_path.name])[1:] == names


def test_dated_logs_that_each_begin_at_the_beginning_are_runs(tmp_path: Path) -> None:
    names = ["train_20240101_120000.log", "train_20240102_080000.log"]
    lay(tmp_path, {names[0]: printed(100), names[1]: printed(100)})
    assert list(logs_by_run(tmp_path)) == names


def test_rotated_logs_are_one_log_in_segments(tmp_path: Path) -> None:
    names = ["train.log.10", "train.log.2", "train.log.1", "train.log"]
    lay(tmp_path, {name: printed(100 + 300 * i) for i, name in enumerate(names)})
    (run,) = runs(tmp_path)
    assert [Path(log.path).name for log in run.logs] == names
    assert {log.owner for log in run.logs} == {str(tmp_path / "train.log")}


def test_training_and_validation_are_one_run(tmp_path: Path) -> None:
    marked = "epoch,gen_loss,disc_loss,val_gen_loss\n1,1.1,1.0,0.8\n"
    lay(tmp_path, {"a/training_log.csv": LOSSES, "a/val_losses.csv": marked.replace("gen_loss", "g_loss")})
    lay(tmp_path, {"b/train.csv": LOSSES, "b/val.csv": LOSSES})
    assert logs_by_run(tmp_path) == {
        "a": [("a/training_log.csv", ""), ("a/val_losses.csv", "")],
        "b": [("b/train.csv", ""), ("b/val.csv", "val")],
    }


def test_one_table_for_each_metric_is_one_run(tmp_path: Path) -> None:
    table = "Wall time,Step,Value\n1700000000.5,1,0.5\n1700000001.5,2,0.25\n"
    lay(tmp_path, {"run-train-tag-D_loss.csv": table, "run-train-tag-G_loss.csv": table})
    ((_, logs),) = logs_by_run(tmp_path).items()
    assert [prefix for _, prefix in logs] == ["D_loss", "G_loss"]


def test_downloads_of_several_runs_are_several_runs(tmp_path: Path) -> None:
    table = "Wall time,Step,Value\n1700000000.5,1,0.5\n1700000001.5,2,0.25\n"
    tags = ("Loss_D_loss", "Loss_G_loss", "Metrics_fid50k_full")
    lay(tmp_path, {f"run-{r}-tag-{tag}.csv": table for r in ("x1", "x2") for tag in tags})
    assert [[prefix for _, prefix in logs] for logs in logs_by_run(tmp_path).values()] == [list(tags)] * 2


def test_lists_of_numbers_are_named_by_their_files(tmp_path: Path) -> None:
    lay(tmp_path, {"d_loss.txt": "0.5\n0.25\n0.2\n", "g_loss.txt": "1.5\n1.25\n1.2\n"})
    ((_, logs),) = logs_by_run(tmp_path).items()
    assert [prefix for _, prefix in logs] == ["d_loss", "g_loss"]


def test_what_mmengine_writes_thrice_is_one_run(tmp_path: Path) -> None:
    records = "".join(f'{{"loss_disc_real": 0.{i}, "loss_gen": 0.5, "step": {i}00}}\n' for i in range(1, 4))
    printed = "".join(
        f"2023/03/01 12:00:00 - mm - INFO - Iter(train) [{i}00/900] loss_disc_real: 0.{i} loss_gen: 0.5\n"
        for i in range(1, 4)
    )
    run = "20230101_000000"
    lay(tmp_path, {f"{run}/vis_data/{run}.json": records, f"{run}/vis_data/scalars.json": records})
    lay(tmp_path, {f"{run}/{run}.log": printed})
    assert len(runs(tmp_path)) == 1


def test_a_summary_next_to_the_runs_is_not_a_run(tmp_path: Path) -> None:
    lay(tmp_path, {f"{r}/losses.csv": LOSSES for r in "ab"} | {"results.csv": "run,fid\n1,200.5\n2,100.5\n"})
    discovery = find_runs([tmp_path])
    assert [r.name for r in discovery.runs] == ["a", "b"]
    assert "results.csv" in str(discovery.problems[0])
    lay(tmp_path, {"losses.csv": LOSSES})
    assert [r.name for r in runs(tmp_path)] == [tmp_path.name, "a", "b"]


# -- links, and what is no file ----------------------------------------------------------------------


def test_links_are_followed_once(tmp_path: Path) -> None:
    lay(tmp_path, {"store/a/losses.csv": LOSSES, "runs/b/losses.csv": LOSSES})
    (tmp_path / "runs" / "a").symlink_to(tmp_path / "store" / "a")
    (tmp_path / "runs" / "latest").symlink_to(tmp_path / "runs" / "b")
    (tmp_path / "runs" / "b" / "latest.csv").symlink_to("losses.csv")
    (tmp_path / "runs" / "b" / "gone.csv").symlink_to("nowhere.csv")
    assert logs_by_run(tmp_path / "runs") == {"b": [("b/losses.csv", "")], "a": [("a/losses.csv", "")]}


def test_a_loop_of_links_is_skipped_and_reported(tmp_path: Path) -> None:
    lay(tmp_path, {"a/losses.csv": LOSSES})
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "a" / "self.csv").symlink_to("self.csv")
    discovery = find_runs([tmp_path])
    assert [r.name for r in discovery.runs] == ["a"]
    assert len(discovery.problems) == 2
    assert all("passed over" in p.message for p in discovery.problems)


def test_a_link_to_what_is_around_leads_nowhere(tmp_path: Path) -> None:
    lay(tmp_path, {"runs/a/losses.csv": LOSSES, "other/losses.csv": LOSSES})
    (tmp_path / "runs" / "up").symlink_to(tmp_path)
    (tmp_path / "runs" / "all").symlink_to("/")
    discovery = find_runs([tmp_path / "runs"])
    assert [r.name for r in discovery.runs] == ["a"]
    assert sorted(p.message for p in discovery.problems) == [
        f"passed over {tmp_path}/runs/{name}: a link back to a folder above it" for name in ("all", "up")
    ]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs Linux's /proc")
def test_a_link_to_the_kernels_files_is_skipped(tmp_path: Path) -> None:
    lay(tmp_path, {"a/losses.csv": LOSSES})
    (tmp_path / "a" / "proc").symlink_to("/proc")
    (tmp_path / "a" / "sys").symlink_to("/sys/kernel")
    (tmp_path / "a" / "memory.log").symlink_to("/proc/self/mem")
    discovery = find_runs([tmp_path])
    assert [[log.path for log in r.logs] for r in discovery.runs] == [[f"{tmp_path}/a/losses.csv"]]
    assert {p.message.rpartition(": ")[2] for p in discovery.problems} >= {
        "it leads to what is no disk (/proc, /sys, /dev)"
    }


def test_of_many_problems_some_are_listed_and_the_others_counted(tmp_path: Path) -> None:
    lay(tmp_path, {"losses.csv": LOSSES})
    for i in range(finder_module.MAX_PROBLEMS + 20):
        os.mkfifo(tmp_path / f"{i}.log")
    discovery = find_runs([tmp_path])
    assert len(discovery.problems) == finder_module.MAX_PROBLEMS + 1
    assert discovery.problems[-1].message == "passed over 20 more"


def test_fifos_and_sockets_are_skipped_and_reported(tmp_path: Path) -> None:
    lay(tmp_path, {"losses.csv": LOSSES})
    os.mkfifo(tmp_path / "more.csv")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "log"))
        discovery = find_runs([tmp_path])
    assert [len(r.logs) for r in discovery.runs] == [1]
    assert sorted(p.message.rsplit(": ")[-1] for p in discovery.problems) == [
        "a named pipe (FIFO), never opened",
        "a socket, never opened",
    ]


def test_a_search_is_bounded_and_reports_its_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(tmp_path, {f"{i}/losses.csv": LOSSES for i in range(6)} | {"1/2/3/4/5/losses.csv": LOSSES})
    for limit, value, words in [
        ("MAX_FOLDERS", 3, "only the first 3 folders"),
        ("MAX_FILES", 2, "only the first 2 files"),
        ("MAX_DEPTH", 3, "more than 3 deep"),
    ]:
        with monkeypatch.context() as patch:
            patch.setattr(finder_module, limit, value)
            discovery = find_runs([tmp_path])
        assert 2 <= len(discovery.runs) < 7
        assert len(discovery.problems) == 1
        assert words in discovery.problems[0].message


# -- errors ------------------------------------------------------------------------------------------


def test_a_missing_path_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    with pytest.raises(LogNotFoundError, match=r"rnus does not exist. Did you mean .*/runs\?"):
        find_runs([tmp_path / "rnus"])
    with pytest.raises(LogNotFoundError, match="Check the path"):
        find_runs([tmp_path / "nowhere" / "at all"])


def test_an_empty_folder_is_waited_for_and_reported(tmp_path: Path) -> None:
    discovery = find_runs([tmp_path])
    assert discovery.runs == ()
    (problem,) = discovery.problems
    assert isinstance(problem, LogNotFoundError)
    assert problem.message == f"no log found in {tmp_path}"
    assert "CSV" in problem.hint


def test_a_missing_log_is_reported_before_what_was_skipped(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    said = [p.message for p in find_runs([tmp_path]).problems]
    assert said == [
        f"no log found in {tmp_path}",
        f"passed over {tmp_path}/fifo: a named pipe (FIFO), never opened",
    ]


def test_noise_is_not_a_log(tmp_path: Path) -> None:
    lay(tmp_path, {"noise": bytes(range(256)) * 64, "losses.csv": LOSSES})
    with pytest.raises(LogUnreadableError, match=r"noise is not a log in a known format.*--format"):
        find_runs([tmp_path / "noise"])
    discovery = find_runs([tmp_path / "noise", tmp_path / "losses.csv"])
    assert len(discovery.runs) == 1
    assert "noise" in discovery.problems[0].message


def test_a_young_console_log_is_waited_for(tmp_path: Path) -> None:
    lay(tmp_path, {"train.log": "Loading training set ...\n", "empty": ""})
    assert len(runs(tmp_path / "train.log", tmp_path / "empty")) == 2


def test_a_fifo_given_by_name_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(LogUnreadableError, match=r"is a named pipe .* gan-tui -"):
        find_runs([tmp_path / "fifo"])


def test_a_name_that_cannot_be_is_not_a_traceback() -> None:
    with pytest.raises(LogUnreadableError, match="NUL"):
        find_runs(["a\0b"])


# -- again -------------------------------------------------------------------------------------------


def test_a_second_search_finds_what_is_new(tmp_path: Path) -> None:
    lay(tmp_path, {"a/losses.csv": LOSSES})
    finder = Finder([tmp_path])
    assert [r.name for r in finder.find().runs] == ["a"]
    lay(tmp_path, {"b/losses.csv": LOSSES, "a/more.jsonl": STEPS})
    discovery = finder.find()
    assert [(r.name, len(r.logs)) for r in discovery.runs] == [("a", 2), ("b", 1)]
    (tmp_path / "a" / "more.jsonl").unlink()
    assert [(r.name, len(r.logs)) for r in finder.find().runs] == [("a", 1), ("b", 1)]


def test_a_second_search_without_a_change_opens_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(tmp_path, {"a/losses.csv": LOSSES, "b/train.log": "Loading ...\n", "c/d/e.png": b""})
    settle(tmp_path)
    finder = Finder([tmp_path, tmp_path / "a" / "losses.csv"])
    monkeypatch.setattr("gan_tui.logs.discovery.listing.time.time", lambda: time.time_ns() / 1e9 + 10)
    first = finder.find()

    def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("gan_tui.logs.discovery.listing._fill", refuse)
    monkeypatch.setattr(finder_module, "read_head", refuse)
    assert finder.find() is first


def test_a_file_that_becomes_a_log_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(tmp_path, {"train.log": "Loading ...\n"})
    monkeypatch.setattr("gan_tui.logs.discovery.listing.time.time", lambda: time.time_ns() / 1e9 + 10)
    finder = Finder([tmp_path])
    assert finder.find().runs == ()
    lay(tmp_path, {"train.log": "Loading ...\n" + PRINTED})
    assert len(finder.find().runs) == 1


def test_a_later_search_raises_nothing(tmp_path: Path) -> None:
    lay(tmp_path, {"runs/a/losses.csv": LOSSES})
    finder = Finder([tmp_path / "runs"])
    finder.find(strict=True)
    (tmp_path / "runs").rename(tmp_path / "away")
    discovery = finder.find()
    assert discovery.runs == ()
    assert isinstance(discovery.problems[0], LogNotFoundError)
    (tmp_path / "away").rename(tmp_path / "runs")
    assert len(finder.find().runs) == 1


def test_a_deleted_file_is_no_longer_a_run(tmp_path: Path) -> None:
    lay(tmp_path, {"losses.csv": LOSSES})
    finder = Finder([tmp_path / "losses.csv"])
    assert len(finder.find().runs) == 1
    (tmp_path / "losses.csv").unlink()
    assert finder.find().runs == ()
