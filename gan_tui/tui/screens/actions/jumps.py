"""The keys that jump: to findings, changes of the badge, spikes and restarts."""

from __future__ import annotations

from msgspec.structs import replace
from textual import on

from gan_tui.monitoring.source import SeekStep
from gan_tui.tui.messages import FindingChosen
from gan_tui.tui.screens.base import MainScreenBase
from gan_tui.tui.state.jumps import next_position, restart_positions, spike_positions
from gan_tui.tui.state.step_positions import x_of_steps


class JumpActions(MainScreenBase):
    """Part of the main screen: takes the cursor to what is worth a look."""

    def action_finding(self, by: int) -> None:
        """The finding that speaks for the badge first, then the next by first steps; round and round."""
        run = self.run_state
        findings = run.diagnosis.findings if run is not None and not self.listing.comparing else ()
        if not findings:
            self.say("no finding: nothing speaks against this run")
            return
        ordered = sorted(range(len(findings)), key=lambda i: (findings[i].first_step, i))
        chosen = self.view.finding
        if chosen in ordered:
            self._choose(ordered[(ordered.index(chosen) + by) % len(ordered)])
        else:
            badge = run.diagnosis.badge if run is not None else None
            speaking = (i for i, finding in enumerate(findings) if finding.badge is badge)
            self._choose(next(speaking, 0) if by > 0 else ordered[-1])

    @on(FindingChosen)
    def _finding_chosen(self, message: FindingChosen) -> None:
        self._choose(message.number)

    def _choose(self, number: int) -> None:
        shown = self.shown
        if shown is None or number >= len(shown.run.diagnosis.findings):
            return
        first = shown.run.diagnosis.findings[number].first_step
        [x] = x_of_steps([first], shown.run, shown.full_range.mode, self.clocks(shown.run))
        self.view = replace(self.view.place_cursor(x, shown.full_range), finding=number)

    def action_onset(self, by: int) -> None:
        """The next change of the badge: the cursor goes there; a replay plays from there."""
        shown = self.shown
        if shown is None:
            return
        replay = self.snapshot.replay
        if replay is not None and not replay.live:
            timeline = replay.timelines.get(shown.run.path, shown.run.diagnosis.timeline)
            stop = next_position([float(m.step) for m in timeline[1:]], float(replay.step), by)
            if stop is None:
                self.say(f"no {_where(by)} change of the badge")
            else:
                self.control(SeekStep(round(stop)))
            return
        steps = [m.step for m in shown.run.diagnosis.timeline[1:]]
        self._go(
            x_of_steps(steps, shown.run, shown.full_range.mode, self.clocks(shown.run)),
            by,
            "change of the badge",
        )

    def action_jump(self, kind: str, by: int) -> None:
        """The next spike or restart of the selected chart."""
        shown = self.shown
        if shown is None or not shown.selection.charts:
            return
        spec, clocks = shown.selection.charts[shown.selected_chart], self.clocks(shown.run)
        find = spike_positions if kind == "spike" else restart_positions
        self._go(find(spec, shown.full_range.mode, clocks), by, f"{kind} in {spec.title}")

    def _go(self, stops: list[float], by: int, what: str) -> None:
        stop = next_position(stops, self.view.cursor, by)
        if stop is None:
            self.say(f"no {_where(by)} {what}" if stops else f"no {what}")
        else:
            self.look(lambda v, s: v.place_cursor(stop, s.full_range))


def _where(by: int) -> str:
    return "later" if by > 0 else "earlier"
