"""Infers the role of each series from the names that GAN codebases use.

All names of a run are considered together: `losses` is the generator's if there is `losses_d`, and
`D_real` is a term of D's loss if no loss of D is logged, else D's score. For a new name, add its words to
`WORDS` or its set of words to `RULES` in `vocabulary.py`; nothing changes here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from gan_tui.errors import UsageError
from gan_tui.run.roles.tokenizer import UNKNOWN, Tokens, canonical, tokenize
from gan_tui.run.roles.vocabulary import METRICS, MISLEADING, ROLES, RULES, RoleRule

__all__ = ["NO_ROLE", "ROLES", "Assignment", "assign"]

NO_ROLE = "none"
"""The word with which the user removes a role."""

DOMAINS = frozenset("ABXY")
"""Tags of pairs that are domains translated into each other."""
_VAGUE_RANK = 2
"""From this rank on, a name is too vague inside an unknown folder."""


class Assignment(Struct, frozen=True):
    """Role and player pair of a series."""

    role: str | None
    """A key of `ROLES`; None for a series without a role."""
    pair: str | None = None
    """Its player pair: "A", "0", ...; None if the run has one pair."""
    note: str = ""
    """The reason, if the name alone does not explain it; "" usually."""


class _Candidate(Struct, frozen=True):
    """A possible role of a series, and its priority."""

    name: str
    role: str
    pair: str | None
    priority: tuple[int, int, int, int, int]
    """Rank, misspelled, averaged, length, position: the smallest has priority."""
    total: bool = False

    @property
    def rank(self) -> int:
        return self.priority[0]


def assign(names: Sequence[str], overrides: Mapping[str, str] | None = None) -> dict[str, Assignment]:
    """Return the role and player pair of every series of a run.

    Args:
        names: All series names of the run, in the order of the log.
        overrides: Series name to role, as set by the user; "none" removes a role. Such a series has
            priority over all others of its role.

    Returns:
        One assignment for each name. At most one series has a role within a pair. Priority: the
        adversarial term before a total (which becomes `g_loss_total`), an explicit name before a vague
        one, correct spelling before a misspelling, the series itself before its average.

    Raises:
        UsageError: An override names a role that does not exist.
    """
    overrides = _check(overrides or {})
    tokens = _tag_runs({name: tokenize(name) for name in dict.fromkeys(names)})
    others = {n: w for n, w in tokens.items() if n not in overrides}
    facts = _facts(others)
    tags = _pair_tags(tokens, facts)
    candidates = [c for i, (n, w) in enumerate(others.items()) if (c := _candidate(n, i, w, facts, tags))]
    assignments = {name: Assignment(None) for name in tokens}
    for name, role in overrides.items():
        if name in tokens and role != NO_ROLE:
            tag = _tag_of(tokens[name], tags)
            assignments[name] = Assignment(
                role, None if tag is None else _display_tag(tag), "as a person said"
            )
    parts = [w.words for w in tokens.values() if "part" in w.words and not w.held_out]
    mixed = {"d" if "d" in words else "g" for words in parts}
    _assign_roles(_merge_pairs(candidates), assignments, mixed)
    return assignments


def _tag_runs(tokens: dict[str, Tokens]) -> dict[str, Tokens]:
    """Make each run a pair in a table with several runs, and drop the name of a single run."""
    runs = {words.tags[0] for words in tokens.values() if words.has_run}
    return {
        name: replace(words, tags=(*words.tags[1:], *(words.tags[:1] if len(runs) > 1 else ())))
        if words.has_run
        else words
        for name, words in tokens.items()
    }


def _check(overrides: Mapping[str, str]) -> Mapping[str, str]:
    for name, role in overrides.items():
        if role != NO_ROLE and role not in ROLES:
            raise UsageError(
                f"No role is called {role!r} (asked for {name[:60]!r})",
                "Roles: " + ", ".join((*ROLES, NO_ROLE)),
            )
    return overrides


def _rules_by_key() -> dict[str, list[RoleRule]]:
    rules: dict[str, list[RoleRule]] = {}
    for rule in RULES:
        for words in rule.names.split(";"):
            rules.setdefault(canonical(set(words.split())), []).append(rule)
    return rules


_RULES_BY_KEY = _rules_by_key()


def _facts(tokens: Mapping[str, Tokens]) -> frozenset[str]:
    """Return the facts of a run that the rules refer to.

    Each set of words that is logged is a fact. Others are "any d" and "any g", a series of that player,
    and "d loss named", an explicit loss of D.
    """
    facts: set[str] = set()
    for words in tokens.values():
        if words.held_out:
            continue
        facts.add(words.key(*words.tags))
        if "z" not in words.words:  # D(G(z))_1 is not D(G(z))
            facts.update((words.key(), canonical(words.words - {"wass"})))
        if "d" in words.words:
            facts.add("any d")
        if "g" in words.words and "z" not in words.words:  # D(G(z)) is not a series of G
            facts.add("any g")
        for rule in _RULES_BY_KEY.get(words.key(), ()):
            if rule.role.startswith("d_loss") and rule.rank < _VAGUE_RANK and not (rule.needs or rule.lacks):
                facts.add("d loss named")
    return frozenset(facts)


def _find_rule(key: str, facts: frozenset[str]) -> RoleRule | None:
    for rule in _RULES_BY_KEY.get(key, ()):
        if (not rule.needs or _any_holds(rule.needs, facts)) and not (
            rule.lacks and _any_holds(rule.lacks, facts)
        ):
            return rule
    return None


def _any_holds(alternatives: str, facts: frozenset[str]) -> bool:
    return any(fact in facts or canonical(set(fact.split())) in facts for fact in alternatives.split("|"))


def _match(tokens: Tokens, tags: Sequence[str], facts: frozenset[str]) -> RoleRule | None:
    """Return the rule of a name's words and `tags`; the name of the loss is optional."""
    for dropped in (set(), {"wass"}):
        words = tokens.words.union(tags) - dropped
        rule = _find_rule(canonical(words), facts)
        if rule and not (tokens.nested and rule.rank >= _VAGUE_RANK):
            return rule
    return None


def _pair_tags(tokens: Mapping[str, Tokens], facts: frozenset[str]) -> frozenset[str]:
    """Return the tags of player pairs: several on the losses of one player, or one on those of both."""
    by_player: dict[str, dict[str, None]] = {"d": {}, "g": {}}
    for words in tokens.values():
        tag = words.tags[-1] if words.tags else None
        if tag is None or words.held_out or (tag in "xy12" and _match(words, words.tags, facts)):
            continue
        rule = _match(words, (), facts)
        if rule and rule.role[1:].startswith("_loss"):
            by_player[rule.role[0]][tag] = None
    tags = set(by_player["d"]) | set(by_player["g"])
    if {"x", "y"} <= {w.tags[-1] for w in tokens.values() if w.tags and w.words == {"d"}}:
        tags |= {"x", "y"}  # with D_Y, D_X is not D(x)
    paired = len(by_player["d"]) > 1 or len(by_player["g"]) > 1 or by_player["d"].keys() & by_player["g"]
    return frozenset(tags) if paired or {"x", "y"} <= tags else frozenset()


def _tag_of(tokens: Tokens, tags: frozenset[str]) -> str | None:
    return next((t for t in reversed(tokens.tags) if t in tags), None)


def _display_tag(tag: str) -> str:
    return tag.upper() if len(tag) == 1 else tag


def _candidate(
    name: str, position: int, tokens: Tokens, facts: frozenset[str], tags: frozenset[str]
) -> _Candidate | None:
    tag = _tag_of(tokens, tags)
    rule = None if tag else _match(tokens, tokens.tags, facts)
    rule = rule or _match(tokens, (), facts)
    if rule is None or UNKNOWN in tokens.words or (tokens.held_out and rule.role not in METRICS):
        return None
    role = MISLEADING.get(name.rpartition("/")[2].lower(), rule.role)
    unused_tags = bool(tokens.tags) and tag is None and rule.role not in METRICS
    rank = rule.rank + (1 if unused_tags and _match(tokens, tokens.tags, facts) is None else 0)
    priority = (rank, int(tokens.misspelled), int(tokens.averaged), len(name), position)
    pair = None if tag is None or role in METRICS else _display_tag(tag)
    return _Candidate(name, role, pair, priority, total="total" in tokens.words)


def _merge_pairs(candidates: list[_Candidate]) -> list[_Candidate]:
    """Make the first of several discriminators against one generator the main pair.

    Not for the domains A and B, each of which has a generator even if only their sum is logged. If G's
    loss has several numbers, as Keras prints for models with several outputs, the first is the loss. A
    number that all losses have (`d_loss_1`, `g_loss_1`) does not distinguish pairs.
    """
    candidates = [_as_total_of_pairs(c, candidates) for c in candidates]
    losses = [c for c in candidates if c.role in {"d_loss", "d_loss_real", "g_loss"}]
    tagged_d = sorted({c.pair for c in losses if c.pair and c.role != "g_loss"})
    lone_d = any(c.pair is None and c.role != "g_loss" for c in losses)
    tagged_g = any(c.pair is not None and c.role == "g_loss" for c in losses)
    pairs = {c.pair for c in losses}
    if len(pairs) == 1 and all(pair and pair.isdecimal() for pair in pairs):
        return [replace(c, pair=None) for c in candidates]
    if not tagged_d and lone_d and tagged_g:
        return _first_output_only(candidates, losses)
    if lone_d or tagged_g or not tagged_d or tagged_d[0] in DOMAINS:
        return candidates
    return [replace(c, pair=None) if c.pair == tagged_d[0] else c for c in candidates]


def _as_total_of_pairs(candidate: _Candidate, candidates: list[_Candidate]) -> _Candidate:
    """Make `loss_G` the total of all pairs if there are `loss_GAN_A2B` and `loss_GAN_B2A`."""
    if candidate.pair is not None or candidate.role not in {"d_loss", "g_loss"} or candidate.rank == 0:
        return candidate
    pairs = {c.pair for c in candidates if c.role == candidate.role and c.pair is not None}
    return replace(candidate, role=f"{candidate.role}_total", total=True) if len(pairs) > 1 else candidate


def _first_output_only(candidates: list[_Candidate], losses: list[_Candidate]) -> list[_Candidate]:
    """Make the first number of a printed vector G's loss, and drop the others."""
    vector = sorted(c.pair for c in losses if c.pair and c.name.endswith(f"[{c.pair}]"))
    if not vector or any(c.pair is None and c.role == "g_loss" for c in losses):
        return candidates
    kept = [c for c in candidates if c.pair not in vector[1:]]
    return [replace(c, pair=None) if c.pair == vector[0] else c for c in kept]


def _assign_roles(candidates: list[_Candidate], assignments: dict[str, Assignment], mixed: set[str]) -> None:
    """Give each role of each pair to the candidate with priority; roles set by the user are taken.

    Args:
        candidates: Those of all series.
        assignments: Filled in.
        mixed: The players, "d" or "g", whose losses have other terms than the adversarial one.
    """
    taken = {(a.role, a.pair): name for name, a in assignments.items() if a.role}
    totals: list[_Candidate] = []
    for candidate in sorted(candidates, key=lambda c: c.priority):
        key = (candidate.role, candidate.pair)
        holder = taken.get(key)
        if holder is None:
            taken[key] = candidate.name
            assignments[candidate.name] = Assignment(candidate.role, candidate.pair)
        elif candidate.role in {"d_loss", "g_loss"} and candidate.rank > 0:
            totals.append(candidate)
        else:
            note = f"{holder[:60]} is taken as {candidate.role}"
            assignments[candidate.name] = Assignment(None, candidate.pair, note)
    adversarial = {c.name for c in candidates if c.rank == 0}
    for candidate in totals:
        holder = taken[candidate.role, candidate.pair]
        total = (f"{candidate.role}_total", candidate.pair)
        note = f"{holder[:60]} is taken as {candidate.role}"
        if holder in adversarial and candidate.rank == 1 and total not in taken:
            taken[total] = candidate.name
            assignments[candidate.name] = Assignment(total[0], candidate.pair, note)
        else:
            assignments[candidate.name] = Assignment(None, candidate.pair, note)
    _promote_totals([c for c in candidates if c.role[0] not in mixed], taken, assignments)


def _promote_totals(
    candidates: list[_Candidate],
    taken: dict[tuple[str, str | None], str],
    assignments: dict[str, Assignment],
) -> None:
    """Make a total the loss itself if it is the only loss that its player logs."""
    paired = {c.role[0] for c in candidates if c.pair is not None}
    for candidate in candidates:
        role = candidate.role.removesuffix("_total")
        free = role != candidate.role and (role, candidate.pair) not in taken
        if candidate.total and free and role[0] not in paired:
            taken[role, candidate.pair] = candidate.name
            assignments[candidate.name] = replace(assignments[candidate.name], role=role)
