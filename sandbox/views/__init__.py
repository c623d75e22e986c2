"""Pictures of Dockerfiles, builds and images, each with a text twin."""

from sandbox.views.browser_look import browser_css
from sandbox.views.comparison_picture import comparison_picture
from sandbox.views.failure_picture import failure_picture
from sandbox.views.image_picture import image_layers
from sandbox.views.image_text import image_text
from sandbox.views.llb_picture import llb_graph
from sandbox.views.picture import Picture
from sandbox.views.prediction_picture import verdict_picture
from sandbox.views.stage_graph_picture import stage_graph, stage_graph_text
from sandbox.views.summary_picture import summary_picture
from sandbox.views.timeline import timeline
from sandbox.views.timeline_text import timeline_text

__all__ = [
    "Picture",
    "browser_css",
    "comparison_picture",
    "failure_picture",
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
