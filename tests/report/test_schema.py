"""Every kind of JSON output matches docs/check.schema.json, and the schema describes every key."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from msgspec.structs import replace

from gan_tui.alerts import webhook
from gan_tui.alerts.trigger import Alert
from gan_tui.cli.main import cli
from gan_tui.diagnosis.result import Badge, Finding
from gan_tui.logs.model import Fault
from gan_tui.report.json_report import as_json
from tests.helpers.states import run_state, series_state

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs" / "check.schema.json").read_text(encoding="utf-8"))
SAMPLE_LOGS = ROOT / "sample_logs"
LOSSES = "".join(f"{i},{1.38 + 0.01 * (i * 7 % 13)},{0.69 + 0.01 * (i * 5 % 11)}\n" for i in range(200))


def checked(output: str | bytes | dict[str, Any]) -> dict[str, Any]:
    """Return the decoded output after validation."""
    found: dict[str, Any] = output if isinstance(output, dict) else json.loads(output)
    Draft202012Validator(SCHEMA).validate(found)
    return found


def check(*words: object) -> list[dict[str, Any]]:
    """Return the runs that `gan-tui check --json` prints."""
    done = CliRunner().invoke(cli, ["check", "--json", *map(str, words)], catch_exceptions=False)
    runs: list[dict[str, Any]] = checked(done.stdout)["runs"]
    return runs


def subschemas(schema: object) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from subschemas(value)


def test_the_schema_is_valid_and_describes_every_key() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    for schema in subschemas(SCHEMA):
        if schema.get("type") == "object":
            assert "additionalProperties" in schema
            for name, key in schema.get("properties", {}).items():
                assert key.get("description"), name
            assert set(schema.get("required", ())) <= schema.get("properties", {}).keys()


def test_the_schema_knows_every_badge() -> None:
    assert SCHEMA["$defs"]["badge"]["enum"] == [str(badge) for badge in Badge]


def test_an_unknown_key_is_refused() -> None:
    found = as_json([run_state()])
    found["runs"][0]["series"][0]["said"] = False
    assert not Draft202012Validator(SCHEMA).is_valid(found)


def test_all_sample_logs() -> None:
    runs = check(SAMPLE_LOGS)
    assert len(runs) == 8
    assert all(run["findings"] for run in runs)
    assert {finding["supports"] for run in runs for finding in run["findings"]} == {True, False}


def test_a_run_without_a_badge(tmp_path: Path) -> None:
    (tmp_path / "losses.csv").write_text("step,d_loss,g_loss,never\n0,1.0,2.0,\n1,1.0,2.0,\n")
    (run,) = check(tmp_path)
    assert (run["badge"], run["since_step"], run["findings"]) == ("warming-up", None, [])


def test_a_run_with_faults(tmp_path: Path) -> None:
    (tmp_path / "losses.csv").write_text("step,d_loss,g_loss\n" + LOSSES + "200,1.0,1e999\nfoo,bar\n")
    (run,) = check(tmp_path)
    assert run["faults"]


def test_roles_that_the_user_set(tmp_path: Path) -> None:
    (tmp_path / "losses.csv").write_text("step,alpha,g_loss\n" + LOSSES)
    (run,) = check(tmp_path, "--role", "alpha=d_loss", "--role", "g_loss=none")
    sources = {s["name"]: (s["role"], s["role_source"]) for s in run["series"] if not s["derived"]}
    assert sources == {"alpha": ("d_loss", "user"), "g_loss": (None, "user")}
    assert {s["role_source"] for s in check(SAMPLE_LOGS)[0]["series"]} == {"inferred"}


def test_several_pairs(tmp_path: Path) -> None:
    rows = "".join(f"{i},1.3{i % 9},0.7{i % 7},1.2{i % 8},0.6{i % 6}\n" for i in range(200))
    (tmp_path / "losses.csv").write_text("step,D_A,G_A,D_B,G_B\n" + rows)
    (run,) = check(tmp_path)
    assert {s["pair"] for s in run["series"]} == {"A", "B"}


def test_suggestions() -> None:
    (run,) = check(SAMPLE_LOGS / "collapse-bce", "--suggestions")
    assert 1 <= len(run["suggestions"]) <= 3
    (run,) = check(SAMPLE_LOGS / "converging-bce", "--suggestions")
    assert run["suggestions"] == []


def test_the_report(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    words = ["report", str(SAMPLE_LOGS / "collapse-bce"), "-o", str(file), "--role", "x=none"]
    assert CliRunner().invoke(cli, words).exit_code == 0
    found = checked(file.read_text(encoding="utf-8"))
    assert {"runs", "settings", "made_at", "made_by"} == found.keys()
    assert found["settings"]


def test_the_payload_of_the_webhook(monkeypatch: pytest.MonkeyPatch) -> None:
    bodies: list[bytes] = []
    monkeypatch.setattr(webhook, "_send", lambda request: bodies.append(request.data))
    assert webhook.webhook("https://host/hook")(Alert(run_state(), Badge.COLLAPSE, 40, 99)) == ""
    (run,) = checked(bodies[0])["runs"]
    assert run["badge"] == "collapse"


@pytest.mark.parametrize("dump", [json.dumps, lambda found: json.dumps(found, ensure_ascii=False)])
def test_hostile_names_and_numbers_that_are_not_finite(dump: Callable[[object], str]) -> None:
    hostile = "\x1b]0;x\x07\n\udc80\u202e"
    finding = Finding("rule", Badge.COLLAPSE, hostile, -3, 1 << 62, 0.9, {"a": math.nan, "b": math.inf})
    run = run_state(
        name=hostile, path=hostile, series=(series_state(hostile, [1.0, math.nan]),),
        faults=(Fault(1 << 60, 0, hostile, hostile),),
    )  # fmt: skip
    run = replace(run, diagnosis=replace(run.diagnosis, findings=(finding,)), empty=(hostile,))
    (found,) = checked(dump(as_json([run])))["runs"]
    assert found["findings"][0]["numbers"] == {"a": None, "b": None}
    assert found["series"][0]["last"] is None
