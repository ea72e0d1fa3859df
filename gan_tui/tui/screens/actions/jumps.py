"""Keys that jump to findings, changes of the badge, spikes and restarts."""

from __future__ import annotations

from msgspec.structs import replace
from textual import on

from gan_tui.monitoring.source import SeekStep
from gan_tui.tui.messages import FindingSelected
from gan_tui.tui.screens.base import MainScreenBase
from gan_tui.tui.state.jumps import next_position, restart_positions, spike_positions
from gan_tui.tui.state.step_positions import x_of_steps


class JumpActions(MainScreenBase):
    """Part of the main screen: places the cursor where something happened."""

    def action_finding(self, by: int) -> None:
        """Select the first finding that supports the badge, then the next one by step, in a circle."""
        run = self.run_state
        findings = run.diagnosis.findings if run is not None and not self.run_list.comparing else ()
        if not findings:
            self.show_message("no findings: nothing speaks against this run")
            return
        order = sorted(range(len(findings)), key=lambda i: (findings[i].first_step, i))
        selected = self.view.finding
        if selected in order:
            self._select_finding(order[(order.index(selected) + by) % len(order)])
        else:
            badge = run.diagnosis.badge if run is not None else None
            supporting = (i for i, finding in enumerate(findings) if finding.badge is badge)
            self._select_finding(next(supporting, 0) if by > 0 else order[-1])

    @on(FindingSelected)
    def _finding_selected(self, message: FindingSelected) -> None:
        self._select_finding(message.number)

    def _select_finding(self, number: int) -> None:
        displayed = self.displayed
        if displayed is None or number >= len(displayed.run.diagnosis.findings):
            return
        first = displayed.run.diagnosis.findings[number].first_step
        [x] = x_of_steps([first], displayed.run, displayed.full_range.mode, self.clocks(displayed.run))
        self.view = replace(self.view.place_cursor(x, displayed.full_range), finding=number)

    def action_onset(self, by: int) -> None:
        """Go to the next change of the badge; a replay seeks there."""
        displayed = self.displayed
        if displayed is None:
            return
        run, replay = displayed.run, self.snapshot.replay
        if replay is not None and not replay.live:
            timeline = replay.timelines.get(run.path, run.diagnosis.timeline)
            step = next_position([float(m.step) for m in timeline[1:]], float(replay.step), by)
            if step is None:
                self.show_message(f"no {_direction(by)} change of the badge")
            else:
                self.control(SeekStep(round(step)))
            return
        steps = [m.step for m in run.diagnosis.timeline[1:]]
        positions = x_of_steps(steps, run, displayed.full_range.mode, self.clocks(run))
        self._jump(positions, by, "change of the badge")

    def action_jump(self, kind: str, by: int) -> None:
        """Go to the next spike or restart of the selected chart."""
        displayed = self.displayed
        if displayed is None or not displayed.selection.charts:
            return
        spec, clocks = displayed.selection.charts[displayed.selected_chart], self.clocks(displayed.run)
        find = spike_positions if kind == "spike" else restart_positions
        self._jump(find(spec, displayed.full_range.mode, clocks), by, f"{kind} in {spec.title}")

    def _jump(self, positions: list[float], by: int, what: str) -> None:
        """Place the cursor at the next of some positions along x."""
        x = next_position(positions, self.view.cursor, by)
        if x is None:
            self.show_message(f"no {_direction(by)} {what}" if positions else f"no {what}")
        else:
            self.change_view(lambda v, d: v.place_cursor(x, d.full_range))


def _direction(by: int) -> str:
    return "later" if by > 0 else "earlier"
