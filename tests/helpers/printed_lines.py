# ruff: noqa: E501 - log lines are kept as printed
"""Console output of public GAN codebases and its expected series, one case per codebase or format."""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    source: str
    text: str
    axis: str
    steps: list[int]
    series: dict[str, list[float]]
    """Values by name; all series have the same steps."""


def lines(*rows: str) -> str:
    return "".join(f"{row}\n" for row in rows)


NAN = float("nan")

CASES = [
    Case(
        "pytorch/examples dcgan",
        lines(
            "Random Seed:  6347",
            "[0/25][0/1583] Loss_D: 1.7123 Loss_G: 5.2034 D(x): 0.5201 D(G(z)): 0.6112 / 0.0101",
            "[0/25][1/1583] Loss_D: 1.2001 Loss_G: 5.9000 D(x): 0.7000 D(G(z)): 0.5000 / 0.0202",
            "[1/25][0/1583] Loss_D: 0.0000 Loss_G: 100.0000 D(x): 1.0000 D(G(z)): 0.0000 / 0.0000",
        ),
        "epoch + batch",
        [0, 1, 1583],
        {
            "Loss_D": [1.7123, 1.2001, 0.0],
            "Loss_G": [5.2034, 5.9, 100.0],
            "D(x)": [0.5201, 0.7, 1.0],
            "D(G(z))": [0.6112, 0.5, 0.0],
            "D(G(z)) after": [0.0101, 0.0202, 0.0],
        },
    ),
    Case(
        "pytorch tutorial dcgan, with tabs",
        lines(
            "[0/5][0/1583]\tLoss_D: 1.7123\tLoss_G: 5.2034\tD(x): 0.5201\tD(G(z)): 0.6112 / 0.0101",
            "[0/5][50/1583]\tLoss_D: 0.3123\tLoss_G: 15.2034\tD(x): 0.9201\tD(G(z)): 0.1112 / 0.0001",
        ),
        "epoch + batch",
        [0, 50],
        {"Loss_D": [1.7123, 0.3123], "D(G(z))": [0.6112, 0.1112], "D(G(z)) after": [0.0101, 0.0001]},
    ),
    Case(
        "carpedm20/DCGAN-tensorflow",
        lines(
            "Epoch: [ 0] [   0/1583] time: 4.3210, d_loss: 7.05763149, g_loss: 0.00090721",
            "Epoch: [ 0] [   1/1583] time: 5.1021, d_loss: 1.38629436, g_loss: 0.69314718",
            "Epoch: [ 1] [   0/1583] time: 912.4410, d_loss: 1.20000000, g_loss: 0.90000000",
        ),
        "epoch + batch",
        [0, 1, 1583],
        {"d_loss": [7.05763149, 1.38629436, 1.2], "g_loss": [0.00090721, 0.69314718, 0.9]},
    ),
    Case(
        "eriklindernoren/PyTorch-GAN",
        lines(
            "[Epoch 0/200] [Batch 0/938] [D loss: 0.693431] [G loss: 0.702113]",
            "[Epoch 0/200] [Batch 937/938] [D loss: 0.312345] [G loss: 2.101010]",
            "[Epoch 1/200] [Batch 0/938] [D loss: 0.301000] [G loss: 2.200000]",
        ),
        "epoch + batch",
        [0, 937, 938],
        {"D loss": [0.693431, 0.312345, 0.301], "G loss": [0.702113, 2.10101, 2.2]},
    ),
    Case(
        "PyTorch-GAN cyclegan, one line redrawn",
        "".join(
            f"\r[Epoch 0/200] [Batch {i}/2000] [D loss: 0.5] [G loss: 6.2, adv: 1.1, cycle: 0.4, identity: 0.3]"
            f" ETA: 1 day, 2:03:0{i}.123456"
            for i in range(3)
        ),
        "epoch + batch",
        [0, 1, 2],
        {
            "D loss": [0.5] * 3,
            "G loss": [6.2] * 3,
            "adv": [1.1] * 3,
            "cycle": [0.4] * 3,
            "identity": [0.3] * 3,
        },
    ),
    Case(
        "eriklindernoren/Keras-GAN",
        lines(
            "0 [D loss: 0.812345, acc.: 32.81%] [G loss: 0.712345]",
            "1 [D loss: 0.412345, acc.: 81.25%] [G loss: 0.812345]",
            "2 [D loss: 0.212345, acc.: 100.00%] [G loss: 1.112345]",
        ),
        "step",
        [0, 1, 2],
        {
            "D loss": [0.812345, 0.412345, 0.212345],
            "acc.": [32.81, 81.25, 100.0],
            "G loss": [0.712345, 0.812345, 1.112345],
        },
    ),
    Case(
        "Keras-GAN wgan_gp",
        lines("0 [D loss: 9.312000] [G loss: -0.100000]", "1 [D loss: -1.200000] [G loss: 1.500000]"),
        "step",
        [0, 1],
        {"D loss": [9.312, -1.2], "G loss": [-0.1, 1.5]},
    ),
    Case(
        "junyanz/pytorch-CycleGAN-and-pix2pix",
        lines(
            "================ Training Loss (Wed Aug 30 12:07:29 2023) ================",
            "(epoch: 1, iters: 100, time: 0.198, data: 0.278) D_A: 0.255 G_A: 0.322 cycle_A: 6.358 idt_A: 1.683 ",
            "(epoch: 1, iters: 200, time: 0.198, data: 0.002) D_A: 0.200 G_A: 0.341 cycle_A: 2.379 idt_A: 2.098 ",
            "(epoch: 2, iters: 100, time: 0.368, data: 0.364) D_A: 0.172 G_A: 0.747 cycle_A: 2.885 idt_A: 0.732 ",
        ),
        "epoch + batch",
        [100, 200, 300],
        {"D_A": [0.255, 0.2, 0.172], "G_A": [0.322, 0.341, 0.747], "idt_A": [1.683, 2.098, 0.732]},
    ),
    Case(
        "ComboGAN, vectors",
        lines(
            "##ComboGAN with weatherImage ",
            "(epoch: 1, iters: 100, time: 0.291) D: 0.111, 0.105 | G: 0.146, 0.150 | Cyc: 0.092, 0.037 | ",
            "(epoch: 1, iters: 200, time: 0.284) D: 0.092, 0.113 | G: 0.159, 0.150 | Cyc: 0.063, 0.027 | ",
        ),
        "step",
        [100, 200],
        {
            "D[0]": [0.111, 0.092],
            "D[1]": [0.105, 0.113],
            "G[0]": [0.146, 0.159],
            "G[1]": [0.15, 0.15],
            "Cyc[1]": [0.037, 0.027],
        },
    ),
    Case(
        "KupynOrest/DeblurGAN",
        lines(
            "(epoch: 1, iters: 100, time: 0.048) G_GAN: 3.680 G_L1: 2438.929 D_real+fake: -37.510 ",
            "(epoch: 1, iters: 200, time: 0.048) G_GAN: 13.788 G_L1: 2918.161 D_real+fake: -28.017 ",
        ),
        "step",
        [100, 200],
        {"G_GAN": [3.68, 13.788], "G_L1": [2438.929, 2918.161], "D_real+fake": [-37.51, -28.017]},
    ),
    Case(
        "samet-akcay/ganomaly",
        lines(
            "================ Training Loss (Mon Mar  2 10:00:00 2026) ================",
            "Loss: [1/15] err_d: 0.690 err_g: 52.100 err_g_adv: 0.012 err_g_con: 1.022 err_g_enc: 0.988 ",
            "Loss: [2/15] err_d: 0.610 err_g: 42.100 err_g_adv: 0.013 err_g_con: 0.822 err_g_enc: 0.888 ",
        ),
        "step",
        [1, 2],
        {"err_d": [0.69, 0.61], "err_g": [52.1, 42.1], "err_g_enc": [0.988, 0.888]},
    ),
    Case(
        "NVlabs/stylegan2-ada-pytorch log.txt",
        lines(
            "Training for 25000 kimg...",
            "tick 0     kimg 0.0      time 36s          sec/tick 5.1     sec/kimg 1264.98 maintenance 31.2"
            "   cpumem 2.74   gpumem 13.77  augment 0.000",
            "tick 1     kimg 4.0      time 4h 28m 45s   sec/tick 153.2   sec/kimg 38.29   maintenance 0.2"
            "    cpumem 3.12   gpumem 6.34   augment 0.010",
            "tick 2     kimg 8.0      time 1d 02h 03m   sec/tick 153.2   sec/kimg 38.30   maintenance 0.2"
            "    cpumem 3.12   gpumem 6.34   augment 0.563",
        ),
        "kimg",
        [0, 4, 8],
        {"augment": [0.0, 0.01, 0.563]},
    ),
    Case(
        "rosinality/stylegan2-pytorch, a bar redrawn",
        "".join(
            f"\rd: {1.4 - i / 10:.4f}; g: 0.7123; r1: 0.0101; path: 0.0000; mean path: 0.0000; augment: 0.0000:"
            f"   0%|          | {i}/800000 [00:0{i}<240:11:20,  1.08s/it]"
            for i in range(4)
        ),
        "step",
        [0, 1, 2, 3],
        {"d": [1.4, 1.3, 1.2, 1.1], "g": [0.7123] * 4, "r1": [0.0101] * 4, "mean path": [0.0] * 4},
    ),
    Case(
        "ajbrock/BigGAN-PyTorch",
        lines(
            "10/7813 (  0.13%) (TE/ET1k: 3:20 / 12:10) itr: 10, G_loss : +0.123, D_loss_real : +0.900,"
            " D_loss_fake : -0.123",
            "11/7813 (  0.14%) (TE/ET1k: 3:22 / 12:10) itr: 11, G_loss : -0.223, D_loss_real : +0.800,"
            " D_loss_fake : +1.123",
        ),
        "step",
        [10, 11],
        {"G_loss": [0.123, -0.223], "D_loss_real": [0.9, 0.8], "D_loss_fake": [-0.123, 1.123]},
    ),
    Case(
        "POSTECH-CVLab/PyTorch-StudioGAN",
        lines(
            "[INFO] 2021-07-01 12:00:00 > Step:    100 Progress: 0.1% Elapsed: 0:01:02.123 Gen_loss: -0.1234"
            " Dis_loss: 1.988 Cls_loss: N/A Topk: 64 ada_p: N/A ",
            "[INFO] 2021-07-01 12:01:00 > Step:    200 Progress: 0.2% Elapsed: 1 day, 0:02:02.123 Gen_loss: nan"
            " Dis_loss: 1.888 Cls_loss: N/A Topk: 64 ada_p: N/A ",
        ),
        "step",
        [100, 200],
        {"Gen_loss": [-0.1234, NAN], "Dis_loss": [1.988, 1.888], "Topk": [64.0, 64.0]},
    ),
    Case(
        "kwotsin/mimicry",
        lines(
            "INFO: [Epoch 1/2][Global Step: 50/100000]| D(G(z)): 0.5023 | D(x): 0.5421 | errD: 1.9 | errG: 0.1"
            " | lr_D: 0.0002 | lr_G: 0.0002 | (0.3213 sec/idx)",
            "INFO: [Epoch 1/2][Global Step: 100/100000]| D(G(z)): 0.4023 | D(x): 0.6421 | errD: 1.5 | errG: 0.3"
            " | lr_D: 0.0002 | lr_G: 0.0002 | (0.3200 sec/idx)",
        ),
        "step",
        [50, 100],
        {"D(G(z))": [0.5023, 0.4023], "D(x)": [0.5421, 0.6421], "errD": [1.9, 1.5], "lr_D": [0.0002] * 2},
    ),
    Case(
        "open-mmlab mmgeneration",
        lines(
            "2021-07-01 12:00:00,123 - mmgen - INFO - workflow: [('train', 10000)], max: 300000 iters",
            "2021-07-01 12:01:00,123 - mmgen - INFO - Iter [100/300000]\tlr_generator: 2.000e-03"
            " lr_discriminator: 2.000e-03, eta: 1 day, 2:03:04, time: 0.345, data_time: 0.003, memory: 1234,"
            " loss_disc_fake: 0.7012, loss_disc_real: 0.6932, loss: 1.3944, loss_disc_fake_g: 0.6931",
            "2021-07-01 12:02:00,456 - mmgen - INFO - Iter [200/300000]\tlr_generator: 2.000e-03"
            " lr_discriminator: 2.000e-03, eta: 23:03:04, time: 0.345, data_time: 0.003, memory: 1234,"
            " loss_disc_fake: 0.6012, loss_disc_real: 0.5932, loss: 1.1944, loss_disc_fake_g: 0.7931",
        ),
        "step",
        [100, 200],
        {
            "lr_generator": [0.002] * 2,
            "lr_discriminator": [0.002] * 2,
            "loss_disc_fake": [0.7012, 0.6012],
            "loss_disc_real": [0.6932, 0.5932],
            "loss": [1.3944, 1.1944],
            "loss_disc_fake_g": [0.6931, 0.7931],
        },
    ),
    Case(
        "XPixelGroup/BasicSR, Real-ESRGAN",
        lines(
            "2021-06-01 10:00:00,123 INFO: [Train..][epoch:  0, iter:     100, lr:(1.000e-04,1.000e-04,)] [eta:"
            " 1 day, 2:03:04, time (data): 0.345 (0.002)] l_g_pix: 1.2345e-02 l_g_gan: 5.1000e-02"
            " l_d_real: 6.9000e-01 out_d_real: -1.2000e-01 ",
            "2021-06-01 10:05:00,123 INFO: [Train..][epoch:  3, iter:   1,100, lr:(1.000e-04,1.000e-04,)] [eta:"
            " 1 day, 1:58:04, time (data): 0.345 (0.002)] l_g_pix: 1.1345e-02 l_g_gan: 6.1000e-02"
            " l_d_real: 5.9000e-01 out_d_real: 1.2000e-01 ",
        ),
        "step",
        [100, 1100],
        {
            "lr[0]": [1e-4, 1e-4],
            "lr[1]": [1e-4, 1e-4],
            "l_g_pix": [0.012345, 0.011345],
            "l_g_gan": [0.051, 0.061],
            "l_d_real": [0.69, 0.59],
            "out_d_real": [-0.12, 0.12],
        },
    ),
    Case(
        "lucidrains/stylegan2-pytorch",
        lines(*[f"G: {i}.11 | D: 0.22 | GP: 0.33 | PL: 0.44 | CR: 0.00 | Q: 0.01" for i in range(3)]),
        "row",
        [0, 1, 2],
        {"G": [0.11, 1.11, 2.11], "D": [0.22] * 3, "GP": [0.33] * 3, "CR": [0.0] * 3, "Q": [0.01] * 3},
    ),
    Case(
        "lucidrains/gigagan-pytorch, diverged to nan",
        lines(*["G: nan | MSG: 0.10 | VG: 0.00 | D: nan | MSD: 0.1 | VD: 0.00 | GP: inf | SSL: -inf"] * 3),
        "row",
        [0, 1, 2],
        {
            "G": [NAN] * 3,
            "MSG": [0.1] * 3,
            "D": [NAN] * 3,
            "GP": [float("inf")] * 3,
            "SSL": [-float("inf")] * 3,
        },
    ),
    Case(
        "jik876/hifi-gan",
        lines(
            "Epoch: 1",
            "Steps : 0, Gen Loss Total : 96.351, Mel-Spec. Error : 1.870, s/b : 5.456",
            "Steps : 5, Gen Loss Total : 80.123, Mel-Spec. Error : 1.512, s/b : 0.456",
            "Time taken for epoch 1 is 812 sec",
        ),
        "step",
        [0, 5],
        {"Gen Loss Total": [96.351, 80.123], "Mel-Spec. Error": [1.87, 1.512]},
    ),
    Case(
        "heykeetae/Self-Attention-GAN",
        lines(
            "Elapsed [0:00:13], G_step [10/1000000], D_step[10/1000000], d_out_real: 1.0234, "
            " ave_gamma_l3: 0.0012, ave_gamma_l4: -0.0012",
            "Elapsed [0:00:25], G_step [20/1000000], D_step[20/1000000], d_out_real: 0.9234, "
            " ave_gamma_l3: 0.0022, ave_gamma_l4: -0.0022",
        ),
        "step",
        [10, 20],
        {
            "d_out_real": [1.0234, 0.9234],
            "ave_gamma_l3": [0.0012, 0.0022],
            "ave_gamma_l4": [-0.0012, -0.0022],
        },
    ),
    Case(
        "LMescheder/GAN_stability",
        lines(
            "[epoch   0, it    1] g_loss = 0.7123, d_loss = 1.4012, reg=0.0123",
            "[epoch   0, it  201] g_loss = 1.2345, d_loss = 0.9876, reg=1e-05",
        ),
        "step",
        [1, 201],
        {"g_loss": [0.7123, 1.2345], "d_loss": [1.4012, 0.9876], "reg": [0.0123, 1e-05]},
    ),
    Case(
        "igul222/improved_wgan_training",
        lines(
            "iter 99\ttmp/mnist/time\t0.1234\ttmp/mnist/train disc cost\t-9.1\ttmp/mnist/wasserstein distance\t10.2",
            "iter 199\ttmp/mnist/time\t0.1200\ttmp/mnist/train disc cost\t-7.1\ttmp/mnist/wasserstein distance\t8.2",
        ),
        "step",
        [99, 199],
        {"tmp/mnist/train disc cost": [-9.1, -7.1], "tmp/mnist/wasserstein distance": [10.2, 8.2]},
    ),
    Case(
        "martinarjovsky/WassersteinGAN",
        lines(
            "[0/25][5/1583][1] Loss_D: -1.700000 Loss_G: 0.500000 Loss_D_real: -0.800000 Loss_D_fake 0.900000",
            "[0/25][10/1583][2] Loss_D: -1.500000 Loss_G: 0.400000 Loss_D_real: -0.700000 Loss_D_fake 0.800000",
            "[1/25][5/1583][320] Loss_D: -1.200000 Loss_G: 0.300000 Loss_D_real: -0.600000 Loss_D_fake 0.600000",
        ),
        "step",
        [1, 2, 320],
        {"Loss_D": [-1.7, -1.5, -1.2], "Loss_D_real": [-0.8, -0.7, -0.6], "Loss_D_fake": [0.9, 0.8, 0.6]},
    ),
    Case(
        "yunjey/stargan",
        lines(
            "Elapsed [0:00:12], Iteration [10/200000], D/loss_real: -0.1234, D/loss_fake: 0.0234, D/loss_gp: 0.9",
            "Elapsed [0:00:24], Iteration [20/200000], D/loss_real: -1.1234, D/loss_fake: 0.1234, D/loss_gp: 0.5",
        ),
        "step",
        [10, 20],
        {"D/loss_real": [-0.1234, -1.1234], "D/loss_fake": [0.0234, 0.1234], "D/loss_gp": [0.9, 0.5]},
    ),
    Case(
        "clovaai/stargan-v2",
        lines(
            "Elapsed time [0:00:12], Iteration [10/100000], D/latent_real: [0.6931] D/latent_fake: [0.6921]"
            " D/latent_reg: [0.0001] G/latent_adv: [0.7000] G/lambda_ds: [0.9999]",
            "Elapsed time [0:00:24], Iteration [20/100000], D/latent_real: [0.5931] D/latent_fake: [0.5921]"
            " D/latent_reg: [0.0002] G/latent_adv: [0.8000] G/lambda_ds: [0.9998]",
        ),
        "step",
        [10, 20],
        {"D/latent_real": [0.6931, 0.5931], "G/latent_adv": [0.7, 0.8], "G/lambda_ds": [0.9999, 0.9998]},
    ),
    Case(
        "sdv-dev/CTGAN",
        "".join(
            f"\rGen. ({1.2 + i:.2f}) | Discrim. (-0.03):  {i}%|█▏        | {i}/300 [00:1{i}<01:20,  3.20it/s]"
            for i in range(3)
        ),
        "step",
        [0, 1, 2],
        {"Gen.": [1.2, 2.2, 3.2], "Discrim.": [-0.03] * 3},
    ),
    Case(
        "marcoppasini/musika",
        "".join(
            f"\r 12%|█▏        | {i}/1000 [00:10<01:20, 11.2it/s, DR=713, DF=nan, G=nan, GP=2.16e+4, LR=0.0001]"
            for i in range(120, 123)
        ),
        "step",
        [120, 121, 122],
        {"DR": [713.0] * 3, "DF": [NAN] * 3, "G": [NAN] * 3, "GP": [21600.0] * 3, "LR": [0.0001] * 3},
    ),
    Case(
        "golbin/TensorFlow-Tutorials",
        lines(
            "Epoch: 0000 D loss: -0.3683 G loss: -2.914",
            "Epoch: 0001 D loss: -0.1683 G loss: -3.914",
            "Epoch: 0002 D loss: nan G loss: nan",
        ),
        "epoch",
        [0, 1, 2],
        {"D loss": [-0.3683, -0.1683, NAN], "G loss": [-2.914, -3.914, NAN]},
    ),
    Case(
        "Keras fit, bars redrawn",
        "Epoch 1/2\n"
        + "".join(f"\b\b\b\r{i}/3 [=====>......] - ETA: 0s - d_loss: {i}.5 - g_loss: 0.7" for i in (1, 2, 3))
        + "\r3/3 [============] - 1s 10ms/step - d_loss: 3.5 - g_loss: 0.7\nEpoch 2/2\n"
        + "".join(f"\b\b\b\r{i}/3 [=====>......] - ETA: 0s - d_loss: {i}.1 - g_loss: 0.7" for i in (1, 2, 3)),
        "epoch + batch",
        [1, 2, 3, 4, 5, 6],
        {"d_loss": [1.5, 2.5, 3.5, 1.1, 2.1, 3.1], "g_loss": [0.7] * 6},
    ),
    Case(
        "Keras 3, verbose=2",
        lines(
            "Epoch 1/2",
            "938/938 - 12s - 12ms/step - d_loss: 0.6912 - g_loss: 0.7123",
            "Epoch 2/2",
            "938/938 - 9s - 10ms/step - d_loss: 0.6012 - g_loss: 0.8123",
        ),
        "epoch + batch",
        [938, 1876],
        {"d_loss": [0.6912, 0.6012], "g_loss": [0.7123, 0.8123]},
    ),
    Case(
        "Lightning's bar",
        "".join(
            f"\rEpoch {e}:  50%|████      | {i}/10 [00:01<00:02, 9.87it/s, loss=1.7, v_num=3, d_loss=0.5, g_loss=1.2]"
            for e in range(2)
            for i in (5, 10)
        ),
        "epoch + batch",
        [5, 10, 15, 20],
        {"loss": [1.7] * 4, "d_loss": [0.5] * 4, "g_loss": [1.2] * 4},
    ),
    Case(
        "a bar for each epoch without its number",
        "".join(
            f"\r{i * 50}%|###   | {i}/2 [00:01<00:02, 1.0it/s, loss_d=0.{e}{i}]"
            for e in range(3)
            for i in range(3)
        ),
        "epoch + batch",
        [0, 1, 2, 3, 4, 5, 6, 7, 8],
        {"loss_d": [0.0, 0.01, 0.02, 0.1, 0.11, 0.12, 0.2, 0.21, 0.22]},
    ),
    Case(
        "TF estimator",
        lines(
            "INFO:tensorflow:loss = 1.3862944, step = 1",
            "INFO:tensorflow:global_step/sec: 12.3",
            "INFO:tensorflow:loss = 1.2012, step = 101 (8.130 sec)",
        ),
        "step",
        [1, 101],
        {"loss": [1.3862944, 1.2012]},
    ),
    Case(
        "wiseodd/generative-models",
        lines("Iter-0; D_loss: 1.482; G_loss: 0.7412", "Iter-1000; D_loss: 0.02; G_loss: 5.1"),
        "step",
        [0, 1000],
        {"D_loss": [1.482, 0.02], "G_loss": [0.7412, 5.1]},
    ),
    Case(
        "three lines per iteration",
        lines(
            *[line for i in (0, 1000, 2000) for line in (f"Iter: {i}", f"D_loss: 1.{i}", "G_loss: 0.7", "")]
        ),
        "step",
        [0, 1000, 2000],
        {"D_loss": [1.0, 1.1, 1.2], "G_loss": [0.7] * 3},
    ),
    Case(
        "Udacity's GANs: an epoch printed several times",
        lines(
            *[
                f"Epoch [    {e}/   25] | d_loss: {d} | g_loss: 2.4847"
                for e, d in ((1, 0.3249), (1, 0.4415), (1, 0.5082), (2, 0.7061), (2, 0.8360))
            ]
        ),
        "row",
        [1, 2, 3, 4, 5],
        {"d_loss": [0.3249, 0.4415, 0.5082, 0.7061, 0.836], "g_loss": [2.4847] * 5},
    ),
    Case(
        "Udacity's GANs in TensorFlow",
        lines(
            "Epoch 1/10... Discriminator Loss: 0.9313... Generator Loss: 1.1560",
            "Epoch 1/10... Discriminator Loss: 1.1971... Generator Loss: 1.0307",
            "Epoch 2/10... Discriminator Loss: 1.5847... Generator Loss: 0.7640",
        ),
        "row",
        [1, 2, 3],
        {"Discriminator Loss": [0.9313, 1.1971, 1.5847], "Generator Loss": [1.156, 1.0307, 0.764]},
    ),
    Case(
        "NVlabs/SPADE",
        lines(
            "(epoch: 1, iters: 100, time: 0.691) KLD: 0.020 GAN: 0.811 GAN_Feat: 9.122 VGG: 11.223 D_Fake: 0.911 D_real: 0.944 ",
            "(epoch: 1, iters: 200, time: 0.688) KLD: 0.022 GAN: 0.711 GAN_Feat: 9.022 VGG: 11.023 D_Fake: 0.811 D_real: 0.844 ",
        ),
        "step",
        [100, 200],
        {"KLD": [0.02, 0.022], "GAN": [0.811, 0.711], "D_Fake": [0.911, 0.811], "D_real": [0.944, 0.844]},
    ),
    Case(
        "xinntao's first BasicSR",
        lines(
            "19-04-03 17:00:12.447 - INFO: <epoch:  0, iter:     200, lr:1.000e-04> l_g_pix: 4.4571e-03 l_g_gan: 1.3311e-01 D_real: 2.3803e+01 D_fake: -2.8195e+00",
            "19-04-03 20:50:43.945 - INFO: <epoch:  1, iter:  19,600, lr:1.000e-04> l_g_pix: 2.0350e-04 l_g_gan: 5.6367e-02 D_real: -3.0000e+00 D_fake: -2.8195e+00",
        ),
        "step",
        [200, 19600],
        {"l_g_pix": [4.4571e-03, 2.035e-04], "D_real": [23.803, -3.0], "D_fake": [-2.8195, -2.8195]},
    ),
    Case(
        "two values separated by a blank",
        lines(
            "[44/50][1000] Loss_D: 0.033682 0.044071 Loss_G: 1.005236 0.969284 loss_cyc 0.634544 278.52",
            "[44/50][1050] Loss_D: 0.033600 0.044000 Loss_G: 1.005000 0.969000 loss_cyc 0.634000 290.52",
        ),
        "epoch + batch",
        [1000, 1050],
        {"Loss_D[0]": [0.033682, 0.0336], "Loss_D[1]": [0.044071, 0.044], "loss_cyc": [0.634544, 0.634]},
    ),
    Case(
        "epoch and batch joined, an accuracy of each player",
        lines(
            "0-0 [D loss: 1.276546, acc.: 19.23%] [A loss: 0.915510, acc.: 3.00%] [Time: 6.406097]",
            "0-1 [D loss: 1.179309, acc.: 51.92%] [A loss: 0.589891, acc.: 4.00%] [Time: 3.348730]",
            "1-0 [D loss: 0.725383, acc.: 55.77%] [A loss: 1.024403, acc.: 5.00%] [Time: 3.455094]",
        ),
        "epoch + batch",
        [0, 1, 2],
        {
            "D loss": [1.276546, 1.179309, 0.725383],
            "acc.": [19.23, 51.92, 55.77],
            "acc. (2)": [3.0, 4.0, 5.0],
        },
    ),
    Case(
        "D(G(z)) without blanks",
        lines(
            "[  1/100] Loss_D: 0.2073  Loss_G: 6.2444  D(x): 0.9555  D(G(z)): 0.1280/0.0026",
            "[  2/100] Loss_D: 0.2173  Loss_G: 6.1444  D(x): 0.9455  D(G(z)): 0.2024/0.0126",
        ),
        "step",
        [1, 2],
        {"D(G(z))": [0.128, 0.2024], "D(G(z)) after": [0.0026, 0.0126]},
    ),
    Case(
        "yunjey's tutorial: batches called steps",
        lines(
            "Epoch [0/200], Step [200/600], d_loss: 0.5, g_loss: 1.2, D(x): 0.80, D(G(z)): 0.20",
            "Epoch [0/200], Step [400/600], d_loss: 0.4, g_loss: 1.3, D(x): 0.81, D(G(z)): 0.19",
            "Epoch [0/200], Step [600/600], d_loss: 0.3, g_loss: 1.4, D(x): 0.82, D(G(z)): 0.18",
            "Epoch [1/200], Step [200/600], d_loss: 0.2, g_loss: 1.5, D(x): 0.83, D(G(z)): 0.17",
        ),
        "epoch + batch",
        [200, 400, 600, 800],
        {"d_loss": [0.5, 0.4, 0.3, 0.2], "D(x)": [0.8, 0.81, 0.82, 0.83], "D(G(z))": [0.2, 0.19, 0.18, 0.17]},
    ),
    Case(
        "epochs next to a continuous iteration",
        lines(
            *[
                f"Epoch [{e}/3], Iter [{i}/1800], d_loss: 0.5"
                for e, i in ((1, 600), (2, 900), (2, 1200), (3, 1500))
            ]
        ),
        "step",
        [600, 900, 1200, 1500],
        {"d_loss": [0.5] * 4},
    ),
    Case(
        "names without a separator",
        lines(
            "epoch 3 minibatch 20 images 1280 gen loss 0.5123 disc loss 0.6123 minutes per batch 0.20",
            "epoch 3 minibatch 40 images 2560 gen loss 0.4123 disc loss 0.7123 minutes per batch 0.20",
        ),
        "epoch + batch",
        [20, 40],
        {"gen loss": [0.5123, 0.4123], "disc loss": [0.6123, 0.7123]},
    ),
    Case(
        "running means in parentheses",
        lines(
            "Epoch: [0][10/500]\tTime 0.312 (0.402)\tLoss_D 0.6012 (0.6112)\tLoss_G 1.2012 (1.1112)",
            "Epoch: [0][20/500]\tTime 0.302 (0.352)\tLoss_D 0.5012 (0.6012)\tLoss_G 1.3012 (1.2112)",
        ),
        "epoch + batch",
        [10, 20],
        {"Loss_D": [0.6012, 0.5012], "Loss_G": [1.2012, 1.3012]},
    ),
    Case(
        "tensors in their printed form",
        lines(
            *[
                f"Epoch {e} D loss: tensor(0.5{e}23, device='cuda:0', grad_fn=<MeanBackward0>) G loss: tensor(1.2)"
                f" fid: <tf.Tensor: shape=(), dtype=float32, numpy=32.5>"
                for e in range(3)
            ]
        ),
        "epoch",
        [0, 1, 2],
        {"D loss": [0.5023, 0.5123, 0.5223], "G loss": [1.2] * 3, "fid": [32.5] * 3},
    ),
    Case(
        "a dictionary",
        lines(*[f"{{'epoch': {e}, 'd_loss': 0.5, 'g_loss': 1.2e-3}}" for e in range(3)]),
        "epoch",
        [0, 1, 2],
        {"d_loss": [0.5] * 3, "g_loss": [0.0012] * 3},
    ),
    Case(
        "machinelearningmastery.com, dcgan",
        lines(*[f">{1 + i // 2}, {1 + i % 2}/2, d1=0.6{i}0, d2=0.7{i}0 g=0.8{i}0" for i in range(3)]),
        "epoch + batch",
        [1, 2, 3],
        {"d1": [0.6, 0.61, 0.62], "d2": [0.7, 0.71, 0.72], "g": [0.8, 0.81, 0.82]},
    ),
    Case(
        "machinelearningmastery.com, pix2pix",
        lines(*[f">{i + 1}, d1[0.6{i}0] d2[0.7{i}0] g[12.345]" for i in range(3)]),
        "step",
        [1, 2, 3],
        {"d1": [0.6, 0.61, 0.62], "d2": [0.7, 0.71, 0.72], "g": [12.345] * 3},
    ),
    Case(
        "tqdm without a total",
        "".join(f"\r{i}it [00:0{i}, 11.1it/s, d_loss=0.5, g_loss=1.2]" for i in range(3)),
        "step",
        [0, 1, 2],
        {"d_loss": [0.5] * 3, "g_loss": [1.2] * 3},
    ),
    Case(
        "the number of a process before each line",
        lines(*[f"[0] epoch {e} d_loss: 0.5 g_loss: 1.2" for e in range(3)]),
        "epoch",
        [0, 1, 2],
        {"d_loss": [0.5] * 3, "g_loss": [1.2] * 3},
    ),
    Case(
        "tornado",
        lines(*[f"[I 240501 12:00:0{e} train:88] epoch {e} d_loss: 0.5" for e in range(3)]),
        "epoch",
        [0, 1, 2],
        {"d_loss": [0.5] * 3},
    ),
    Case(
        "a table in Markdown among other lines",
        lines(
            "Using cuda",
            "| epoch | Disc Loss | Gen Loss | phase |",
            "|------:|:---------:|----------|-------|",
            *[f"|  1{e}  | 1.{e}00     | 0.5      | train |" for e in range(3)],
        ),
        "epoch",
        [10, 11, 12],
        {"Disc Loss": [1.0, 1.1, 1.2], "Gen Loss": [0.5] * 3},
    ),
    Case(
        "a ruled table, a bar between its rows",
        "┏━━━━━━━┳━━━━━━━━┳━━━━━━━━┓\n┃ step  ┃ d_loss ┃ g_loss ┃\n┡━━━━━━━╇━━━━━━━━╇━━━━━━━━┩\n"
        + "".join(
            f"│ {s:5,} │ 0.5    │ 1.{s // 1000}    │\n  5%|▌         | 5/100 [00:01<00:10, 9.1it/s]\r"
            for s in (0, 1000, 2000)
        ),
        "step",
        [0, 1000, 2000],
        {"d_loss": [0.5] * 3, "g_loss": [1.0, 1.1, 1.2]},
    ),
    Case(
        "fastai",
        lines(
            "epoch     train_loss  gen_loss  disc_loss  time    ",
            *[f"{e}         1.5         0.{e + 1}       1.{e}        00:30" for e in range(3)],
        ),
        "epoch",
        [0, 1, 2],
        {"train_loss": [1.5] * 3, "gen_loss": [0.1, 0.2, 0.3], "disc_loss": [1.0, 1.1, 1.2]},
    ),
    Case(
        "pandas, with the middle rows omitted",
        lines(
            "      Generator Loss  Discriminator Loss",
            *[f"{i:<4}  {0.5 + i / 1000:14.3f}  {1.5:18.3f}" for i in (0, 1)],
            "..               ...                 ...",
            *[f"{i:<4}  {0.5 + i / 1000:14.3f}  {1.5:18.3f}" for i in (399,)],
            "",
            "[400 rows x 2 columns]",
        ),
        "row",
        [0, 1, 399],
        {"Generator Loss": [0.5, 0.501, 0.899], "Discriminator Loss": [1.5] * 3},
    ),
    Case(
        "CSV after a line of text",
        lines("Found 60000 images, loss hinge", "epoch,d_loss,g_loss", *[f"{e},0.5,1.{e}" for e in range(3)]),
        "epoch",
        [0, 1, 2],
        {"d_loss": [0.5] * 3, "g_loss": [1.0, 1.1, 1.2]},
    ),
    Case(
        "a table with messages that look like headers",
        "epoch  d_loss  g_loss\n"
        + "".join(f"{e}      nan     1.{e}\nSaved G, D\nD, G and E are on cuda\n" for e in range(3)),
        "epoch",
        [0, 1, 2],
        {"d_loss": [NAN] * 3, "g_loss": [1.0, 1.1, 1.2]},
    ),
    Case(
        "names and values in a box",
        "".join(
            f"---------------------\n| epoch      | {e}     |\n| d_loss     | 0.5   |\n| g_loss     | 1.{e}   |\n"
            for e in range(3)
        ),
        "epoch",
        [0, 1, 2],
        {"d_loss": [0.5] * 3, "g_loss": [1.0, 1.1, 1.2]},
    ),
    Case(
        "affinelayer/pix2pix-tensorflow",
        lines(
            *[
                f"progress  epoch 1  step {s}  image/sec 5.3  remaining 120m\ndiscrim_loss 0.5\ngen_loss_GAN 0.{s}"
                for s in (50, 60, 70)
            ]
        ),
        "step",
        [50, 60, 70],
        {"discrim_loss": [0.5] * 3, "gen_loss_GAN": [0.5, 0.6, 0.7]},
    ),
    Case(
        "kan-bayashi/ParallelWaveGAN",
        lines(
            *[
                f"2020-05-12 00:00:00,000 (train:123) INFO: (Steps: {s}) train/adversarial_loss = 0.5123."
                for s in (100, 200, 300)
            ]
        ),
        "step",
        [100, 200, 300],
        {"train/adversarial_loss": [0.5123] * 3},
    ),
    Case(
        "TensorFlow's tensors in a sentence",
        lines(
            *[
                f"Epoch {e} of 9: disc loss is tf.Tensor(0.5, shape=(), dtype=float32), generator loss is 1.25"
                for e in range(3)
            ]
        ),
        "epoch",
        [0, 1, 2],
        {"disc loss": [0.5] * 3, "generator loss": [1.25] * 3},
    ),
    Case(
        "two numbers under the names of both terms",
        lines(*[f"epoch {e} D real/fake: 0.6{e} / 0.4{e}, D loss: 1.25" for e in range(3)]),
        "epoch",
        [0, 1, 2],
        {"D real": [0.6, 0.61, 0.62], "D fake": [0.4, 0.41, 0.42], "D loss": [1.25] * 3},
    ),
    Case(
        "loguru",
        lines(
            *[
                f"2024-05-01 12:00:0{i}.123 | INFO     | __main__:train:33 - step {i * 100} d_loss 0.5 g_loss 1.2"
                for i in range(3)
            ]
        ),
        "step",
        [0, 100, 200],
        {"d_loss": [0.5] * 3, "g_loss": [1.2] * 3},
    ),
    Case(
        "absl",
        lines(
            *[
                f"I0501 12:00:0{i}.123456 140 train.py:123] [{i * 50}] d_loss = 0.5, gp = 0.1"
                for i in range(3)
            ]
        ),
        "step",
        [0, 50, 100],
        {"d_loss": [0.5] * 3, "gp": [0.1] * 3},
    ),
    Case(
        "colours",
        lines(
            *[f"\x1b[32mEpoch {e}\x1b[0m \x1b[1md_loss\x1b[0m: \x1b[31m0.5\x1b[0m \x1b[K" for e in range(3)]
        ),
        "epoch",
        [0, 1, 2],
        {"d_loss": [0.5] * 3},
    ),
]
