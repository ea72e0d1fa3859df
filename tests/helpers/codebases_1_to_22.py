"""Log formats of public GAN codebases, the first 22 of 45, with their expected roles, pairs and objectives."""
# ruff: noqa: E501 - log lines are kept as printed

from __future__ import annotations

from tests.helpers.codebase import Codebase
from tests.helpers.codebase_games import (
    basicsr,
    cyclegan,
    dcgan,
    gradient_penalty,
    mimicry,
    real_fake_terms,
    stylegan,
    two,
)
from tests.helpers.games import bce, hinge, least_squares

D_AND_G = {"d_loss": "d_loss", "g_loss": "g_loss"}
BANNER = "================ Training Loss (Mon Mar  2 10:00:00 2026) ================\n"

FIRST = (
    Codebase(
        1, "pytorch/examples dcgan",
        {"Loss_D": "d_loss", "Loss_G": "g_loss", "D(x)": "d_real", "D(G(z))": "d_fake", "D(G(z)) after": "d_fake_after"},
        "epoch + batch",
        "[0/25][0/1583]\tLoss_D: 1.7410\tLoss_G: 4.8021\tD(x): 0.5122\tD(G(z)): 0.5341 / 0.0102\n"
        "[0/25][50/1583]\tLoss_D: 0.8410\tLoss_G: 5.8021\tD(x): 0.7122\tD(G(z)): 0.2341 / 0.0052\n",
        play=dcgan, objective=("bce", "sum"),
    ),
    Codebase(
        2, "carpedm20/DCGAN-tensorflow", D_AND_G, "epoch + batch",
        "Epoch: [ 0] [   0/  10] time: 4.7, d_loss: 1.38629436, g_loss: 0.69314718\n"
        "Epoch: [ 0] [   1/  10] time: 4.9, d_loss: 1.28629436, g_loss: 0.79314718\n",
        play=two(bce, "d_loss", "g_loss"), objective=("bce", "sum"),
    ),
    Codebase(
        3, "eriklindernoren/PyTorch-GAN wgan_gp", {"D loss": "d_loss", "G loss": "g_loss"}, "epoch + batch",
        "[Epoch 0/200] [Batch 0/938] [D loss: 0.693147] [G loss: 0.693147]\n"
        "[Epoch 0/200] [Batch 1/938] [D loss: 0.593147] [G loss: 0.693147]\n",
        play=lambda seed: gradient_penalty(seed, "D loss", "G loss"), objective=("wasserstein", "unknown"),
    ),
    Codebase(
        4, "eriklindernoren/Keras-GAN", {"D loss": "d_loss", "acc.": "d_accuracy", "G loss": "g_loss"}, "step",
        "0 [D loss: 0.693147, acc.: 50.00%] [G loss: 0.693147]\n1 [D loss: 0.5931, acc.: 53.12%] [G loss: 0.7131]\n",
        play=two(bce, "D loss", "G loss", 0.5), objective=("bce", "mean"),
    ),
    Codebase(
        5, "junyanz/pytorch-CycleGAN-and-pix2pix",
        {
            "D_A": "d_loss@A", "G_A": "g_loss@A", "cycle_A": None, "idt_A": None,
            "D_B": "d_loss@B", "G_B": "g_loss@B", "cycle_B": None, "idt_B": None,
        },
        "epoch + batch",
        BANNER + "".join(
            f"(epoch: {e}, iters: {i}, time: 0.123, data: 0.456) D_A: 0.256 G_A: 0.301 cycle_A: 1.2 idt_A: 0.5 "
            f"D_B: 0.250 G_B: 0.280 cycle_B: 1.100 idt_B: 0.500 \n" for e, i in ((1, 100), (1, 200), (2, 100))
        ),
        play=cyclegan, objective=("least-squares", "mean"), pairs=("A", "B"),
    ),
    Codebase(
        6, "NVIDIA/pix2pixHD",
        {"G_GAN": "g_loss", "G_GAN_Feat": None, "G_VGG": None, "D_real": "d_loss_real", "D_fake": "d_loss_fake"},
        "epoch + batch",
        "".join(
            f"(epoch: {e}, iters: {i}, time: 0.123) G_GAN: 0.5 G_GAN_Feat: 5.1 G_VGG: 4.2 D_real: 0.5 D_fake: 0.4 \n"
            for e, i in ((1, 100), (1, 200), (2, 100))
        ),
        derived=("d_loss",), play=real_fake_terms(least_squares, "D_real", "D_fake", "G_GAN"),
        objective=("least-squares", "sum"),
    ),
    Codebase(
        7, "NVlabs/SPADE",
        {"KLD": None, "GAN": "g_loss", "GAN_Feat": None, "VGG": None, "D_Fake": "d_loss_fake", "D_real": "d_loss_real"},
        "epoch + batch",
        "".join(
            f"(epoch: {e}, iters: {i}, time: 0.1) KLD: 0.1 GAN: 0.02 GAN_Feat: 9.1 VGG: 8.2 D_Fake: 1.0 D_real: 1.0 \n"
            for e, i in ((1, 100), (1, 200), (2, 100))
        ),
        derived=("d_loss",), play=real_fake_terms(hinge, "D_real", "D_Fake", "GAN"), objective=("hinge", "sum"),
    ),
    Codebase(
        8, "junyanz/BicycleGAN",
        {
            "G_GAN": "g_loss", "D": "d_loss", "G_GAN2": "g_loss@2", "D2": "d_loss@2",
            "G_L1": None, "z_L1": None, "kl": None,
        },
        "epoch + batch",
        "".join(
            f"(epoch: {e}, iters: {i}, time: 0.1) G_GAN: 0.3 D: 0.5 G_GAN2: 0.3 D2: 0.5 G_L1: 2.0 z_L1: 0.3 kl: 0.1 \n"
            for e, i in ((1, 100), (1, 200), (2, 100))
        ),
        play=two(least_squares, "D", "G_GAN"), objective=("least-squares", "sum"), pairs=(None, "2"),
    ),
    Codebase(
        9, "ComboGAN",
        {
            "D[0]": "d_loss@0", "D[1]": "d_loss@1", "G[0]": "g_loss@0", "G[1]": "g_loss@1",
            "Cyc[0]": None, "Cyc[1]": None,
        },
        "epoch + batch",
        "".join(
            f"(epoch: {e}, iters: {i}, time: 0.123) D: 0.111, 0.105 | G: 0.146, 0.150 | Cyc: 1.1, 1.2\n"
            for e, i in ((1, 100), (1, 200), (2, 100))
        ),
        play=two(least_squares, "D[0]", "G[0]", 0.5), objective=("least-squares", "mean"), pairs=("0", "1"),
    ),
    Codebase(
        10, "KupynOrest/DeblurGAN", {"G_GAN": "g_loss", "G_L1": None, "D_real+fake": "d_loss"}, "epoch + batch",
        "".join(
            f"(epoch: {e}, iters: {i}, time: 0.1) G_GAN: 18.7 G_L1: 5300.1 D_real+fake: -28.5 \n"
            for e, i in ((1, 100), (1, 200), (2, 100))
        ),
        play=lambda seed: gradient_penalty(seed, "D_real+fake", "G_GAN"), objective=("wasserstein", "unknown"),
    ),
    Codebase(
        11, "NVlabs/stylegan2-ada-pytorch",
        {
            "Loss/G/loss": "g_loss", "Loss/D/loss": "d_loss", "Loss/scores/real": "d_real", "Loss/scores/fake": "d_fake",
            "Loss/signs/real": "d_real_sign", "Loss/signs/fake": "d_fake_sign", "Loss/r1_penalty": "gradient_penalty",
            "Loss/D/reg": None, "Loss/pl_penalty": None, "Loss/G/reg": None, "Progress/augment": None,
            "Timing/sec_per_kimg": None, "Metrics/fid50k_full": "fid",
        },
        "kimg",
        "".join(
            '{"Loss/G/loss": {"num": 4000, "mean": 0.7, "std": 0.1}, "Loss/D/loss": {"num": 4000, "mean": 1.3, '
            f'"std": 0.1}}, "Progress/kimg": {{"num": 1, "mean": {k}.0, "std": 0.0}}, "timestamp": 1714469542.5}}\n'
            for k in (0, 4, 8)
        ),
        "jsonl", play=stylegan, objective=("bce", "sum"),
    ),
    Codebase(
        12, "tkarras/progressive_growing_of_gans",
        {
            "Loss/real_scores": "d_real", "Loss/fake_scores": "d_fake", "Loss/mixed_scores": None,
            "Loss/mixed_norms": "critic_slope", "Loss/epsilon_penalty": None, "TrainG/learning_rate": "g_lr",
        },
        "step", pairs=(),
    ),
    Codebase(
        13, "rosinality/stylegan2-pytorch",
        {"d": "d_loss", "g": "g_loss", "r1": "gradient_penalty", "path": None, "mean path": None, "augment": None},
        "step",
        "".join(
            f"d: 1.3863; g: 0.6931; r1: 0.0100; path: 0.0000; mean path: 0.0000; augment: 0.0000:"
            f"   0%|  | {i}/800000 [00:01<1:00:00, 1.0it/s]\r" for i in (1, 2, 3)
        ),
        play=two(bce, "d", "g"), objective=("bce", "sum"),
    ),
    Codebase(
        14, "ajbrock/BigGAN-PyTorch",
        {"G_loss": "g_loss", "D_loss_real": "d_loss_real", "D_loss_fake": "d_loss_fake", "G_linear_SV0": None},
        "step", "itr: 1, G_loss : +0.003, D_loss_real : +1.001, D_loss_fake : +0.998, G_linear_SV0: 1.1\n",
        derived=("d_loss",), play=real_fake_terms(hinge, "D_loss_real", "D_loss_fake", "G_loss"), objective=("hinge", "sum"),
    ),
    Codebase(
        15, "POSTECH-CVLab/PyTorch-StudioGAN",
        {"Gen_loss": "g_loss", "Dis_loss": "d_loss"}, "step",
        "".join(
            f"[INFO] 2021-10-01 10:00:0{i} > Step: {i:6d} Progress: 0.1% Elapsed: 0:00:1{i} Gen_loss: 0.6931 "
            "Dis_loss: 1.386 Cls_loss: N/A Topk: N/A ada_p: N/A \n" for i in (1, 2)
        ),
        play=two(hinge, "Dis_loss", "Gen_loss"), objective=("hinge", "sum"),
    ),
    Codebase(
        16, "kwotsin/mimicry",
        {
            "errD/loss": "d_loss", "errG/loss": "g_loss", "D(x)/prob": "d_real", "D(G(z))/prob": "d_fake",
            "lr_D/lr": "d_lr", "lr_G/lr": "g_lr",
        },
        "step", play=mimicry, objective=("hinge", "sum"),
    ),
    Codebase(
        17, "Lightning GAN example", D_AND_G, "step",
        "epoch,step,d_loss,g_loss\n0,1,0.69,\n0,2,,0.70\n0,3,0.68,\n", "csv",
        play=two(bce, "d_loss", "g_loss", 0.5), objective=("bce", "mean"),
    ),
    Codebase(
        18, "keras.io wgan_gp", D_AND_G, "epoch", "epoch,d_loss,g_loss\n0,-1.5,0.2\n1,-1.2,0.1\n", "csv",
        play=lambda seed: gradient_penalty(seed, "d_loss", "g_loss"), objective=("wasserstein", "unknown"),
    ),
    Codebase(
        19, "open-mmlab/mmgeneration",
        {
            "loss_disc_fake": "d_loss_fake", "loss_disc_real": "d_loss_real", "loss_disc_fake_g": "g_loss",
            "loss": None, "loss_gp": "gradient_penalty", "loss_path": None, "lr": None,
        },
        "step",
        '{"mode": "train", "epoch": 1, "iter": 100, "lr": 0.001, "loss_disc_fake": 0.6, "loss_disc_real": 0.7, '
        '"loss_disc_fake_g": 0.7, "loss": 0.7, "loss_gp": 0.1, "loss_path": 0.0}\n',
        "jsonl", derived=("d_loss",),
        play=real_fake_terms(bce, "loss_disc_real", "loss_disc_fake", "loss_disc_fake_g"), objective=("bce", "sum"),
    ),
    Codebase(
        20, "XPixelGroup/BasicSR",
        {
            "l_g_pix": None, "l_g_percep": None, "l_g_gan": "g_loss", "l_d_real": "d_loss_real",
            "out_d_real": "d_real", "l_d_fake": "d_loss_fake", "out_d_fake": "d_fake",
        },
        "step",
        "2021-01-01 10:00:00,123 INFO: [ESRGA..][epoch:  0, iter:   1,100, lr:(1.000e-04,)] [eta: 1 day, 2:03:04, "
        "time (data): 0.512 (0.003)] l_g_pix: 1.0e-02 l_g_percep: 1.2e+00 l_g_gan: 6.9e-02 l_d_real: 6.9e-01 "
        "out_d_real: 0.01 l_d_fake: 6.9e-01 out_d_fake: 0.02\n",
        derived=("d_loss",), play=basicsr, objective=("bce", "sum"),
    ),
    Codebase(
        21, "lucidrains/stylegan2-pytorch",
        {"G": "g_loss", "D": "d_loss", "GP": "gradient_penalty", "PL": None, "CR": None, "Q": None}, "row",
        "G: 0.01 | D: 2.00 | GP: 0.50 | PL: 1.00 | CR: 0.00 | Q: 0.00\nG: 0.1 | D: nan | GP: 0.4 | PL: 1 | CR: 0 | Q: 0\n",
        play=two(hinge, "D", "G"), objective=("hinge", "sum"),
    ),
    Codebase(
        22, "jik876/hifi-gan",
        {"training/gen_loss_total": "g_loss_total", "training/mel_spec_error": None, "validation/mel_spec_error": None},
        "step", pairs=(),
    ),
)  # fmt: skip
