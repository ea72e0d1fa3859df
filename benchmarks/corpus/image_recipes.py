"""Recipes for images of 16 to 28 pixels: sound runs, and each way to fail."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from benchmarks.corpus.settings import EVENTS, Dice, Event, Recipe, Settings, finished

OBJECTIVES = (
    "ns", "ns", "ns", "minimax", "lsgan", "hinge", "wgan-clip", "wgan-gp", "ns-r1", "ragan",
)  # fmt: skip
STEPS: dict[str, Sequence[int]] = {
    "fashion": (800, 1200, 1600),
    "fashion16": (1200, 1600, 2000),
    "letters": (1200, 1600, 2000),
    "emoji": (1000, 1400, 1800),
}


def _sound(settings: Settings, dice: Dice) -> Settings:
    """Equal players: faster ones make a small net's samples travel."""
    lr_d = dice.log_between(2.5e-4, 6e-4)
    return replace(
        settings,
        steps=max(STEPS[settings.data]),
        lr_d=lr_d,
        lr_g=lr_d * dice.log_between(0.7, 1.6),
        d_width=256 if settings.net == "mlp" else 16,
        dcgan_init=False,
    )


def _calm(settings: Settings, dice: Dice) -> Settings:
    return replace(_sound(settings, dice), decay=True, beta2=0.99)


def _long(settings: Settings, dice: Dice) -> Settings:
    sound = _sound(settings, dice)
    longer = 1.25 if settings.data == "fashion" else 2
    return replace(sound, steps=int(longer * sound.steps), batch=32, decay=dice.chance(0.5))


def _drift(settings: Settings, dice: Dice) -> Settings:
    """A discriminator that keeps gaining on a generator that keeps improving."""
    return replace(
        settings,
        objective=dice.pick("ns", "ns", "ns", "lsgan", "ragan", "wgan-gp"),
        n_critic=1,
        steps=max(STEPS[settings.data]),
        few_images=dice.pick(0, 300, 600, 1200),
        lr_d=dice.log_between(4e-4, 1e-3),
        lr_g=dice.log_between(1.5e-4, 4e-4),
        d_width=256 if settings.net == "mlp" else 16,
        d_batch_norm=settings.net == "dcgan" and dice.chance(0.6),
        label_smoothing=0.0,
        dropout=0.0,
        dcgan_init=False,
    )


def _random(settings: Settings, dice: Dice) -> Settings:
    return replace(
        settings,
        lr_d=dice.log_between(3e-5, 1e-2),
        lr_g=dice.log_between(3e-5, 1e-2),
        beta1=dice.pick(0.0, 0.5, 0.9),
        n_critic=dice.pick(1, 1, 2),
        optimizer=dice.pick("adam", "adam", "rmsprop"),
        g_batch_norm=dice.chance(0.5),
        d_batch_norm=dice.chance(0.3),
        latent=dice.pick(2, 16, 100),
        dcgan_init=dice.chance(0.5),
    )


def _collapse(settings: Settings, dice: Dice) -> Settings:
    return replace(
        settings,
        objective=dice.pick("ns", "ns", "minimax", "hinge", "lsgan", "wgan-clip", "ragan"),
        lr_g=dice.log_between(1e-3, 1e-2),
        lr_d=dice.log_between(6e-5, 1e-3),
        d_width=dice.pick(16, 32, 64) if settings.net == "mlp" else dice.pick(2, 4, 8),
        latent=dice.pick(1, 2, 8, 64),
        beta1=dice.pick(0.5, 0.9),
        g_batch_norm=dice.chance(0.35),
        n_critic=1,
        spectral_norm=settings.net == "resnet",
    )


def _hop(settings: Settings, dice: Dice) -> Settings:
    return replace(
        settings,
        objective=dice.pick("ns", "ns", "minimax", "hinge", "lsgan", "ragan", "wgan-clip"),
        beta1=dice.pick(0.5, 0.9),
        latent=dice.pick(2, 16, 64),
        lr_d=dice.log_between(3e-4, 3e-3),
        lr_g=dice.log_between(1e-3, 5e-3),
        g_batch_norm=dice.chance(0.3),
        n_critic=1,
        dropout=0.0,
        spectral_norm=settings.net == "resnet",
    )


def _orbit(settings: Settings, dice: Dice) -> Settings:
    return replace(
        settings,
        objective=dice.pick("ns", "ns", "minimax", "hinge", "lsgan", "ragan", "wgan-clip"),
        beta1=dice.pick(0.9, 0.95),
        lr_d=dice.log_between(4e-4, 4e-3),
        lr_g=dice.log_between(6e-4, 5e-3),
        g_batch_norm=dice.chance(0.5),
        n_critic=1,
        spectral_norm=settings.net == "resnet",
    )


def _diverge(settings: Settings, dice: Dice) -> Settings:
    return replace(
        settings,
        objective=dice.pick("ns", "lsgan", "hinge", "wgan-gp", "wgan-none", "ns-r1"),
        lr_d=dice.log_between(1e-2, 0.3),
        lr_g=dice.log_between(1e-2, 0.3),
        optimizer=dice.pick("adam", "rmsprop", "sgd"),
        spectral_norm=False,
        g_batch_norm=dice.chance(0.5),
        n_critic=1,
    )


def _d_wins(settings: Settings, dice: Dice) -> Settings:
    return replace(
        settings,
        objective=dice.pick("ns", "minimax", "lsgan", "hinge", "ragan"),
        lr_d=dice.log_between(1e-3, 6e-3),
        lr_g=dice.log_between(3e-6, 5e-5),
        n_critic=dice.pick(1, 2),
        d_width=256 if settings.net == "mlp" else 16,
        spectral_norm=False,
        dropout=0.0,
    )


def _g_wins(settings: Settings, dice: Dice) -> Settings:
    return replace(
        settings,
        objective=dice.pick("ns", "ns", "minimax", "lsgan", "hinge", "ragan"),
        lr_d=dice.log_between(1e-6, 3e-5),
        lr_g=dice.log_between(1e-3, 5e-3),
        d_width=32 if settings.net == "mlp" else dice.pick(2, 4, 8),
        n_critic=1,
    )


def _late(settings: Settings, dice: Dice) -> Settings:
    sound = _sound(settings, dice)
    at = int(sound.steps * dice.between(0.35, 0.8))
    return replace(sound, event=Event(at, dice.pick(*EVENTS, "frozen-d")))


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
    """Return the settings of a run on images."""
    pick = dice.pick
    net = pick("dcgan", "dcgan", "dcgan", "mlp", "mlp", "resnet")
    settings = Settings(
        seed=seed,
        data=data,
        recipe=recipe,
        net=net,
        objective=pick(*OBJECTIVES),
        halved=dice.chance(0.4),
        label_smoothing=pick(0.0, 0.0, 0.1),
        lr_d=dice.log_between(2e-4, 8e-4),
        lr_g=dice.log_between(2e-4, 1e-3),
        beta1=0.5,
        beta2=pick(0.9, 0.99, 0.999),
        d_width=pick(128, 256) if net == "mlp" else pick(8, 12),
        g_width=pick(128, 256) if net == "mlp" else pick(12, 16),
        latent=pick(16, 32, 64, 100),
        batch=pick(32, 32, 64),
        g_batch_norm=True,
        dropout=pick(0.0, 0.0, 0.3),
        dcgan_init=dice.chance(0.3),
        steps=pick(*STEPS[data]),
    )
    if settings.objective.startswith("wgan"):
        settings = replace(settings, n_critic=2, beta1=pick(0.0, 0.5))
    settings = replace(settings, spectral_norm=net == "resnet" or settings.objective == "hinge")
    settings = RECIPES[recipe](settings, dice)
    if net == "resnet":
        settings = replace(settings, d_width=8, g_width=8, n_critic=1, batch=32)
    return finished(settings, dice)
