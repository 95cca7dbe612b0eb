"""Charts of results, as Altair charts that show themselves without internet.

They have the data and the look of the command's own charts, to restyle: each
is an :class:`altair.VConcatChart`. In a notebook it shows as SVG, drawn on this
machine, unless another Altair renderer has been enabled.
``chart.save("chart.html", inline=True)`` writes one that can be hovered over.
"""

from boligspor.charts.look import OfflineChart

__all__ = ["OfflineChart"]
