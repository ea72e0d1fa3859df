"""Recipes for mixtures and digits: sound runs, and each way to fail."""

from __future__ import annotations

from msgspec.structs import replace

from benchmarks.corpus.settings import EVENTS, Dice, Event, Recipe, Settings, finished

OBJECTIVES = (
    "ns", "ns", "ns", "minimax", "lsgan", "lsgan", "hinge", "wgan-clip", "wgan-gp", "wgan-gp",
    "ns-r1", "ragan",
)  # fmt: skip


def _sound(settings: Settings, dice: Dice) -> Settings:
    return replace(
        settings,
        pack=dice.pick(1, 2, 4),
        steps=dice.pick(2500, 3000),
        lr_d=dice.log_between(3e-4, 1.2e-3),
        lr_g=dice.log_between(3e-4, 1.2e-3),
        batch=128,
        d_width=128,
        g_width=128,
        activation="lrelu",
        instance_noise=dice.pick(0.0, 0.05),
    )


def _calm(settings: Settings, dice: Dice) -> Settings:
    """Settings that come to rest: falling learning rates, and an objective that lets them."""
    objective = dice.pick("wgan-gp", "ns-r1", "ns-r1", "ns", "hinge", "ragan", "lsgan", "minimax")
    return replace(
        settings,
        objective=objective,
        pack=dice.pick(1, 2),
        steps=dice.pick(2500, 3000),
        decay=True,
        lr_d=dice.log_between(8e-4, 2.5e-3),
        lr_g=dice.log_between(8e-4, 2.5e-3),
        beta2=0.99,
        latent=dice.pick(8, 16),
        depth=3,
        batch=128,
        d_width=128,
        g_width=128,
        activation="lrelu",
        spectral_norm=False,
        n_critic=2 if objective.startswith("wgan") else 1,
    )


def _long(settings: Settings, dice: Dice) -> Settings:
    calm = _calm(settings, dice)
    return replace(calm, steps=dice.pick(5000, 6000), decay=dice.chance(0.5))


def _drift(settings: Settings, dice: Dice) -> Settings:
    """A discriminator that keeps gaining on a generator that keeps improving."""
    return replace(
        settings,
        objective=dice.pick("ns", "ns", "lsgan", "ragan", "ns-r1"),
        pack=dice.pick(1, 2),
        lr_d=dice.log_between(3e-4, 8e-4),
        lr_g=dice.log_between(1e-4, 2.5e-4),
        d_width=128,
        g_width=dice.pick(32, 64),
        depth=3,
        batch=128,
        activation="lrelu",
        spectral_norm=False,
        steps=dice.pick(3000, 3500),
    )


def _random(settings: Settings, dice: Dice) -> Settings:
    return replace(
        settings,
        lr_d=dice.log_between(3e-5, 3e-2),
        lr_g=dice.log_between(3e-5, 3e-2),
        beta1=dice.pick(0.0, 0.5, 0.9),
        n_critic=dice.pick(1, 1, 2, 3),
        d_width=dice.pick(16, 32, 64, 128),
        g_width=dice.pick(16, 32, 64, 128),
        optimizer=dice.pick("adam", "adam", "rmsprop", "sgd"),
        depth=dice.pick(1, 2, 3),
        latent=dice.pick(1, 2, 8, 32),
        spectral_norm=dice.chance(0.2),
        g_batch_norm=dice.chance(0.3),
    )


def _collapse(settings: Settings, dice: Dice) -> Settings:
    return replace(
        settings,
        objective=dice.pick("ns", "ns", "minimax", "hinge", "lsgan", "wgan-clip", "ragan"),
        lr_g=dice.log_between(1e-3, 1e-2),
        lr_d=dice.log_between(1e-4, 1e-3),
        d_width=dice.pick(8, 16, 32, 64),
        latent=dice.pick(1, 2, 2, 8),
        depth=dice.pick(1, 2),
        beta1=dice.pick(0.5, 0.9),
        n_critic=1,
        spectral_norm=False,
    )


def _hop(settings: Settings, dice: Dice) -> Settings:
    """A generator that jumps from mode to mode."""
    return replace(
        settings,
        objective=dice.pick("ns", "ns", "minimax", "hinge", "lsgan", "wgan-clip"),
        activation=dice.pick("tanh", "relu", "lrelu"),
        latent=dice.pick(2, 16, 64),
        d_width=dice.pick(64, 128),
        g_width=128,
        depth=2,
        spectral_norm=False,
        lr_g=dice.log_between(5e-4, 3e-3),
        lr_d=dice.log_between(2e-4, 2e-3),
        beta1=dice.pick(0.5, 0.5, 0.9),
        n_critic=1,
        label_smoothing=0.0,
    )


def _orbit(settings: Settings, dice: Dice) -> Settings:
    """Momentum and a weak critic: the samples circle the data."""
    objective = dice.pick("ns", "ns", "minimax", "hinge", "wgan-clip", "lsgan", "ragan")
    weak = objective == "wgan-clip"
    return replace(
        settings,
        objective=objective,
        activation=dice.pick("relu", "relu", "lrelu", "tanh"),
        latent=dice.pick(2, 4, 16),
        d_width=64 if weak else dice.pick(16, 32, 32, 64),
        g_width=dice.pick(64, 128),
        depth=2,
        spectral_norm=False,
        lr_g=2e-4 if weak else dice.log_between(5e-4, 4e-3),
        lr_d=2e-4 if weak else dice.log_between(2.5e-4, 2.5e-3),
        beta1=dice.pick(0.5, 0.9, 0.9, 0.95),
        n_critic=1,
        label_smoothing=0.0,
    )


def _diverge(settings: Settings, dice: Dice) -> Settings:
    return replace(
        settings,
        objective=dice.pick("wgan-gp", "hinge", "lsgan", "ns", "wgan-none", "ns-r1"),
        lr_d=dice.log_between(1e-2, 0.5),
        lr_g=dice.log_between(1e-2, 0.5),
        optimizer=dice.pick("adam", "sgd", "rmsprop"),
        spectral_norm=False,
        activation=dice.pick("lrelu", "relu"),
        steps=dice.pick(1500, 2000),
    )


def _d_wins(settings: Settings, dice: Dice) -> Settings:
    return replace(
        settings,
        objective=dice.pick("ns", "minimax", "minimax", "lsgan", "hinge", "ragan"),
        lr_d=dice.log_between(1.5e-3, 1.5e-2),
        lr_g=dice.log_between(3e-6, 6e-5),
        n_critic=dice.pick(1, 2),
        d_width=128,
        spectral_norm=False,
        steps=dice.pick(1500, 2000),
    )


def _g_wins(settings: Settings, dice: Dice) -> Settings:
    return replace(
        settings,
        objective=dice.pick("ns", "ns", "minimax", "lsgan", "hinge", "ragan"),
        lr_d=dice.log_between(1e-6, 5e-5),
        lr_g=dice.log_between(1e-3, 1e-2),
        n_critic=1,
        d_width=dice.pick(8, 16, 32),
        depth=2,
        steps=dice.pick(1500, 2000),
    )


def _late(settings: Settings, dice: Dice) -> Settings:
    sound = _calm(settings, dice) if dice.chance(0.5) else _sound(settings, dice)
    at = int(sound.steps * dice.between(0.35, 0.8))
    return replace(sound, decay=False, event=Event(at, dice.pick(*EVENTS, "frozen-d")))


RECIPES: dict[str, Recipe] = {
    "sound": _sound,
    "calm": _calm,
    "long": _long,
    "drift": _drift,
    "random": _random,
    "collapse": _collapse,
    "hop": _hop,
    "orbit": _orbit,
    "diverge": _diverge,
    "d-wins": _d_wins,
    "g-wins": _g_wins,
    "late": _late,
}


def draw(seed: int, data: str, recipe: str, dice: Dice) -> Settings:
    """Return the settings of a run on mixtures or digits."""
    pick = dice.pick
    settings = Settings(
        seed=seed,
        data=data,
        recipe=recipe,
        net=pick("mlp", "mlp", "dcgan") if data == "digits" else "mlp",
        objective=pick(*OBJECTIVES),
        halved=dice.chance(0.35),
        label_smoothing=pick(0.0, 0.0, 0.1),
        lr_d=dice.log_between(2e-4, 1e-3),
        lr_g=dice.log_between(2e-4, 1e-3),
        beta1=pick(0.0, 0.5),
        beta2=pick(0.9, 0.99, 0.999),
        n_critic=pick(1, 1, 2),
        d_width=pick(64, 128),
        g_width=pick(64, 128),
        depth=pick(2, 3),
        latent=pick(8, 16, 32),
        batch=pick(64, 128),
        activation=pick("lrelu", "lrelu", "relu", "tanh"),
        steps=pick(1500, 2000, 3000),
    )
    if settings.objective.startswith("wgan"):
        settings = replace(settings, n_critic=pick(2, 2, 3))
    settings = replace(settings, spectral_norm=settings.objective == "hinge" or dice.chance(0.1))
    settings = RECIPES[recipe](settings, dice)
    if settings.net == "dcgan":
        narrow = max(4, settings.d_width // 8), max(8, settings.g_width // 8)
        settings = replace(settings, d_width=narrow[0], g_width=narrow[1], g_batch_norm=dice.chance(0.7))
    return finished(settings, dice)
