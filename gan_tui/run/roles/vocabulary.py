"""Words in the series names of GAN codebases, and which words together mean which role.

A name is split into words, each word is looked up in `WORDS`, and the set of words in `RULES`. A new
spelling is one word, a new name is one row; `inference.py` decides between the names of a run. The words
of the rows:

    d g            the players            loss          a loss, a cost, an error
    real fake      what D looks at        score sign    D's output on them, and its sign
    x z 1 2        D(x), D(G(z)), twice   before after  G's step
    adv            the adversarial part   part          a part that is not: L1, perceptual, cycle, ...
    total          all parts together     penalty reg   a penalty on D's gradient, any regularizer
    grad norm lr acc wass dist fid kid is
"""

from __future__ import annotations

from typing import NamedTuple

ROLES: dict[str, str] = {
    "d_loss": "the discriminator's (critic's) adversarial loss",
    "g_loss": "the generator's adversarial loss",
    "d_loss_real": "the part of D's loss from real samples",
    "d_loss_fake": "the part of D's loss from generated samples",
    "d_loss_total": "D's loss including other terms, next to d_loss",
    "g_loss_total": "G's loss including other terms, next to g_loss",
    "d_real": "D's score on real samples, a probability or a logit",
    "d_fake": "D's score on generated samples, before G's step if both are logged",
    "d_fake_after": "D's score on generated samples after G's step",
    "d_real_sign": "mean sign of D's logits on real samples, -1..1",
    "d_fake_sign": "mean sign of D's logits on generated samples, -1..1",
    "d_accuracy": "D's accuracy, as a fraction or percentage",
    "d_real_accuracy": "D's accuracy on real samples",
    "d_fake_accuracy": "D's accuracy on generated samples",
    "g_accuracy": "fraction of generated samples that D classifies as real",
    "gradient_penalty": "penalty on D's gradient with respect to its input (WGAN-GP, R1, R2)",
    "critic_slope": "norm of the critic's gradient at mixed samples, 1 at best",
    "d_grad_norm": "norm of the gradient of D's weights",
    "g_grad_norm": "norm of the gradient of G's weights",
    "d_lr": "D's learning rate",
    "g_lr": "G's learning rate",
    "wasserstein": "estimate of the Wasserstein distance",
    "fid": "Fréchet inception distance",
    "kid": "kernel inception distance",
    "inception_score": "inception score",
}
"""Every role, and its meaning."""

METRICS = frozenset({"fid", "kid", "inception_score"})
"""Roles of sample quality: always measured on held-out data, and for a run rather than a pair."""


class RoleRule(NamedTuple):
    """Sets of words that mean a role."""

    role: str
    rank: int
    """Priority among series: 0 the adversarial term alone, 1 an explicit name, 2 a bare or vague name, 3 a
    guess from other series of the run."""
    names: str
    """Sets of words, separated by semicolons; the order of the words does not matter."""
    needs: str = ""
    """Facts of the run (see `inference`) of which one must hold, separated by bars. A set of words is the
    fact that such a series is logged."""
    lacks: str = ""
    """Facts of which none may hold."""


RULES: tuple[RoleRule, ...] = (
    RoleRule("d_loss", 0, "d adv loss; d adv; d adv real fake loss"),
    RoleRule("d_loss", 1, "d loss; d real fake loss; d real fake"),
    RoleRule("d_loss", 2, "d"),
    RoleRule("d_loss", 3, "c loss", needs="any g", lacks="d loss named"),  # c for critic
    RoleRule("d_loss_total", 1, "d total loss; d total"),
    RoleRule("d_loss_real", 1, "d real loss; d real adv loss; d r loss"),
    RoleRule("d_loss_fake", 1, "d fake loss; d fake adv loss; d f loss"),
    RoleRule("d_loss_real", 2, "real loss; real adv loss", needs="any g"),
    RoleRule("d_loss_fake", 2, "fake loss; fake adv loss", needs="any g"),
    # D_real is a term of the loss in loss_log.txt and in SAGAN's `d_out_real`, else a score.
    RoleRule("d_loss_real", 2, "d real", lacks="d loss named"),
    RoleRule("d_loss_fake", 2, "d fake", lacks="d loss named"),
    RoleRule("d_loss_fake", 2, "d g loss", needs="d real loss"),  # TF-GAN's discriminator_gen_wass_loss
    RoleRule("d_loss_fake", 2, "g d loss", needs="synthetic d loss"),
    RoleRule("d_loss_real", 2, "synthetic d loss", needs="g d loss"),  # SimGAN: its "synthetic" are the reals
    # Brownlee's tutorials: d1 on real, d2 on generated samples, a1 and a2 their accuracies; c for critic.
    RoleRule("d_loss_real", 2, "d 1; c 1", needs="d 2|c 2", lacks="g 1|d 0|d 3"),
    RoleRule("d_loss_fake", 2, "d 2; c 2", needs="d 1|c 1", lacks="g 1|d 0|d 3"),
    RoleRule("d_real_accuracy", 2, "a 1", needs="d 2"),
    RoleRule("d_fake_accuracy", 2, "a 2", needs="d 2"),
    RoleRule("d_loss_real", 2, "d dr", needs="d df"),  # musika
    RoleRule("d_loss_fake", 2, "d df", needs="d dr"),
    RoleRule("g_loss", 0, "g adv loss; g adv; g fake loss; g adv fake loss; g loss u"),  # TimeGAN: g_loss_u
    RoleRule("g_loss", 0, "d fake g loss"),  # mmgeneration: the loss that D gives G
    RoleRule("g_loss", 0, "adv loss; adv", needs="any d"),
    RoleRule("g_loss", 1, "g loss"),
    RoleRule("g_loss", 2, "g; g fake"),
    RoleRule("g_loss", 3, "loss", needs="d loss named", lacks="any g"),  # `losses` with `losses_d`
    RoleRule("g_loss_total", 1, "g total loss; g total"),
    RoleRule("d_real", 1, "d x; d real score; real score; d x score"),
    RoleRule("d_real", 2, "d real; d real adv", needs="d loss named"),
    RoleRule(
        "d_fake", 1, "d g z; d fake score; fake score; d g z before; d fake before; d fake score before"
    ),
    RoleRule("d_fake", 2, "d fake; d fake adv", needs="d loss named"),
    RoleRule("d_fake", 2, "d g z 1", lacks="d g z"),
    RoleRule("d_fake_after", 1, "d g z after; d fake after; d fake score after; d g z 2"),
    RoleRule("d_fake_after", 2, "d g z 1", needs="d g z"),  # tensorboardX renames the second tag to ..._1
    RoleRule("d_real_sign", 1, "d real sign; real sign"),
    RoleRule("d_fake_sign", 1, "d fake sign; fake sign"),
    RoleRule("d_accuracy", 1, "d acc"),
    RoleRule("d_accuracy", 2, "acc", needs="any d"),
    RoleRule("d_real_accuracy", 1, "d real acc; real acc"),
    RoleRule("d_fake_accuracy", 1, "d fake acc; fake acc"),
    RoleRule("g_accuracy", 1, "g acc"),
    RoleRule("gradient_penalty", 0, "d penalty; penalty", needs="any d|c loss"),
    RoleRule("gradient_penalty", 2, "d reg; reg", needs="any d"),
    RoleRule("critic_slope", 1, "mixed norm"),  # Progressive GAN
    RoleRule("d_grad_norm", 1, "d grad norm"),
    RoleRule("g_grad_norm", 1, "g grad norm"),
    RoleRule("d_grad_norm", 2, "d grad; d norm"),
    RoleRule("g_grad_norm", 2, "g grad; g norm"),
    RoleRule("d_lr", 1, "d lr"),
    RoleRule("g_lr", 1, "g lr"),
    RoleRule("wasserstein", 1, "wass dist; w dist; wass d dist; wass d"),
    RoleRule("wasserstein", 2, "wass; wass loss; emd", needs="any d|c loss"),
    RoleRule("wasserstein", 2, "w d", needs="d loss named"),
    RoleRule("fid", 1, "fid"),
    RoleRule("kid", 1, "kid"),
    RoleRule("inception_score", 1, "is"),
)
"""The meaning of sets of words; the first matching rule whose conditions hold applies."""


MISLEADING: dict[str, str] = {
    "step_gen_loss": "g_loss_total",  # in diffusers' VQGAN it includes reconstruction and commitment
}
"""Roles of names (in lower case) that do not mean what they say."""


def _spell(**groups: str) -> dict[str, tuple[str, ...]]:
    return {spelled: (word,) for word, spellings in groups.items() for spelled in spellings.split()}


WORDS: dict[str, tuple[str, ...]] = {
    **_spell(
        d="""d dis disc discr discrim discriminator discriminators discriminative critic critics dnet netd
            crit adversary distriminator discrimator descriminator discriminater discrimnator
            discriminador discriminateur discriminatore""",
        g="""g gen gene genr generator generators generative gnet netg refiner genertor generater genarator
            generador generateur generatore""",
        loss="loss losses cost costs err errs error errors objective l lss perte perdida",
        real="real reals true genuine",
        fake="fake fakes generated synth false",
        score="score scores logit logits prob probs probability pred prediction confidence",
        sign="sign signs",
        acc="acc accuracy accuracies",
        adv="adv advers adversarial gan gans realism",
        total="total tot sum all combined overall",
        penalty="""gp penalty penalties penality r1 r2 gradpen gradientpenalty pen zerocentered
            lipschitz""",
        grad="grad grads gradient gradients",
        norm="norm norms",
        reg="reg regularizer regularization regulariser regularisation regularize",
        lr="lr lrs learning rate rates lrate learningrate",
        wass="wass wasserstein",
        dist="dist distance estimate",
        fid="fid",
        kid="kid",
        before="before pre",
        after="after post",
        part="""l1 l2 pix pixel pixels perc percep perceptual vgg feat feats feature features fm match
            matching cyc cycle cycles cyclic consistency idt ident identity id rec recon recons
            reconstruct reconstruction sty style content kl kld cls class classification classifier clf aux
            auxiliary info ssim psnr tv mel stft ds nll path pl mse mae rmse lpips edge mask con enc quant
            commit vq div diversity ms cr lecam lat latents shape smooth smoothness color colour huber
            charbonnier bbox attr""",
    ),
    # Where the words themselves say two things.
    **{
        spelled: tuple(words.split())
        for spelled, words in {
            "is": "is",
            "inception": "is",
            "dx": "d x",
            "dgz": "d g z",
            "gz": "g z",
            "z": "z",
            "w": "w",
            "c": "c",
            "u": "u",
            "emd": "emd",
            "gradnorm": "grad norm",
            "mixed": "mixed",
            "synthetic": "synthetic",
            "dr": "d dr",
            "df": "d df",
            "ld": "d loss",
            "lg": "g loss",
            "r": "r",
            "f": "f",
            "wdist": "wass dist",
            "wdistance": "wass dist",
        }.items()
    },
}
"""Spellings in lower case, and the word or words that they stand for."""

TYPOS = frozenset(
    """distriminator discrimator descriminator discriminater discrimnator genertor generater genarator
    penality""".split()  # noqa: SIM905 - reads better than a list of quotes
)
"""Misspellings; a correctly spelled series of the same role has priority."""

IGNORED = frozenset(
    """train training trainer scalar scalars metric metrics stat stats log logs value values summary iter
    iters iteration batch minibatch step full img imgs image images sample samples out output outputs net
    network networks model models player
    bce ns vanilla logistic hinge lsgan ls minimax softplus wgan wgangp sgan dcgan cgan cyclegan stylegan
    rsgan ragan relativistic least squares square modified saturating nonsaturating binary crossentropy
    cross entropy current cur raw final per the of on for and to in with optimizer optim opt
    history histories hist list lists arr array curve curves tracker meter record records""".split()  # noqa: SIM905
)
"""Words without effect on the role: the source of a series, the kind of loss."""

AVERAGED = frozenset("avg mean average averaged running moving ema smoothed epoch epochs".split())  # noqa: SIM905
"""Words of a smoothed or per-epoch copy; the series itself has priority."""

HELD_OUT = frozenset(
    "val valid validation validate test tests testing eval evaluation evaluate dev holdout".split()  # noqa: SIM905
)
"""Words of series measured on held-out data, which are not training curves."""

REPLACES: dict[str, frozenset[str]] = {
    "score": frozenset({"loss"}),
    "sign": frozenset({"loss", "score"}),
    "acc": frozenset({"loss", "score"}),
    "penalty": frozenset({"loss", "grad", "norm", "reg"}),
    "reg": frozenset({"loss"}),
    "lr": frozenset({"loss"}),
    "norm": frozenset({"loss"}),
    "grad": frozenset({"loss"}),
    "wass": frozenset({"score"}),
    "fid": frozenset({"loss", "score", "dist"}),
    "kid": frozenset({"loss", "score", "dist"}),
    "is": frozenset({"loss", "score"}),
    "x": frozenset({"score"}),
    "z": frozenset({"score"}),
}
"""Words that make others meaningless: in `Loss/scores/real` and `loss_gp`, loss is only a folder."""

TAGS = frozenset("a b x y latent ref mpd msd mrd ab ba xy yx".split())  # noqa: SIM905 - reads better than a list of quotes
"""Words other than numbers that may distinguish player pairs."""
