"""The event-file parser: bytes to points."""

from __future__ import annotations

from gan_tui.logs.model import Batch, Buffer
from gan_tui.logs.tensorboard.columns import ColumnBuilder
from gan_tui.logs.tensorboard.scanner import Scanner


class EventParser(Scanner):
    """Turns the bytes of a TensorBoard event file into points.

    Scalars count whether they were written as `simple_value` or as a tensor with a single number of
    any real type; images, histograms, texts and other tensors are passed over. Both checksums of
    every record are checked, and nothing from a damaged record is shown.

    Args:
        on_image: Called with every logged picture, those of one `feed` in any order; None costs nothing.
        bulk: Read what repeats by comparing bytes. The answers are the same without, and late.
    """

    axis = "step"

    def feed(self, data: Buffer) -> Batch:
        """Take the next bytes of the log.

        Args:
            data: Any number of bytes; large pieces are read fastest. Not kept: what is unfinished is
                copied.

        Returns:
            The points and faults of every record that is complete now.
        """
        gather = ColumnBuilder()
        self.go_on(data, gather)
        return gather.batch()

    def finish(self) -> Batch:
        """Say that the log has ended: what is unfinished is a fault now.

        Records that stand whole within what seemed the unfinished rest are read.
        """
        gather = ColumnBuilder()
        self.end(gather)
        return gather.batch()
