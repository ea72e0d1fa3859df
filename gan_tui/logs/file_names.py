"""What the names of files and folders say: what is no log, what is a metric, what belongs together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

_NO_LOG_SUFFIXES = frozenset(
    """
    .png .jpg .jpeg .gif .bmp .tif .tiff .webp .svg .ico .ppm .exr .hdr .mp4 .avi .mov .mkv .webm .wav .mp3
    .flac .ogg .pt .pth .ckpt .pkl .pickle .h5 .hdf5 .keras .safetensors .onnx .pb .tflite .index .meta .bin
    .npz .mat .zip .gz .tgz .bz2 .xz .zst .7z .tar .rar .lmdb .mdb .db .sqlite .tfrecord .tfrecords .parquet
    .arrow .feather .wandb .pdf .doc .docx .xls .xlsx .ppt .pptx .so .o .a .dll .exe .whl .egg .jar .class
    .pyc .py .pyx .ipynb .c .cc .cpp .cu .cuh .h .hpp .java .js .ts .go .rs .sh .bash .bat .md .rst .tex .html
    .htm .css .xml .yaml .yml .toml .ini .cfg .conf .lock .pid .swp .swo .tmp .bak .part .gin .profile-empty
    """.split()  # noqa: SIM905 - reads better than a list of quotes
)
_NO_LOGS = re.compile(
    r"""(?:
        (?:\w*[_-])?(?:config|configs|configuration|settings|hparams|hyperparameters|params|args|arguments
            |opt|opts|options|training_options|flags|cfg)(?:[_-]\w+)?(?:\.(?:json|txt))?
        | requirements[\w.-]* | environment\.\w+ | pip[\w-]*\.txt | conda[\w-]*\.txt
        | readme[\w.]* | license[\w.]* | notice[\w.]* | authors[\w.]* | makefile | dockerfile
        | (?:git|diff|commit)[\w-]*\.txt
        | (?:package|package-lock|tsconfig|dataset|vocab|wandb-metadata|wandb-summary)\.json
        | checkpoint | (?:cmd|command)\.txt | core(?:\.\d+)?
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_GROWING = re.compile(r"\.(?:csv|tsv|jsonl|ndjson)$|^loss_log\.txt$", re.IGNORECASE)
_NO_FOLDERS = frozenset(("__pycache__", "node_modules", "site-packages", "__MACOSX", "lost+found"))

_EVENT_TIME = re.compile(r"tfevents\.(\d+)")
_ROTATED = re.compile(r"(?:\.(\d{1,3})|[-.]\d{8,10})$")
_NUMBERS = re.compile(r"(\d+)")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z]+")
_TIMES = re.compile(r"(?:19|20)\d\d[-_.]?\d\d[-_.]?\d\d|\d\d[-_.:h]\d\d[-_.:m]\d\d|\d{6,}")

_SPLITS = {
    **dict.fromkeys(("train", "training", "trn"), "train"),
    **dict.fromkeys(
        ("val", "valid", "validation", "dev", "eval", "evaluation", "test", "testing"), "held out"
    ),
}
_PLAYERS = {
    **dict.fromkeys(("g", "gen", "generator", "netg", "modelg"), "generator"),
    **dict.fromkeys(
        ("d", "dis", "disc", "discrim", "discriminator", "critic", "netd", "modeld"), "discriminator"
    ),
}
_METRICS = frozenset(
    """
    loss losses err error errors cost lr rate learning prob probs probability acc accuracy score scores logit
    logits sign signs real fake x z gp penalty gradient grad grads norm norms r reg pl path length fid kid is
    inception mean std wasserstein distance dist w adv adversarial gan cycle idt identity cyc recon rec kl kld
    psnr ssim lpips mse mae total sum running metric metrics train val test a b
    """.split()  # noqa: SIM905
)
_GLUED = re.compile(r"(d|g|gen|disc?|critic|net[dg])_?(loss|err|cost|lr|acc|score|prob|norm|grad)|"
                    r"(loss|err|cost|lr|acc|score|prob)(d|g|gen|disc?|critic)", re.IGNORECASE)  # fmt: skip
_WORDS = re.compile(r"[a-z]+|\d+")
_FOLDERS = re.compile(r"^.*[/\\]", re.DOTALL)
_ENDING = re.compile(r"\.(?:csv|tsv|json|txt|log|dat|npy)$", re.IGNORECASE)
_DOWNLOADED = re.compile(r"run-(.*?)-tag-(?=.)")
_PLAIN = frozenset(
    """log logs logger loss losses metric metrics history results stats data csv output out progress
    scalars""".split()  # noqa: SIM905
)
_HOLDERS = frozenset(
    """
    tb tensorboard tb_log tb_logs tb_logger tblogs tensorboard_logs events summary summaries log logs
    csv csv_logs metrics losses history train_log train_logs vis_data statistics
    """.split()  # noqa: SIM905
)


NAMELESS = frozenset(("Value", "value", "column 1", "0"))
"""What tables of a single metric call its column: the file tells what it is."""

NaturalKey: TypeAlias = tuple[tuple[int, int, str], ...]


def natural(name: str) -> NaturalKey:
    """A sorting key that puts version_2 before version_10."""
    return tuple((1, int(p), "") if p.isdecimal() else (0, 0, p) for p in _NUMBERS.split(name))


def is_events(name: str) -> bool:
    """Whether a file of this name is a TensorBoard event file."""
    return "tfevents" in name and not name.endswith(".profile-empty")


def log_base(name: str) -> str:
    """What the logs of one run's starts have in common: train.log of train_20240101.log and train.log.1."""
    return _TIMES.sub("", _ROTATED.sub("", name))


def is_dated(name: str) -> bool:
    """Whether a log's name tells when it was begun."""
    return _TIMES.search(name) is not None


def log_order(name: str) -> tuple[NaturalKey, bool, int, int, NaturalKey]:
    """A sorting key that puts the logs of one run in the order in which they were begun.

    Event files carry the second; of rotated logs (train.log.2, train.log.1, train.log) the highest
    number is the oldest.
    """
    rotated = _ROTATED.search(name)
    if is_events(name):
        found = _EVENT_TIME.search(name)
        return (), False, 0, int(found[1]) if found else 0, natural(name)
    dated = log_base(name) != name and not (rotated and rotated[1])
    return (
        natural(log_base(name)),
        not (dated or rotated),
        -int((rotated and rotated[1]) or 0),
        0,
        natural(name),
    )


def may_be_log(name: str) -> bool:
    """Whether it is worth a look into a file of this name."""
    if name.startswith((".", "gan-tui-")) or name.endswith("~"):  # what this program saved is no log
        return False
    if is_events(name):
        return True
    dot = name.rfind(".")
    return not (dot >= 0 and name[dot:].lower() in _NO_LOG_SUFFIXES) and not _NO_LOGS.fullmatch(name)


def may_grow(name: str) -> bool:
    """Whether an empty file of this name is a log that is about to be written."""
    return is_events(name) or _GROWING.search(name) is not None


def may_hold_runs(name: str, parents: str) -> bool:
    """Whether to look into a folder of this name, below a folder of the path `parents`."""
    if name.startswith(".") or name in _NO_FOLDERS:
        return False
    return not (name == "media" and "wandb" in parents)


def words(name: str) -> list[str]:
    """The words of a name, lower case: errD -> err, d; D(G(z)) -> d, g, z; d_loss_real -> d, loss, real."""
    glued = _GLUED.fullmatch(name)
    parts = [p for p in glued.groups() if p] if glued else _CAMEL.split(name)
    return [p.lower() for p in parts if p]


def players(name: str) -> set[str]:
    """Which of "generator" and "discriminator" a name speaks of."""
    return {_PLAYERS[w] for w in words(name) if w in _PLAYERS}


def only_player(name: str) -> str | None:
    """The player that a name is the name of, and of nothing else."""
    parts = words(name)
    return _PLAYERS.get("".join(parts)) if 0 < len(parts) <= 2 else None


def is_metric(name: str) -> bool:
    """Whether every word of a name speaks of a player or of something that is measured."""
    parts = words(name)
    return bool(parts) and all(w in _METRICS or w in _PLAYERS for w in parts)


def split_of(name: str) -> str | None:
    """Whether the words of a name speak of training ("train") or of data "held out" from it."""
    return next((_SPLITS[w] for w in words(name) if w in _SPLITS), None)


def only_split(name: str) -> str | None:
    """Which split of the data a name is the name of, and of nothing else."""
    return _SPLITS.get(name.lower())


def metric_name(path: str) -> str:
    """What a file that holds one metric is called by: d_loss.csv, run-exp1-tag-d_loss.csv -> d_loss."""
    base = _FOLDERS.sub("", path)
    return _ENDING.sub("", _DOWNLOADED.sub("", base)) or base


def downloaded_run(path: str) -> str | None:
    """The run that a file was downloaded from in TensorBoard, None for any other file."""
    found = _DOWNLOADED.match(_FOLDERS.sub("", path))
    return found[1] if found else None


def is_holder(name: str) -> bool:
    """Whether a folder of this name is where a run keeps its logs, and no run of its own."""
    return name.lower() in _HOLDERS


def run_stem(name: str) -> str:
    """What a log's name says of its run: nothing for train_20240101.log, loss.csv and val_losses.csv."""
    stem = _TIMES.sub("", name).split(".", 1)[0]
    return "_".join(w for w in _WORDS.findall(stem.lower()) if w not in _SPLITS and w not in _PLAIN)


def shortest(candidates: Sequence[Sequence[str]]) -> list[str]:
    """For each thing the first of its names that no other thing goes by; its last where all are taken."""
    chosen = [0] * len(candidates)
    while True:
        taken: dict[str, list[int]] = {}
        for i, choice in enumerate(candidates):
            taken.setdefault(choice[chosen[i]], []).append(i)
        clashing = [i for same in taken.values() if len(same) > 1 for i in same]
        longer = [i for i in clashing if chosen[i] + 1 < len(candidates[i])]
        if not longer:
            return [choice[at] for choice, at in zip(candidates, chosen, strict=True)]
        for i in longer:
            chosen[i] += 1
