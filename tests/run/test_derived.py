"""Series that are computed from logged ones."""

from __future__ import annotations

from gan_tui.run.derived import Derivation, Operation, derivations
from gan_tui.run.roles.inference import Assignment, assign


def test_sums_the_halves_of_each_pair() -> None:
    found = derivations(
        assign(["D/latent_real", "D/latent_fake", "D/ref_real", "D/ref_fake", "G/latent_adv"])
    )
    assert found == (
        Derivation("d_loss latent", "d_loss", "latent", ("D/latent_real", "D/latent_fake"), Operation.SUM),
        Derivation("d_loss ref", "d_loss", "ref", ("D/ref_real", "D/ref_fake"), Operation.SUM),
    )


def test_the_main_pair_has_the_bare_name() -> None:
    (found,) = derivations(assign(["G_loss", "D_loss_real", "D_loss_fake"]))
    assert (found.name, found.pair, found.parts) == ("d_loss", None, ("D_loss_real", "D_loss_fake"))


def test_nothing_is_derived_where_it_is_logged_or_a_half_is_missing() -> None:
    assert derivations(assign(["d_loss", "d_loss_real", "d_loss_fake", "g_loss"])) == ()
    assert derivations(assign(["d_loss_real", "g_loss"])) == ()


def test_the_name_is_no_logged_one() -> None:
    logged = {
        "r": Assignment("d_loss_real"),
        "f": Assignment("d_loss_fake"),
        "d_loss": Assignment(None),
        "d_loss'": Assignment(None),
    }
    assert [d.name for d in derivations(logged)] == ["d_loss''"]
