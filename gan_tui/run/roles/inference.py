"""Which curve is whose: roles from the names that GAN codebases use.

The names of a run are read together: `losses` is the generator's where `losses_d` stands beside it,
`D_real` is half of D's loss where no loss of D is logged and D's score where one is. To teach a name,
add its words to `WORDS` or its set of words to `ROWS`, both in `rolenames.py`; nothing changes here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from gan_tui.errors import UsageError
from gan_tui.run.roles.tokenizer import UNKNOWN, Tokens, canonical, tokenize
from gan_tui.run.roles.vocabulary import LIES, METRICS, ROLES, ROWS, Row

__all__ = ["NO_ROLE", "ROLES", "Assignment", "assign"]

NO_ROLE = "none"
"""The word with which a person takes a role away."""

DOMAINS = frozenset("ABXY")
"""Pairs that are domains translated into each other."""
_BARE = 2
"""From this rank on a name is too vague to be read inside a folder that is unknown."""


class Assignment(Struct, frozen=True):
    """What one series is."""

    role: str | None
    """A word of `ROLES`; None for a series that plays no part in the game."""
    pair: str | None = None
    """Which player pair it belongs to: "A", "0", ...; None where the run has one."""
    note: str = ""
    """Why, where the name alone does not say; "" mostly."""


class _Candidate(Struct, frozen=True):
    """A role that a series would take, and how good its claim is."""

    name: str
    role: str
    pair: str | None
    claim: tuple[int, int, int, int, int]
    """Rank, wrong spelling, averaged, length, position: the smallest wins."""
    total: bool = False

    @property
    def rank(self) -> int:
        return self.claim[0]


def assign(names: Sequence[str], overrides: Mapping[str, str] | None = None) -> dict[str, Assignment]:
    """The role and player pair of every series of a run.

    Args:
        names: All series names of the run, in the order of the log.
        overrides: Series name to role, as a person said; "none" takes a role away. Such a series
            goes before all others of its role.

    Returns:
        One assignment for each name. At most one series holds a role within a pair: of several, the
        adversarial part goes before a total (which becomes `g_loss_total`), a name that says it plainly
        before a vague one, right spelling before wrong, the curve itself before its average.

    Raises:
        UsageError: An override names a role that does not exist.
    """
    chosen = _checked(overrides or {})
    lexed = _by_run({name: tokenize(name) for name in dict.fromkeys(names)})
    open_names = {n: w for n, w in lexed.items() if n not in chosen}
    facts = _facts(open_names)
    tags = _pair_tags(lexed, facts)
    claims = [c for i, (n, w) in enumerate(open_names.items()) if (c := _candidate(n, i, w, facts, tags))]
    found = {name: Assignment(None) for name in lexed}
    for name, role in chosen.items():
        if name in lexed and role != NO_ROLE:
            tag = _tag_of(lexed[name], tags)
            found[name] = Assignment(role, None if tag is None else _shown(tag), "as a person said")
    parts = [w.words for w in lexed.values() if "part" in w.words and not w.held_out]
    mixed = {"d" if "d" in words else "g" for words in parts}
    _settle(_joined(claims), found, mixed)
    return found


def _by_run(lexed: dict[str, Tokens]) -> dict[str, Tokens]:
    """In a table that several runs share each run is a pair; the name of the only run says nothing."""
    runs = {words.tags[0] for words in lexed.values() if words.of_run}
    return {
        name: replace(words, tags=(*words.tags[1:], *(words.tags[:1] if len(runs) > 1 else ())))
        if words.of_run
        else words
        for name, words in lexed.items()
    }


def _checked(overrides: Mapping[str, str]) -> Mapping[str, str]:
    for name, role in overrides.items():
        if role != NO_ROLE and role not in ROLES:
            raise UsageError(
                f"No role is called {role!r} (asked for {name[:60]!r})",
                "Roles: " + ", ".join((*ROLES, NO_ROLE)),
            )
    return overrides


def _table() -> dict[str, list[Row]]:
    table: dict[str, list[Row]] = {}
    for row in ROWS:
        for words in row.names.split(";"):
            table.setdefault(canonical(set(words.split())), []).append(row)
    return table


_TABLE = _table()


def _facts(lexed: Mapping[str, Tokens]) -> frozenset[str]:
    """What holds of the run.

    Each set of words that is logged is a fact; further ones are "any d" and "any g", a series of that
    player, and "d loss named", a loss of D that says it is one.
    """
    facts: set[str] = set()
    for words in lexed.values():
        if words.held_out:
            continue
        facts.add(words.key(*words.tags))
        if "z" not in words.words:  # D(G(z))_1 is not D(G(z))
            facts.update((words.key(), canonical(words.words - {"wass"})))
        if "d" in words.words:
            facts.add("any d")
        if "g" in words.words and "z" not in words.words:  # the G of D(G(z)) is no series of G's
            facts.add("any g")
        for row in _TABLE.get(words.key(), ()):
            if row.role.startswith("d_loss") and row.rank < _BARE and not row.needs and not row.lacks:
                facts.add("d loss named")
    return frozenset(facts)


def _row(key: str, facts: frozenset[str]) -> Row | None:
    for row in _TABLE.get(key, ()):
        if (not row.needs or _holds(row.needs, facts)) and not (row.lacks and _holds(row.lacks, facts)):
            return row
    return None


def _holds(wanted: str, facts: frozenset[str]) -> bool:
    return any(fact in facts or canonical(set(fact.split())) in facts for fact in wanted.split("|"))


def _match(lexed: Tokens, tags: Sequence[str], facts: frozenset[str]) -> Row | None:
    """The row of a name's words with `tags` among them; names of the loss do not count."""
    for dropped in (set(), {"wass"}):
        words = lexed.words.union(tags) - dropped
        row = _row(canonical(words), facts)
        if row and not (lexed.nested and row.rank >= _BARE):
            return row
    return None


def _pair_tags(lexed: Mapping[str, Tokens], facts: frozenset[str]) -> frozenset[str]:
    """The tags that tell player pairs apart: several on one player's losses, or one on both players'."""
    by_player: dict[str, dict[str, None]] = {"d": {}, "g": {}}
    for words in lexed.values():
        tag = words.tags[-1] if words.tags else None
        if tag is None or words.held_out or (tag in "xy12" and _match(words, words.tags, facts)):
            continue
        row = _match(words, (), facts)
        if row and row.role[1:].startswith("_loss"):
            by_player[row.role[0]][tag] = None
    tags = set(by_player["d"]) | set(by_player["g"])
    if {"x", "y"} <= {w.tags[-1] for w in lexed.values() if w.tags and w.words == {"d"}}:
        tags |= {"x", "y"}  # D_X beside D_Y is no D(x)
    paired = len(by_player["d"]) > 1 or len(by_player["g"]) > 1 or by_player["d"].keys() & by_player["g"]
    return frozenset(tags) if paired or {"x", "y"} <= tags else frozenset()


def _tag_of(lexed: Tokens, tags: frozenset[str]) -> str | None:
    return next((t for t in reversed(lexed.tags) if t in tags), None)


def _shown(tag: str) -> str:
    return tag.upper() if len(tag) == 1 else tag


def _candidate(
    name: str, position: int, lexed: Tokens, facts: frozenset[str], tags: frozenset[str]
) -> _Candidate | None:
    tag = _tag_of(lexed, tags)
    row = None if tag else _match(lexed, lexed.tags, facts)
    row = row or _match(lexed, (), facts)
    if row is None or UNKNOWN in lexed.words or (lexed.held_out and row.role not in METRICS):
        return None
    role = LIES.get(name.rpartition("/")[2].lower(), row.role)
    stray = bool(lexed.tags) and tag is None and row.role not in METRICS
    rank = row.rank + (1 if stray and _match(lexed, lexed.tags, facts) is None else 0)
    claim = (rank, int(lexed.misspelled), int(lexed.averaged), len(name), position)
    pair = None if tag is None or role in METRICS else _shown(tag)
    return _Candidate(name, role, pair, claim, total="total" in lexed.words)


def _joined(claims: list[_Candidate]) -> list[_Candidate]:
    """Several discriminators against one generator: the first of them plays the main pair.

    Not so for the domains A and B, each of which has a generator even where only their sum is logged. Of a
    loss of G in several numbers, as Keras prints that of a model with several outputs, the first is the
    loss. A number that all losses carry (`d_loss_1`, `g_loss_1`) tells nothing apart.
    """
    claims = [_of_all_pairs(c, claims) for c in claims]
    losses = [c for c in claims if c.role in {"d_loss", "d_loss_real", "g_loss"}]
    tagged_d = sorted({c.pair for c in losses if c.pair and c.role != "g_loss"})
    lone_d = any(c.pair is None and c.role != "g_loss" for c in losses)
    tagged_g = any(c.pair is not None and c.role == "g_loss" for c in losses)
    pairs = {c.pair for c in losses}
    if len(pairs) == 1 and all(pair and pair.isdecimal() for pair in pairs):
        return [replace(c, pair=None) for c in claims]
    if not tagged_d and lone_d and tagged_g:
        return _without_parts(claims, losses)
    if lone_d or tagged_g or not tagged_d or tagged_d[0] in DOMAINS:
        return claims
    return [replace(c, pair=None) if c.pair == tagged_d[0] else c for c in claims]


def _of_all_pairs(claim: _Candidate, claims: list[_Candidate]) -> _Candidate:
    """`loss_G` beside `loss_GAN_A2B` and `loss_GAN_B2A` is the total of all pairs."""
    if claim.pair is not None or claim.role not in {"d_loss", "g_loss"} or claim.rank == 0:
        return claim
    pairs = {c.pair for c in claims if c.role == claim.role and c.pair is not None}
    return replace(claim, role=f"{claim.role}_total", total=True) if len(pairs) > 1 else claim


def _without_parts(claims: list[_Candidate], losses: list[_Candidate]) -> list[_Candidate]:
    """The claims with the first number of a printed vector as G's loss, and its others as none."""
    vector = sorted(c.pair for c in losses if c.pair and c.name.endswith(f"[{c.pair}]"))
    if not vector or any(c.pair is None and c.role == "g_loss" for c in losses):
        return claims
    kept = [c for c in claims if c.pair not in vector[1:]]
    return [replace(c, pair=None) if c.pair == vector[0] else c for c in kept]


def _settle(claims: list[_Candidate], found: dict[str, Assignment], mixed: set[str]) -> None:
    """Give each role of each pair to the best claim; what a person said is taken already.

    Args:
        claims: Of all series.
        found: Filled in.
        mixed: The players, "d" or "g", whose losses have other parts than the game.
    """
    held = {(a.role, a.pair): name for name, a in found.items() if a.role}
    totals: list[_Candidate] = []
    for claim in sorted(claims, key=lambda c: c.claim):
        seat = (claim.role, claim.pair)
        holder = held.get(seat)
        if holder is None:
            held[seat] = claim.name
            found[claim.name] = Assignment(claim.role, claim.pair)
        elif claim.role in {"d_loss", "g_loss"} and claim.rank > 0:
            totals.append(claim)
        else:
            found[claim.name] = Assignment(None, claim.pair, f"{holder[:60]} is taken as {claim.role}")
    adversarial = {c.name for c in claims if c.rank == 0}
    for claim in totals:
        holder, seat = held[claim.role, claim.pair], (f"{claim.role}_total", claim.pair)
        note = f"{holder[:60]} is taken as {claim.role}"
        if holder in adversarial and claim.rank == 1 and seat not in held:
            held[seat] = claim.name
            found[claim.name] = Assignment(seat[0], claim.pair, note)
        else:
            found[claim.name] = Assignment(None, claim.pair, note)
    _promote([c for c in claims if c.role[0] not in mixed], held, found)


def _promote(
    claims: list[_Candidate], held: dict[tuple[str, str | None], str], found: dict[str, Assignment]
) -> None:
    """A total is the loss itself where it is all that its player logs, and no other part is."""
    paired = {c.role[0] for c in claims if c.pair is not None}
    for claim in claims:
        role = claim.role.removesuffix("_total")
        if claim.total and role != claim.role and (role, claim.pair) not in held and role[0] not in paired:
            held[role, claim.pair] = claim.name
            found[claim.name] = replace(found[claim.name], role=role)
