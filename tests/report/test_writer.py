"""Reports: self-contained, and harmless whatever the log contains."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gan_tui.cli.main import cli
from gan_tui.diagnosis.result import Badge
from gan_tui.errors import UsageError
from gan_tui.logs.model import Fault
from gan_tui.report.json_report import as_json
from gan_tui.report.svg import chart, chart_groups
from gan_tui.report.text import as_text
from gan_tui.report.writer import write_report
from gan_tui.terminal.text_style import TextStyle
from tests.helpers.states import run_state, series_state

SAMPLE_LOGS = Path(__file__).parents[2] / "sample_logs"


class Balanced(HTMLParser):
    """Keeps the tags that are open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        del attrs
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


HOSTILE = '</style><script>alert(1)</script><img src=x onerror="y">"\'&\x1b]0;x\x07'


def test_the_page_says_badge_reason_timeline_and_claim() -> None:
    page = write_report([run_state()], "html")
    for words in (
        "suspected collapse",
        "since step 40",
        "two batches of fakes",
        "Look at the samples",
        "<svg",
    ):
        assert words in page


def test_nothing_leaves_the_page_and_nothing_of_a_log_is_markup() -> None:
    series = (series_state(HOSTILE, [1.0, 2.0, 3.0], "d_loss"),)
    page = write_report([run_state(name=HOSTILE, path=HOSTILE, sentence=HOSTILE, series=series)], "html")
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert "<img" not in page
    assert "http:" not in page
    assert "https:" not in page


def test_the_policy_allows_its_one_style_and_nothing_else() -> None:
    page = write_report([run_state(), run_state(name="b")], "html")
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "unsafe" not in policy
    # An attribute that carries style would be refused under it.
    assert not re.search(r"\sstyle=|\son\w+=|href=|src=|url\(|@import", page)


def test_the_page_is_well_formed_whatever_a_log_says() -> None:
    fault = Fault(10, 5, HOSTILE, HOSTILE)
    run = run_state(name=HOSTILE, path=HOSTILE, sentence=HOSTILE, faults=(fault,) * 201)
    page = write_report([run], "html", {HOSTILE: HOSTILE})
    parser = Balanced()
    parser.feed(page)
    assert parser.open == []
    assert "and 1 more" in page


def test_faults_settings_and_roles_are_said_in_every_kind_for_people() -> None:
    run = run_state(faults=(Fault(7, 3, "a torn row", "d.csv"),))
    for kind in ("html", "md"):
        page = write_report([run], kind, {"format": "csv (option --format)"})
        for words in ("d.csv, byte 7 (3 bytes): a torn row", "format = csv", "Loss"):
            assert words in page.replace("\\", "")


def test_suggestions_are_there_and_folded_away() -> None:
    for kind in ("html", "md"):
        page = write_report([run_state()], kind)
        folded = page.partition("<details><summary>Suggestions (no promise that they help)")[2]
        assert "packing" in folded
        assert "arXiv:" in folded
        assert "before the onset (step 40)" in folded.replace("\\", "")
    assert "Suggestions" not in write_report([run_state(Badge.CONVERGING)], "html")


def test_every_svg_is_well_formed() -> None:
    runs = [
        run_state(name=HOSTILE, series=(series_state(HOSTILE, [1.0, math.nan, 1e30, -math.inf], "d_loss"),))
    ]
    root = ET.fromstring(write_report(runs, "svg"))  # noqa: S314 - our own text
    assert root.tag.endswith("svg")


def test_a_picture_holds_every_run_in_plain_colours() -> None:
    runs = [run_state(name=f"run-{i}") for i in range(13)]
    picture = write_report(runs, "svg")
    assert all(f"run-{i}<" in picture for i in range(12))
    assert "and 1 more runs" in picture
    assert "var(" not in picture  # many viewers know no variables, and draw black on black
    boxes = [float(y) for y in re.findall(r'<svg x="0" y="([\d.]+)"', picture)]
    assert boxes == sorted(set(boxes))


def test_a_spike_is_cut_at_the_edge_and_said() -> None:
    values = [1.0, 1.1] * 200
    values[33] = 1e30
    drawn = chart("Losses", [series_state("d", values, "d_loss")], run_state())
    assert "outliers clipped" in drawn
    assert "1e+30" not in drawn


def test_markdown_tables_hold_whatever_a_name_is() -> None:
    page = write_report([run_state(name="a|b\n# c", path="a|b")], "md")
    row = next(line for line in page.splitlines() if line.startswith("| a"))
    assert row.count("|") - row.count("\\|") == 6


def test_markdown_draws_charts_behind_a_fence_that_holds() -> None:
    series = (series_state("```\n# loss", [1.0, 2.0, 3.0] * 9, "d_loss"),)
    page = write_report([run_state(series=series)], "md")
    assert re.search(r"\n(`{3,})text\n.*┤.*\n\1\n", page, re.DOTALL)
    assert "\n# loss" not in page
    many = write_report([run_state(name=str(i)) for i in range(7)], "md")
    assert many.count("<summary>Charts</summary>") == 7


def test_json_is_the_output_of_check_with_settings_and_suggestions() -> None:
    held = json.loads(write_report([run_state()], "json", {"format": "csv"}))
    assert held["runs"][0]["badge"] == "collapse"
    assert held["settings"] == {"format": "csv"}
    assert 1 <= len(held["runs"][0]["suggestions"]) <= 3
    assert set(held["runs"][0]["suggestions"][0]) == {"rule", "text", "source"}


# -- the command ---------------------------------------------------------------------------------------


def report(*words: str) -> Result:
    return CliRunner().invoke(cli, ["report", *words])


@pytest.mark.parametrize("kind", ["html", "md", "svg", "json"])
def test_the_command_writes_each_kind(tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"run.{kind}"
    file.write_text("what was there before")
    assert report(str(SAMPLE_LOGS / "collapse-bce"), "-o", str(file), "--role", "x=none").exit_code == 0
    text = file.read_text()
    assert "collapse-bce" in text.replace("\\", "")
    assert kind == "svg" or "role of x" in text.replace("\\", "")
    assert [f.name for f in tmp_path.iterdir()] == [file.name]


def test_what_cannot_be_written_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    log = tmp_path / "losses.json"
    log.write_text("[" + ",".join(f'{{"step": {i}, "d_loss": 1.0, "g_loss": {i}}}' for i in range(9)) + "]")
    for target, said in ((log, "is one of the logs"), (tmp_path / "no" / "r.md", "cannot be written"),
                         (tmp_path / "r.pdf", "unknown report format 'pdf'")):  # fmt: skip
        done = report(str(log), "-o", str(target))
        assert isinstance(done.exception, UsageError)
        assert said in str(done.exception)
    assert log.read_text().startswith("[")
    assert list(tmp_path.iterdir()) == [log]


def test_check_gives_suggestions_only_on_request() -> None:
    run = run_state()
    assert "Suggestions" not in as_text([run], TextStyle())
    said = as_text([run], TextStyle(), suggestions=True)
    assert "Suggestions (no promise that they help)" in said
    assert "→ Look at the samples" in said
    assert as_text([run], TextStyle(unicode=False), suggestions=True).isascii()
    assert "suggestions" not in as_json([run])["runs"][0]
    assert len(as_json([run], suggestions=True)["runs"][0]["suggestions"]) == 3


def test_an_unknown_kind_is_refused_with_what_there_is() -> None:
    with pytest.raises(UsageError, match=r"\.html, \.md, \.svg, \.json"):
        write_report([run_state()], "pdf")


def test_each_pair_of_players_has_its_own_chart_of_losses() -> None:
    series = tuple(
        series_state(f"{player}_{pair}", [1.0, 2.0, 3.0], f"{player}_loss", pair=pair)
        for pair in "AB"
        for player in "dg"
    )
    titles = [title for title, _ in chart_groups(run_state(series=series))]
    assert titles == ["Losses A", "Losses B"]


def test_what_has_no_role_is_drawn_where_nothing_else_is() -> None:
    series = (series_state("x", [1.0, 2.0]), series_state("empty", []))
    assert [(t, [s.name for s in held]) for t, held in chart_groups(run_state(series=series))] == [
        ("Series", ["x"])
    ]
    page = write_report([run_state(series=())], "html")
    assert "suspected collapse" in page
