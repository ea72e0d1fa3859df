"""Meaning of file and folder names: which are not logs, which name a metric, which belong together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

_OTHER_SUFFIXES = frozenset(
    """
    .png .jpg .jpeg .gif .bmp .tif .tiff .webp .svg .ico .ppm .exr .hdr .mp4 .avi .mov .mkv .webm .wav .mp3
    .flac .ogg .pt .pth .ckpt .pkl .pickle .h5 .hdf5 .keras .safetensors .onnx .pb .tflite .index .meta .bin
    .npz .mat .zip .gz .tgz .bz2 .xz .zst .7z .tar .rar .lmdb .mdb .db .sqlite .tfrecord .tfrecords .parquet
    .arrow .feather .wandb .pdf .doc .docx .xls .xlsx .ppt .pptx .so .o .a .dll .exe .whl .egg .jar .class
    .pyc .py .pyx .ipynb .c .cc .cpp .cu .cuh .h .hpp .java .js .ts .go .rs .sh .bash .bat .md .rst .tex .html
    .htm .css .xml .yaml .yml .toml .ini .cfg .conf .lock .pid .swp .swo .tmp .bak .part .gin .profile-empty
    """.split()  # noqa: SIM905 - more readable than a list of quoted words
)
_OTHER_FILES = re.compile(
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
_GROWING_LOG = re.compile(r"\.(?:csv|tsv|jsonl|ndjson)$|^loss_log\.txt$", re.IGNORECASE)
_OTHER_FOLDERS = frozenset(("__pycache__", "node_modules", "site-packages", "__MACOSX", "lost+found"))

_EVENT_TIME = re.compile(r"tfevents\.(\d+)")
_ROTATED = re.compile(r"(?:\.(\d{1,3})|[-.]\d{8,10})$")
_NUMBERS = re.compile(r"(\d+)")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z]+")
_DATE_OR_TIME = re.compile(r"(?:19|20)\d\d[-_.]?\d\d[-_.]?\d\d|\d\d[-_.:h]\d\d[-_.:m]\d\d|\d{6,}")

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
_METRIC_WORDS = frozenset(
    """
    loss losses err error errors cost lr rate learning prob probs probability acc accuracy score scores logit
    logits sign signs real fake x z gp penalty gradient grad grads norm norms r reg pl path length fid kid is
    inception mean std wasserstein distance dist w adv adversarial gan cycle idt identity cyc recon rec kl kld
    psnr ssim lpips mse mae total sum running metric metrics train val test a b
    """.split()  # noqa: SIM905
)
_JOINED_WORDS = re.compile(r"(d|g|gen|disc?|critic|net[dg])_?(loss|err|cost|lr|acc|score|prob|norm|grad)|"
                    r"(loss|err|cost|lr|acc|score|prob)(d|g|gen|disc?|critic)", re.IGNORECASE)  # fmt: skip
_WORDS = re.compile(r"[a-z]+|\d+")
_FOLDERS = re.compile(r"^.*[/\\]", re.DOTALL)
_SUFFIX = re.compile(r"\.(?:csv|tsv|json|txt|log|dat|npy)$", re.IGNORECASE)
_DOWNLOADED = re.compile(r"run-(.*?)-tag-(?=.)")
_GENERIC_WORDS = frozenset(
    """log logs logger loss losses metric metrics history results stats data csv output out progress
    scalars""".split()  # noqa: SIM905
)
_LOG_FOLDERS = frozenset(
    """
    tb tensorboard tb_log tb_logs tb_logger tblogs tensorboard_logs events summary summaries log logs
    csv csv_logs metrics losses history train_log train_logs vis_data statistics
    """.split()  # noqa: SIM905
)


UNNAMED_COLUMNS = frozenset(("Value", "value", "column 1", "0"))
"""Column names in files of a single metric; the file name says which metric it is."""

NaturalKey: TypeAlias = tuple[tuple[int, int, str], ...]


def natural_sort_key(name: str) -> NaturalKey:
    """Return a sort key that puts version_2 before version_10."""
    return tuple((1, int(p), "") if p.isdecimal() else (0, 0, p) for p in _NUMBERS.split(name))


def is_event_file(name: str) -> bool:
    """Return whether a file of this name is a TensorBoard event file."""
    return "tfevents" in name and not name.endswith(".profile-empty")


def undated_name(name: str) -> str:
    """Return a log's name without dates and rotation numbers: train.log for train.log.1."""
    return _DATE_OR_TIME.sub("", _ROTATED.sub("", name))


def has_date(name: str) -> bool:
    """Return whether a log's name contains a date or time."""
    return _DATE_OR_TIME.search(name) is not None


def start_order_key(name: str) -> tuple[NaturalKey, bool, int, int, NaturalKey]:
    """Return a sort key that orders the logs of one run by when they were started.

    Names of event files contain the second. Of rotated logs (train.log.2, train.log.1, train.log), the
    highest number is the oldest.
    """
    rotated = _ROTATED.search(name)
    if is_event_file(name):
        started = _EVENT_TIME.search(name)
        return (), False, 0, int(started[1]) if started else 0, natural_sort_key(name)
    dated = undated_name(name) != name and not (rotated and rotated[1])
    return (
        natural_sort_key(undated_name(name)),
        not (dated or rotated),
        -int((rotated and rotated[1]) or 0),
        0,
        natural_sort_key(name),
    )


def may_be_log(name: str) -> bool:
    """Return whether a file of this name may be a log, so that its content is worth checking."""
    if name.startswith((".", "gan-tui-")) or name.endswith("~"):  # files saved by this program are not logs
        return False
    if is_event_file(name):
        return True
    dot = name.rfind(".")
    return not (dot >= 0 and name[dot:].lower() in _OTHER_SUFFIXES) and not _OTHER_FILES.fullmatch(name)


def is_log_when_empty(name: str) -> bool:
    """Return whether an empty file of this name is a log about to be written."""
    return is_event_file(name) or _GROWING_LOG.search(name) is not None


def may_contain_runs(name: str, parents: str) -> bool:
    """Return whether to search a folder of this name, below a folder of the path `parents`."""
    if name.startswith(".") or name in _OTHER_FOLDERS:
        return False
    return not (name == "media" and "wandb" in parents)


def split_words(name: str) -> list[str]:
    """Return the words of a name, lower case: errD -> err, d; d_loss_real -> d, loss, real."""
    joined = _JOINED_WORDS.fullmatch(name)
    parts = [p for p in joined.groups() if p] if joined else _CAMEL.split(name)
    return [p.lower() for p in parts if p]


def players_in(name: str) -> set[str]:
    """Return which of "generator" and "discriminator" a name mentions."""
    return {_PLAYERS[w] for w in split_words(name) if w in _PLAYERS}


def only_player(name: str) -> str | None:
    """Return the player if the name names a player and nothing else, otherwise None."""
    parts = split_words(name)
    return _PLAYERS.get("".join(parts)) if 0 < len(parts) <= 2 else None


def is_metric_name(name: str) -> bool:
    """Return whether every word of a name means a player or something measured."""
    parts = split_words(name)
    return bool(parts) and all(w in _METRIC_WORDS or w in _PLAYERS for w in parts)


def split_of(name: str) -> str | None:
    """Return "train" or "held out" if a word of the name means that split of the data, otherwise None."""
    return next((_SPLITS[w] for w in split_words(name) if w in _SPLITS), None)


def only_split(name: str) -> str | None:
    """Return the split of the data if the name names a split and nothing else, otherwise None."""
    return _SPLITS.get(name.lower())


def metric_name(path: str) -> str:
    """Return the metric named by a file of one metric: d_loss.csv, run-exp1-tag-d_loss.csv -> d_loss."""
    base = _FOLDERS.sub("", path)
    return _SUFFIX.sub("", _DOWNLOADED.sub("", base)) or base


def downloaded_run(path: str) -> str | None:
    """Return the run from which TensorBoard downloaded a file, or None for any other file."""
    match = _DOWNLOADED.match(_FOLDERS.sub("", path))
    return match[1] if match else None


def is_log_folder(name: str) -> bool:
    """Return whether a folder of this name holds the logs of the run above it, and is not a run itself."""
    return name.lower() in _LOG_FOLDERS


def run_stem(name: str) -> str:
    """Return the part of a log's name that names its run: "" for train_20240101.log and val_losses.csv."""
    stem = _DATE_OR_TIME.sub("", name).split(".", 1)[0]
    return "_".join(w for w in _WORDS.findall(stem.lower()) if w not in _SPLITS and w not in _GENERIC_WORDS)


def shortest_unique_names(candidates: Sequence[Sequence[str]]) -> list[str]:
    """Return for each item the first of its names that no other item uses; the last if all are used.

    Args:
        candidates: Names of each item, in order of preference.
    """
    chosen = [0] * len(candidates)
    while True:
        users: dict[str, list[int]] = {}
        for i, names in enumerate(candidates):
            users.setdefault(names[chosen[i]], []).append(i)
        conflicting = [i for same in users.values() if len(same) > 1 for i in same]
        extensible = [i for i in conflicting if chosen[i] + 1 < len(candidates[i])]
        if not extensible:
            return [names[at] for names, at in zip(candidates, chosen, strict=True)]
        for i in extensible:
            chosen[i] += 1
