"""Words of printed training lines: counters, names that are not series, and what to mask first."""

from __future__ import annotations

import functools
import re

COUNTERS: dict[str, str] = {
    **dict.fromkeys(("epoch", "ep", "epochs", "epoche", "epoches", "cur_epoch"), "epoch"),
    **dict.fromkeys(("batch", "minibatch", "mini-batch", "batch_idx", "batch_i", "batch index"), "batch"),
    **dict.fromkeys(("iter", "iters", "it", "itr", "i", "iteration", "iterations"), "iters"),
    **dict.fromkeys(("cur_iter", "cur_it", "n_iter", "num_iter", "gen_iterations"), "iters"),
    **dict.fromkeys(("step", "steps", "train_step", "cur_step", "idx"), "step"),
    **dict.fromkeys(("global step", "global_step", "globalstep", "total_step", "total_steps"), "global_step"),
    **dict.fromkeys(("g_step", "gen_step", "d_step", "dis_step", "disc_step"), "step"),
    **dict.fromkeys(("tick", "ticks"), "tick"),
    **dict.fromkeys(("kimg",), "kimg"),
    **dict.fromkeys(("nimg", "cur_nimg"), "nimg"),
    **dict.fromkeys(("round", "generation"), "round"),
}
"""Names of counters in lower case, and the one name that each is known by."""

# "Total steps: 5000" and "max epoch 200" are settings.
_SETTING = re.compile(r"\b(?:total|num|max|min|n|per|end|warmup|warm-up|every|best|start|save|last|of)$")
# A counter may follow other words: "Train Epoch", "Running Epoch".
_MAX_COUNTER_WORDS = 3
_IN_PARENTHESES = re.compile(r"\([^()]*\)$")  # mmengine's Epoch(val)

_TIMES = re.compile(
    r"""(?:^|[\s_/.(-])(?:
        time|times|eta|elapsed|remaining|remain|duration|timestamp|date|timing
        |sec|secs|second|seconds|minutes?|mins|hours?|ms|msec|fps|speed|throughput
        |mem|memory|gpumem|cpumem|vram|ram|gb|mb|maintenance
    )(?:$|[\s_/.)-])""",
    re.VERBOSE,
)
_NOT_SERIES = frozenset(
    """
    data date t s/b s/it it/s progress pid gpu gpus gpu_id gpu_ids cuda rank local_rank world_size seed
    port device version versions params parameters num_params #params images image imgs samples line lines
    size shape batch_size batchsize num_workers workers width height channels dim checkpoint ckpt snapshot
    dtype layer labels num_gpus batches loaders items found loaded total numpy requires_grad device_id
    exit signal errno v_num t_data t_comp major minor memoryclockrate(ghz) frequency pcibusid performance
    """.split()  # noqa: SIM905 - reads better than a list of quotes
)


def counter(name: str) -> str | None:
    """Return what `name` counts ("epoch", "batch", "iters", "step", ...), or None if it is not a counter."""
    words = [w.rstrip(".") for w in _IN_PARENTHESES.sub("", name.lower()).replace("#", " ").split()]
    if not 0 < len(words) <= _MAX_COUNTER_WORDS:
        return None
    for length in (2, 1):
        head, tail = words[:-length], " ".join(words[-length:])
        if len(words) >= length and tail in COUNTERS:
            return None if head and _SETTING.search(head[-1]) else COUNTERS[tail]
    return None


def is_not_series(name: str) -> bool:
    """Return whether `name` denotes a time, a rate, memory or a setting: nothing to chart."""
    low = name.lower()
    last = low.rsplit(" ", 1)[-1]
    return low in _NOT_SERIES or (last in _NOT_SERIES and last != "total") or _TIMES.search(low) is not None


_UNIT = r"(?:ms|us|µs|ns|s|m|h|d|secs?|mins?|hrs?|hours?|minutes?|seconds?|days?)"
_WHAT = r"(?:its?|iters?|steps?|batch|batches|imgs?|images|samples?|ex|examples?|kimg|epoch|tick)"
_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_CLOCK = r"\d{1,3}:\d{2}(?::\d{2})?(?:[.,]\d+)?(?:Z|\s?[AP]M\b)?(?:[+-]\d{2}:?\d{2})?"
_TIME = rf"(?:[T_,\s-]{{1,3}}{_CLOCK})"
_FILE = (
    r"py|pyc|ipynb|c|cc|cpp|cu|h|sh|pth?|ckpt|pkl|h5|hdf5|safetensors|onnx|npz|npy|png|jpe?g|gif|bmp|webp|tiff?"
    r"|mp4|wav|json|jsonl|ya?ml|toml|ini|cfg|txt|log|csv|tsv|md|zip|tar|gz|tgz|tfrecords?|so|model"
)

_MASKED = rf"""
    ^[IWEF]\d{{4}}\ {_CLOCK}\s+\d+\ \S+:\d+\]                              # glog, absl
    | \((?!(?:epoch|ep|iters?|iteration|itr?|steps?|batch|tick|kimg):)[A-Za-z_][\w.]*:\d+\)  # (train:123)
    | ^\[[IWEDF]\ \d{{6}}\ {_CLOCK}\ [\w.]+:\d+\]                          # tornado
    | (?<![\d.])(?:19|20)\d{{2}}(?P<a>[-/.])\d{{1,2}}(?P=a)\d{{1,2}}(?!\d){_TIME}?  # 2024-05-01 12:00:00,123
    | (?<![\d.])\d{{1,2}}(?P<b>[-/.])\d{{1,2}}(?P=b)(?:19|20)\d{{2}}(?!\d){_TIME}?  # 01.05.2024 12:00
    | (?<![\d.])\d{{2}}(?P<c>[-/.])\d{{2}}(?P=c)\d{{2}}{_TIME}                     # 24-05-01 12:00:00
    | (?:^|(?<=\[))\d{{1,2}}[-/]\d{{1,2}}\s{_CLOCK}                         # 05/01 12:00:00
    | \b(?:{_DAY},?\ )?{_MONTH}\ +\d{{1,2}}(?:,?\ +\d{{4}})?\ +{_CLOCK}(?:\ +\d{{4}})?
    | (?<![\w.])(?:\d+\ days?,?\ )?{_CLOCK}(?![\w.])                        # 12:00:00, 1 day, 2:03:04
    | \b\d{{1,2}}:\ ?\d{{2}}:\ ?\d{{2}}\b
    | (?<![\w.])(?:[\d.]+\ ?(?:d|h|m|min)\ ){{1,4}}[\d.]+\ ?(?:s|secs?|m|min)\b   # 4h 28m 45s
    | (?<![\w.])[\d.]+\s?(?:{_WHAT}|{_UNIT}|[kMG]?B)/(?:{_WHAT}|{_UNIT})\b  # 11.2it/s, 11ms/step
    | (?<![\w.])(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?{_UNIT})+(?![\w(])            # 10s, 1h2m3s
    | (?<![\w.])[\d.]+\ (?:ms|secs?|seconds?|mins?|minutes?|hrs?|hours?|days?)\b(?!\s*[:=/_(]|\sper\b)
    | (?<![\w.,])[\d.,]+\s?(?:[KMGT]i?[Bb]|[kmgt]b|bytes)\b                  # 13.8GB
    | (?<!\d)\d{{1,3}}%\|[^|]*\|                                          # a bar of tqdm
    | \[[=>.\-\#\*\ █▏▎▍▌▋▊▉]{{5,}}\]                                       # bars of Keras and others
    | [━╸╺─█▏▎▍▌▋▊▉░▒▓■□]{{2,}}
    | \b(?:https?|ftp|s3|gs|file)://\S+
    | (?<![\w)\]/.])(?:~|\.{{1,2}})?/[A-Za-z_~.][^\s:,;'"]*(?::\d+)?         # /home/me/run/file
    | \b[A-Za-z]:\\[^\s,;'"]*
    | (?<![\w./\\+=-])[\w./\\+=-]+\.(?:{_FILE})\b(?!\s*[:=]\s)(?::\d+)?      # network-snapshot-000400.pkl
    | \b0x[0-9a-fA-F]+\b
    | (?<![\w.])v?\d+\.\d+\.\d+[\w.+]*                                      # versions, addresses
    | \b(?:DEBUG|INFO|WARNING|WARN|ERROR|CRITICAL|TRACE|NOTICE)\b(?:[:.][\w.]+:(?=[^\s\d.+-]))?:?
    """


@functools.cache
def masked_pattern() -> re.Pattern[str]:
    """Return the pattern of numbers that are not points: dates, durations, rates, bars, paths, versions.

    Compiled when the first printed line is read, since that takes several milliseconds.
    """
    return re.compile(_MASKED, re.VERBOSE)


TIMESTAMP = re.compile(r"(\d{4})[-/](\d{2})[-/](\d{2})[T_ ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,6})\d*)?")
"""A full date and time."""

PRINTED_TENSOR = re.compile(
    r"(?:torch\.tensor|tensor|tf\.Tensor)\(\s*\[?\s*([^\s,()\[\]]+)[^()]*(?:\([^()]*\)[^()]*)?\)"
    r"|<tf\.Tensor:[^>]{0,200}?numpy=([^>,\s]+)[^>]{0,200}>"
    r"|(?:np|numpy)\.\w+\(([^()]*)\)"
    r"|\b(?:Device)?Array\(([^\s,()]+)[^()]*\)"
)
"""A number in the printed form of a tensor or an array."""
