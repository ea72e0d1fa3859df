"""Roles from names: spellings, what the names of a run say together, and what a person says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.errors import UsageError
from gan_tui.run.roles.inference import NO_ROLE, ROLES, Assignment, assign
from gan_tui.run.roles.tokenizer import MAX_NAME, tokenize
from gan_tui.run.roles.vocabulary import RULES, WORDS


def roles(*names: str, **overrides: str) -> dict[str, str | None]:
    """Role by name, with `@pair` where there is one."""
    found = assign(names, overrides)
    return {n: a.role if a.pair is None else f"{a.role}@{a.pair}" for n, a in found.items()}


@pytest.mark.parametrize(
    ("d", "g"),
    [
        ("d_loss", "g_loss"),
        ("D_loss", "G_loss"),
        ("D loss", "G loss"),
        ("Loss_D", "Loss_G"),
        ("lossD", "lossG"),
        ("LossD", "LossG"),
        ("loss_d", "loss_g"),
        ("losses_d", "losses_g"),
        ("D-Loss", "G-Loss"),
        ("errD", "errG"),
        ("err_d", "err_g"),
        ("D_cost", "G_cost"),
        ("train disc cost", "train gen cost"),
        ("dloss", "gloss"),
        ("disc_loss", "gen_loss"),
        ("Disc Loss", "Gen Loss"),
        ("loss_dis", "loss_gen"),
        ("dis/loss", "gen/loss"),
        ("discriminator_loss", "generator_loss"),
        ("Discriminator Loss", "Generator Loss"),
        ("Discriminator_Loss", "Generator_Loss"),
        ("discriminatorLoss", "generatorLoss"),
        ("loss/discriminator", "loss/generator"),
        ("Loss/D", "Loss/G"),
        ("Loss/D/loss", "Loss/G/loss"),
        ("losses/discriminator", "losses/generator"),
        ("train/disc_loss", "train/g_loss"),
        ("Loss_discriminator/Loss", "Loss_generator/Loss"),
        ("critic_loss", "gen_loss"),
        ("Critic Loss", "Generator Loss"),
        ("loss_critic", "loss_gen"),
        ("Running Discriminator Loss", "Running Generator Loss"),
        ("discrim/loss", "refiner/loss"),
        ("D", "G"),
        ("d", "g"),
        ("discriminator", "Generator"),
        ("Discrim.", "Gen."),
        ("l_d_total", "l_g_total"),
        ("d_loss_epoch", "g_loss_epoch"),
        ("tmp/mnist/run_7/d_loss", "tmp/mnist/run_7/g_loss"),
        ("loss_D (train)", "loss_G (train)"),
        ("Distriminator Loss", "Generator Loss"),
        ("C_loss", "G_loss"),
    ],
)
def test_knows_both_players_in_every_spelling(d: str, g: str) -> None:
    assert roles("epoch_time_s", d, g) == {"epoch_time_s": None, d: "d_loss", g: "g_loss"}


@pytest.mark.parametrize(
    "name",
    [
        "val_d_loss",
        "d_loss_val",
        "val/g_loss",
        "dev disc cost",
        "test_loss_G",
        "losses_test_d",
        "eval/discriminator_loss",
        "validation/gen_loss",
        "D_loss_std",
        "d_loss_weight",
        "disc_factor",
        "weights/D",
        "Timing/G",
        "D_0_conv1_SV0",
        "loss_G_l1",
        "G_VGG",
        "cycle_A",
        "idt_B",
        "lr",
        "epoch",
        "time",
        "loss",
        "total_loss",
        "mse",
        "column 1",
        "生成器损失",
        "",
        " ",
        "///",
    ],
)
def test_gives_no_role_to_other_series(name: str) -> None:
    assert roles("d_loss", "g_loss", name)[name] is None


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("D(x)", "d_real"),
        ("D_x_", "d_real"),
        ("Dx", "d_real"),
        ("D(real)", "d_real"),
        ("D(G(z))", "d_fake"),
        ("DGz", "d_fake"),
        ("real_score", "d_real"),
        ("logits_fake", "d_fake"),
        ("critic_score_img_real", "d_real"),
        ("dis_logit_fake", "d_fake"),
        ("Loss/scores/real", "d_real"),
        ("Loss/signs/real", "d_real_sign"),
        ("D/acc", "d_accuracy"),
        ("acc.", "d_accuracy"),
        ("discriminator_real_accuracy", "d_real_accuracy"),
        ("fake_acc", "d_fake_accuracy"),
        ("g_acc", "g_accuracy"),
        ("gradient_penalty", "gradient_penalty"),
        ("critic_gradient_penality", "gradient_penalty"),
        ("GP", "gradient_penalty"),
        ("r1", "gradient_penalty"),
        ("loss_disc_r1", "gradient_penalty"),
        ("Loss/r1_penalty", "gradient_penalty"),
        ("reg", "gradient_penalty"),
        ("Loss/mixed_norms", "critic_slope"),
        ("grad_norm_d", "d_grad_norm"),
        ("G_grad_norm", "g_grad_norm"),
        ("Gradients/generator", "g_grad_norm"),
        ("lr_D", "d_lr"),
        ("learning_rates/generator", "g_lr"),
        ("wasserstein distance", "wasserstein"),
        ("w_dist", "wasserstein"),
        ("Wasserstein_D", "wasserstein"),
        ("FID", "fid"),
        ("Metrics/fid50k_full", "fid"),
        ("val/fid", "fid"),
        ("KID", "kid"),
        ("inception_score/mean", "inception_score"),
        ("IS", "inception_score"),
    ],
)
def test_knows_other_gan_metrics(name: str, role: str) -> None:
    assert roles("d_loss", "g_loss", name) == {"d_loss": "d_loss", "g_loss": "g_loss", name: role}


def test_two_scores_on_fakes_are_before_and_after_the_generators_step() -> None:
    for before, after in (
        ("D(G(z))", "D(G(z)) after"),
        ("D(G(z)) before", "D(G(z)) after"),
        ("D(G(z))_1", "D(G(z))_2"),
        ("D_G_z1", "D_G_z2"),
        ("D_G_z__", "D_G_z___1"),
    ):
        assert roles(before, after) == {before: "d_fake", after: "d_fake_after"}


def test_losses_is_the_generators_next_to_losses_d() -> None:
    found = roles("losses", "losses_d", "losses_test", "losses_test_d", "mse", "mse_test")
    assert found["losses"] == "g_loss"
    assert found["losses_d"] == "d_loss"
    assert roles("losses", "accuracy") == {"losses": None, "accuracy": None}


def test_gan_loss_is_the_generators_next_to_the_discriminators() -> None:
    assert roles("disc_fake_loss", "disc_real_loss", "gan_loss", "mean_disc_loss") == {
        "disc_fake_loss": "d_loss_fake",
        "disc_real_loss": "d_loss_real",
        "gan_loss": "g_loss",
        "mean_disc_loss": "d_loss",
    }
    assert roles("gan_loss")["gan_loss"] is None


def test_d_real_is_a_half_where_no_loss_of_d_is_logged_and_a_score_where_one_is() -> None:
    assert roles("G_GAN", "D_real", "D_fake")["D_real"] == "d_loss_real"
    assert roles("D_loss", "G_loss", "D_real", "D_fake")["D_real"] == "d_real"
    assert roles("l_d_real", "out_d_real")["out_d_real"] == "d_real"
    assert roles("d_out_real", "ave_gamma_l3")["d_out_real"] == "d_loss_real"


def test_the_adversarial_part_goes_before_the_total() -> None:
    found = roles("loss_G", "loss_D", "loss_G_adv", "loss_G_l1")
    assert found["loss_G_adv"] == "g_loss"
    assert found["loss_G"] == "g_loss_total"
    assert roles("g_loss", "d_loss", "adv", "pixel_loss")["g_loss"] == "g_loss_total"
    assert roles("g_loss_total", "g_loss_adv", "d_loss")["g_loss_total"] == "g_loss_total"


def test_a_total_is_the_loss_where_no_other_part_is_logged() -> None:
    assert roles("loss_gen_total", "loss_dis_total") == {
        "loss_gen_total": "g_loss",
        "loss_dis_total": "d_loss",
    }
    assert roles("gen_loss_total", "mel_error")["gen_loss_total"] == "g_loss_total"
    assert roles("loss_G_total", "loss_G_l1", "loss_D_total")["loss_D_total"] == "d_loss"


def test_the_better_of_two_names_takes_the_role() -> None:
    assert roles("Distriminator Loss", "Discriminator Loss")["Discriminator Loss"] == "d_loss"
    assert roles("d_loss_epoch", "d_loss_step")["d_loss_step"] == "d_loss"
    assert roles("discloss", "train/disc_loss")["train/disc_loss"] == "d_loss"
    assert roles("D", "d_loss") == {"D": None, "d_loss": "d_loss"}
    note = assign(["D", "d_loss"])["D"].note
    assert "d_loss" in note


def test_pairs_are_distinguished_by_letters_numbers_and_directions() -> None:
    assert roles("D_A", "G_A", "D_B", "G_B")["G_B"] == "g_loss@B"
    assert roles("D[0]", "D[1]", "G[0]", "G[1]")["D[1]"] == "d_loss@1"
    assert (
        roles("loss_dis_a", "loss_dis_b", "loss_gen_adv_a", "loss_gen_adv_b")["loss_gen_adv_b"] == "g_loss@B"
    )
    assert roles("G_A2B", "G_B2A", "D_A", "D_B")["G_A2B"] == "g_loss@B"
    assert roles("G_AB_loss", "G_BA_loss", "D_A_loss", "D_B_loss")["G_BA_loss"] == "g_loss@A"
    assert roles("D_X", "D_Y", "G_X", "G_Y")["D_X"] == "d_loss@X"
    assert roles("G_GAN", "D", "G_GAN2", "D2") == {
        "G_GAN": "g_loss",
        "D": "d_loss",
        "G_GAN2": "g_loss@2",
        "D2": "d_loss@2",
    }


def test_one_numbered_series_makes_no_pair() -> None:
    assert roles("d_loss_1", "g_loss") == {"d_loss_1": "d_loss", "g_loss": "g_loss"}


def test_several_discriminators_of_one_generator_are_pairs_and_the_first_is_the_main_one() -> None:
    assert roles("D_0", "D_1", "D_2", "G") == {
        "D_0": "d_loss",
        "D_1": "d_loss@1",
        "D_2": "d_loss@2",
        "G": "g_loss",
    }
    assert roles("mpd_loss/disc", "msd_loss/disc", "loss_gen")["msd_loss/disc"] == "d_loss@msd"
    assert roles("loss_D_A", "loss_D_B", "loss_G")["loss_D_A"] == "d_loss@A"


def test_a_person_is_believed() -> None:
    names = ["d_loss", "g_loss", "x"]
    assert roles(*names, x="d_loss") == {"d_loss": None, "g_loss": "g_loss", "x": "d_loss"}
    assert roles(*names, d_loss=NO_ROLE)["d_loss"] is None
    assert roles("D", "d_loss", d_loss=NO_ROLE)["D"] == "d_loss"
    assert roles("d_loss", not_logged="g_loss") == {"d_loss": "d_loss"}
    assert assign(["q_A", "D_A", "D_B"], {"q_A": "g_loss"})["q_A"] == Assignment(
        "g_loss", "A", "as a person said"
    )


def test_an_unknown_role_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"No role is called 'dloss'.*d_loss"):
        assign(["x"], {"x": "dloss"})


def test_every_row_is_made_of_known_words_and_names_a_known_role() -> None:
    known = {word for words in WORDS.values() for word in words} | set("12xab")
    for row in RULES:
        assert row.role in ROLES
        for words in row.names.split(";"):
            assert words.split()
            assert set(words.split()) <= known, words


@given(st.lists(st.text(max_size=40), max_size=12))
def test_any_names_get_at_most_one_series_a_role(names: list[str]) -> None:
    found = assign(names)
    assert list(found) == list(dict.fromkeys(names))
    held = [(a.role, a.pair) for a in found.values() if a.role]
    assert len(held) == len(set(held))
    assert assign(names) == found


WORDS_OF_NAMES = """
    d g D G disc gen loss real fake adv gan score x z A B 0 1 2 total train val l1 gp critic err / _ ( ) [
"""
WORD = st.sampled_from(WORDS_OF_NAMES.split())


@given(st.lists(st.lists(WORD, min_size=1, max_size=6).map("_".join), max_size=10))
def test_likely_names_get_at_most_one_series_a_role(names: list[str]) -> None:
    held = [(a.role, a.pair) for a in assign(names).values() if a.role]
    assert len(held) == len(set(held))
    assert {role for role, _ in held} <= ROLES.keys()


def test_hostile_names_cost_nothing() -> None:
    hostile = [
        "d_loss" + "x" * 10_000_000,
        "\x1b]0;d_loss\x07" * 1000,
        "_" * 5_000_000,
        "D(" * 1_000_000,
        "[red]D[/red]",
    ]
    found = assign(hostile)  # would take hours, were the work not bounded
    assert all(a.role is None for a in list(found.values())[:4])
    assert tokenize("d" * (MAX_NAME + 1)).words == {"?"}


def test_control_characters_only_part_words() -> None:
    assert roles("\x1b[1md_loss\x00", "g\nloss") == {"\x1b[1md_loss\x00": None, "g\nloss": "g_loss"}


def test_brownlees_first_and_second_loss_of_d_are_its_terms() -> None:
    assert roles("d1", "d2", "g", "a1", "a2") == {
        "d1": "d_loss_real",
        "d2": "d_loss_fake",
        "g": "g_loss",
        "a1": "d_real_accuracy",
        "a2": "d_fake_accuracy",
    }
    assert roles("c1", "c2", "g") == {"c1": "d_loss_real", "c2": "d_loss_fake", "g": "g_loss"}
    assert roles("d1", "d2", "g1", "g2")["d2"] == "d_loss@2"


def test_the_name_of_a_run_before_a_column_says_nothing() -> None:
    names = ("dandy-sun-12 - d_loss", "dandy-sun-12 - d_loss__MIN", "dandy-sun-12 - train/g_loss")
    assert list(roles(*names).values()) == ["d_loss", None, "g_loss"]
    assert roles("my run - Discriminator Loss", "my run - Generator Loss") == {
        "my run - Discriminator Loss": "d_loss",
        "my run - Generator Loss": "g_loss",
    }


def test_several_runs_in_a_table_are_pairs() -> None:
    found = roles("sun - d_loss", "sun - g_loss", "moon - d_loss", "moon - g_loss")
    assert list(found.values()) == ["d_loss@sun", "g_loss@sun", "d_loss@moon", "g_loss@moon"]


def test_of_a_loss_in_several_numbers_the_first_is_the_loss() -> None:
    assert roles("D loss", "G loss[0]", "G loss[1]") == {
        "D loss": "d_loss",
        "G loss[0]": "g_loss",
        "G loss[1]": None,
    }


def test_a_number_that_all_losses_carry_tells_no_pairs_apart() -> None:
    assert roles("d_loss_1", "g_loss_1") == {"d_loss_1": "d_loss", "g_loss_1": "g_loss"}


def test_an_output_of_d_is_not_a_loss_in_any_folder() -> None:
    names = ("losses/l_g_gan", "losses/l_d_real", "losses/out_d_real", "losses/l_d_fake", "losses/out_d_fake")
    assert list(roles(*names).values()) == ["g_loss", "d_loss_real", "d_real", "d_loss_fake", "d_fake"]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("d_loss_r d_loss_f g_loss", "d_loss_real d_loss_fake g_loss"),
        ("c_loss g_loss gp", "d_loss g_loss gradient_penalty"),
        ("W_D D_cost G_cost", "wasserstein d_loss g_loss"),
        ("optG/lr optD/lr", "g_lr d_lr"),
        ("gan/d_loss gan/g_loss gan/d_real gan/d_fake", "d_loss g_loss d_real d_fake"),
        ("LD LG", "d_loss g_loss"),
        ("perte_generateur perte_discriminateur", "g_loss d_loss"),
        ("D_loss_history G_loss_history", "d_loss g_loss"),
    ],
)
def test_more_names_among_their_neighbours(names: str, expected: str) -> None:
    assert [role or "-" for role in roles(*names.split()).values()] == expected.split()


def test_a_loss_next_to_those_of_all_pairs_is_their_total() -> None:
    found = roles("loss_GAN_A2B", "loss_GAN_B2A", "loss_D_A", "loss_D_B", "loss_G")
    assert found["loss_G"] == "g_loss_total"
    assert roles("loss_D_A", "loss_D_B", "loss_G")["loss_G"] == "g_loss"
