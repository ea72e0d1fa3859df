"""Log formats of public GAN codebases, the last 23 of 45, with their expected roles, pairs and objectives."""
# ruff: noqa: E501 - log lines are kept as printed

from __future__ import annotations

from tests.helpers.codebase import Codebase
from tests.helpers.codebase_games import (
    compare_gan,
    gradient_penalty,
    maximised,
    melgan,
    particle,
    real_fake_terms,
    two,
    vqgan,
    wgan_tf2,
)
from tests.helpers.games import bce, hinge, least_squares, wasserstein

D_AND_G = {"d_loss": "d_loss", "g_loss": "g_loss"}

LAST = (
    Codebase(
        23, "descriptinc/melgan-neurips",
        {
            "loss/discriminator": "d_loss", "loss/generator": "g_loss", "loss/feature_matching": None,
            "loss/mel_reconstruction": None,
        },
        "step", play=melgan, objective=("hinge", "sum"),
    ),
    Codebase(
        24, "torchgan",
        {
            "Running Discriminator Loss": "d_loss", "Running Generator Loss": "g_loss", "Running Losses": None,
            "Gradients/generator": "g_grad_norm", "Metrics/ClassifierScore": None,
        },
        "step", play=two(bce, "Running Discriminator Loss", "Running Generator Loss"), objective=("bce", "sum"),
    ),
    Codebase(
        25, "tensorflow/gan",
        {
            "generator_loss": "g_loss", "discriminator_loss": "d_loss", "loss": None,
            "losses/discriminator_real_wass_loss": "d_loss_real", "losses/discriminator_gen_wass_loss": "d_loss_fake",
        },
        "step", play=two(wasserstein, "discriminator_loss", "generator_loss"), objective=("wasserstein", "unknown"),
    ),
    Codebase(
        26, "google/compare_gan",
        {"loss/d_0": "d_loss", "loss/g": "g_loss", "loss/penalty": "gradient_penalty", "fid_score": "fid",
         "inception_score": "inception_score"},
        "step", play=compare_gan, objective=("bce", "sum"),
    ),
    Codebase(
        27, "heykeetae/Self-Attention-GAN", {"d_out_real": "d_loss_real", "ave_gamma_l3": None}, "step",
        "Elapsed [0:00:10], G_step [10/1000000], D_step[10/1000000], d_out_real: 0.9912,  ave_gamma_l3: 0.0001\n",
    ),
    Codebase(
        28, "LMescheder/GAN_stability", {"g_loss": "g_loss", "d_loss": "d_loss", "reg": "gradient_penalty"}, "step",
        "[epoch   0, it    10] g_loss = 0.7012, d_loss = 1.3612, reg=0.0123\n",
        play=two(bce, "d_loss", "g_loss"), objective=("bce", "sum"),
    ),
    Codebase(
        29, "igul222/improved_wgan_training",
        {
            "tmp/mnist/train disc cost": "d_loss", "tmp/mnist/train gen cost": "g_loss",
            "tmp/mnist/wasserstein distance": "wasserstein", "tmp/mnist/dev disc cost": None, "tmp/mnist/time": None,
        },
        "step", play=lambda seed: gradient_penalty(seed, "tmp/mnist/train disc cost", "tmp/mnist/train gen cost"),
        objective=("wasserstein", "unknown"),
    ),
    Codebase(
        30, "martinarjovsky/WassersteinGAN",
        {"Loss_D": "d_loss", "Loss_G": "g_loss", "Loss_D_real": "d_loss_real", "Loss_D_fake": "d_loss_fake"}, "step",
        "[0/25][5/782][1] Loss_D: -0.012 Loss_G: 0.5 Loss_D_real: -0.51 Loss_D_fake -0.50\n"
        "[0/25][10/782][2] Loss_D: -0.022 Loss_G: 0.5 Loss_D_real: -0.51 Loss_D_fake -0.48\n",
        play=two(wasserstein, "Loss_D", "Loss_G", 0.05), objective=("wasserstein", "unknown"),
    ),
    Codebase(
        31, "CompVis/taming-transformers",
        {
            "train/disc_loss": "d_loss", "train/g_loss": "g_loss", "train/logits_real": "d_real",
            "train/logits_fake": "d_fake", "train/d_weight": None, "train/disc_factor": None, "train/rec_loss": None,
            "train/p_loss": None, "train/quant_loss": None, "train/nll_loss": None, "train/total_loss": None,
            "val/disc_loss": None, "val/g_loss": None, "aeloss": None, "discloss": None,
        },
        "step", play=vqgan, objective=("hinge", "mean"),
    ),
    Codebase(
        32, "huggingface/diffusers vqgan",
        {
            "step_discr_loss": "d_loss", "step_gen_loss": "g_loss_total", "lr": None, "samples/sec/gpu": None,
            "data_time": None, "batch_time": None,
        },
        "step",
    ),
    Codebase(
        33, "NVlabs/MUNIT",
        {
            "loss_dis_a": "d_loss@A", "loss_dis_b": "d_loss@B", "loss_dis_total": "d_loss_total",
            "loss_gen_adv_a": "g_loss@A", "loss_gen_adv_b": "g_loss@B", "loss_gen_total": "g_loss_total",
            "loss_gen_recon_x_a": None, "loss_gen_cycrecon_x_b": None,
        },
        "step", play=two(least_squares, "loss_dis_a", "loss_gen_adv_a"), objective=("least-squares", "sum"),
        pairs=("A", "B"),
    ),
    Codebase(
        34, "yunjey/stargan",
        {
            "D/loss_real": "d_loss_real", "D/loss_fake": "d_loss_fake", "D/loss_cls": None,
            "D/loss_gp": "gradient_penalty", "G/loss_fake": "g_loss", "G/loss_rec": None, "G/loss_cls": None,
        },
        "step", derived=("d_loss",), play=real_fake_terms(wasserstein, "D/loss_real", "D/loss_fake", "G/loss_fake"),
        objective=("wasserstein", "unknown"),
    ),
    Codebase(
        35, "clovaai/stargan-v2",
        {
            "D/latent_real": "d_loss_real@latent", "D/latent_fake": "d_loss_fake@latent",
            "D/latent_reg": "gradient_penalty@latent", "D/ref_real": "d_loss_real@ref", "D/ref_fake": "d_loss_fake@ref",
            "G/latent_adv": "g_loss@latent", "G/latent_sty": None, "G/latent_ds": None, "G/latent_cyc": None,
            "G/ref_adv": "g_loss@ref", "G/lambda_ds": None,
        },
        "step",
        "Elapsed time [0:00:10], Iteration [100/100000], D/latent_real: [0.6931] D/latent_fake: [0.6930] "
        "D/latent_reg: [0.0001] D/ref_real: [0.6932] D/ref_fake: [0.6931] G/latent_adv: [0.6930] G/latent_sty: [1.0] "
        "G/latent_ds: [0.1] G/latent_cyc: [0.5] G/ref_adv: [0.69] G/lambda_ds: [1.0]\n",
        derived=("d_loss", "d_loss"), play=real_fake_terms(bce, "D/latent_real", "D/latent_fake", "G/latent_adv"),
        objective=("bce", "sum"), pairs=("latent", "ref"),
    ),
    Codebase(
        36, "sdv-dev/CTGAN",
        {"Generator Loss": "g_loss", "Distriminator Loss": None, "Discriminator Loss": "d_loss"}, "epoch",
        "Epoch,Generator Loss,Distriminator Loss,Discriminator Loss\n0,-0.1,nan,-0.2\n1,-0.2,nan,-0.3\n", "csv",
        play=two(wasserstein, "Discriminator Loss", "Generator Loss"), objective=("wasserstein", "unknown"),
    ),
    Codebase(
        37, "jsyoon0823/TimeGAN",
        {
            "e_loss": None, "s_loss": None, "d_loss": "d_loss", "g_loss_u": "g_loss", "g_loss_s": None,
            "g_loss_v": None, "e_loss_t0": None,
        },
        "step",
        "step: 0/10000, e_loss: 0.3\nstep: 1000/10000, e_loss: 0.1\nstep: 0/10000, s_loss: 0.3\n"
        "step: 0/10000, d_loss: 2.0, g_loss_u: 0.7, g_loss_s: 0.1, g_loss_v: 0.2, e_loss_t0: 0.05\n",
    ),
    Codebase(
        38, "samet-akcay/ganomaly",
        {"err_d": "d_loss", "err_g": "g_loss_total", "err_g_adv": "g_loss", "err_g_con": None, "err_g_enc": None},
        "epoch + batch",
        "".join(
            f"(epoch: {e}, iters: {i}, time: 0.1) err_d: 0.5 err_g: 9.0 err_g_adv: 0.7 err_g_con: 0.1 err_g_enc: 0.1 \n"
            for e, i in ((1, 100), (1, 200), (2, 100))
        ),
    ),
    Codebase(
        39, "carpedm20/simulated-unsupervised-tensorflow",
        {
            "refiner/realism_loss": "g_loss", "refiner/regularization_loss": None, "refiner/loss": "g_loss_total",
            "synthetic_d_loss": "d_loss_real", "refiner_d_loss": "d_loss_fake", "discrim_loss": "d_loss",
        },
        "step",
    ),
    Codebase(
        40, "TimNiklasWitte/WGAN-MNIST",
        {
            "generator_loss": "g_loss", "critic_loss": "d_loss", "critic_default_loss": None,
            "critic_gradient_penality": "gradient_penalty", "critic_score_img_real": "d_real",
            "critic_score_img_fake": "d_fake",
        },
        "step", play=wgan_tf2, objective=("wasserstein", "unknown"),
    ),
    Codebase(
        41, "chainer/examples dcgan", {"loss_gen": "g_loss", "loss_dis": "d_loss", "elapsed_time": None}, "step",
        '[{"loss_gen": 0.7, "loss_dis": 1.3, "iteration": 100, "epoch": 0, "elapsed_time": 9.5},\n'
        '{"loss_gen": 0.8, "loss_dis": 1.2, "iteration": 200, "epoch": 0, "elapsed_time": 19.5}]\n',
        "json", play=two(bce, "loss_dis", "loss_gen"), objective=("bce", "sum"),
    ),
    Codebase(
        42, "marcoppasini/musika",
        {"DR": "d_loss_real", "DF": "d_loss_fake", "G": "g_loss", "GP": "gradient_penalty", "LR": None}, "step",
        "".join(
            f"  1%|  | {i}/1000 [00:10<10:00, 1.0it/s, DR=0.713, DF=nan, G=nan, GP=2.16e+4, LR=0.0001]\r" for i in (1, 2)
        ),
        derived=("d_loss",), play=real_fake_terms(hinge, "DR", "DF", "G"), objective=("hinge", "sum"),
    ),
    Codebase(
        43, "golbin/TensorFlow-Tutorials", {"D loss": "d_loss", "G loss": "g_loss"}, "epoch",
        "Epoch: 0000 D loss: -0.3683 G loss: -2.914\nEpoch: 0001 D loss: -0.3583 G loss: -2.814\n",
        play=maximised, objective=("bce", "sum"),
    ),
    Codebase(
        44, "HyperGAN", D_AND_G, "step", "step: 10 d_loss: 0.50 g_loss: 0.25\nstep: 20 d_loss: 0.51 g_loss: 0.26\n",
        play=two(least_squares, "d_loss", "g_loss"), objective=("least-squares", "sum"),
    ),
    Codebase(
        45, "255BITS/ParticleGAN", {**D_AND_G, "penalty": "gradient_penalty", "modes": None}, "step",
        '{"step": 10, "d_loss": 0.69, "g_loss": 0.70, "penalty": 0.1, "modes": 8}\n', "jsonl",
        play=particle, objective=("relativistic", "mean"),
    ),
)  # fmt: skip
