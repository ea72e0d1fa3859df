from __future__ import annotations

import pytest

from gan_tui.logs import file_names


@pytest.mark.parametrize(
    ("name", "words", "players"),
    [
        ("errD", ["err", "d"], {"discriminator"}),
        ("lossG", ["loss", "g"], {"generator"}),
        ("D(G(z))", ["d", "g", "z"], {"discriminator", "generator"}),
        ("d_loss_real", ["d", "loss", "real"], {"discriminator"}),
        ("dloss", ["d", "loss"], {"discriminator"}),
        ("genLoss", ["gen", "loss"], {"generator"}),
        ("losses_generator", ["losses", "generator"], {"generator"}),
        ("lr_D", ["lr", "d"], {"discriminator"}),
        ("netG", ["net", "g"], {"generator"}),
        ("fid", ["fid"], set()),
        ("dcgan", ["dcgan"], set()),
    ],
)
def test_the_words_of_a_name(name: str, words: list[str], players: set[str]) -> None:
    assert file_names.split_words(name) == words
    assert file_names.players_in(name) == players


@pytest.mark.parametrize("name", ["errD", "D(x)", "D(G(z))", "g_loss", "critic_gp", "loss_D_real", "FID"])
def test_metric_names_are_recognised(name: str) -> None:
    assert file_names.is_metric_name(name)


@pytest.mark.parametrize(
    "name", ["run1", "dcgan", "wgan_gp_mnist", "seed0", "version_0", "loss_ablation", "2024"]
)
def test_run_names_are_not_metrics(name: str) -> None:
    assert not file_names.is_metric_name(name)


def test_only_a_player() -> None:
    assert {file_names.only_player(name) for name in ("generator", "netG", "G")} == {"generator"}
    assert file_names.only_player("critic") == file_names.only_player("Disc") == "discriminator"
    assert file_names.only_player("g_loss") is None
    assert file_names.only_player("run") is None


def test_names_are_sorted_naturally() -> None:
    unsorted = ["version_10", "version_2", "a", "version_1b", "10", "9", "²"]
    assert sorted(unsorted, key=file_names.natural_sort_key) == [
        "9",
        "10",
        "a",
        "version_1b",
        "version_2",
        "version_10",
        "²",
    ]


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("loss.csv", ""),
        ("training_log.csv", ""),
        ("val_losses.csv", ""),
        ("train_20240101_120000.log", ""),
        ("train_2024-01-01_12-00-00.log", ""),
        ("seed0.csv", "seed_0"),
        ("losses (1).csv", "1"),
        ("wgan_history.json", "wgan"),
    ],
)
def test_the_run_in_the_name_of_a_log(name: str, stem: str) -> None:
    assert file_names.run_stem(name) == stem


def test_the_shortest_names_that_differ() -> None:
    candidates = [["v", "a/v", "x/a/v"], ["v", "b/v", "x/b/v"], ["w", "b/w"]]
    assert file_names.shortest_unique_names(candidates) == ["a/v", "b/v", "w"]
    assert file_names.shortest_unique_names([["a"], ["a"]]) == ["a", "a"]
    assert file_names.shortest_unique_names([]) == []
