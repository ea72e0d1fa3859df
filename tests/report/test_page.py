"""Reports to take along: whole, self-contained, and harmless whatever the log says."""

from __future__ import annotations

import json
import math
import xml.etree.ElementTree as ET

import pytest

from gan_tui.errors import UsageError
from gan_tui.report.page import write_report
from gan_tui.report.vector import chart
from tests.states import run_state, series_state

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


def test_every_svg_is_well_formed() -> None:
    runs = [
        run_state(name=HOSTILE, series=(series_state(HOSTILE, [1.0, math.nan, 1e30, -math.inf], "d_loss"),))
    ]
    root = ET.fromstring(write_report(runs, "svg"))  # noqa: S314 - our own text
    assert root.tag.endswith("svg")


def test_a_spike_is_cut_at_the_edge_and_said() -> None:
    values = [1.0, 1.1] * 200
    values[33] = 1e30
    drawn = chart("Losses", [series_state("d", values, "d_loss")], run_state())
    assert "outliers cut at the edge" in drawn
    assert "1e+30" not in drawn


def test_markdown_tables_hold_whatever_a_name_is() -> None:
    page = write_report([run_state(name="a|b\n# c", path="a|b")], "md")
    row = next(line for line in page.splitlines() if line.startswith("| a"))
    assert row.count("|") - row.count("\\|") == 5


def test_json_is_the_contract() -> None:
    assert json.loads(write_report([run_state()], "json"))["runs"][0]["badge"] == "collapse"


def test_an_unknown_kind_is_refused_with_what_there_is() -> None:
    with pytest.raises(UsageError, match=r"\.html, \.md, \.svg, \.json"):
        write_report([run_state()], "pdf")
