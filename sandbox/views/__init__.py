"""Pictures of what a Dockerfile says and of what a build did, each with a text twin."""

from sandbox.views.comparison import comparison_picture
from sandbox.views.image import image_layers
from sandbox.views.image_text import image_text
from sandbox.views.llb import llb_graph
from sandbox.views.picture import Picture
from sandbox.views.stage_graph import stage_graph, stage_graph_text
from sandbox.views.summary import summary_picture
from sandbox.views.timeline import timeline
from sandbox.views.timeline_text import timeline_text
from sandbox.views.verdict import verdict_picture

__all__ = [
    "Picture",
    "comparison_picture",
    "image_layers",
    "image_text",
    "llb_graph",
    "stage_graph",
    "stage_graph_text",
    "summary_picture",
    "timeline",
    "timeline_text",
    "verdict_picture",
]
