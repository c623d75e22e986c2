"""Pictures of what a Dockerfile says and of what a build did, each with a text twin."""

from sandbox.views.picture import Picture
from sandbox.views.stage_graph import stage_graph, stage_graph_text
from sandbox.views.timeline import timeline
from sandbox.views.timeline_text import timeline_text

__all__ = ["Picture", "stage_graph", "stage_graph_text", "timeline", "timeline_text"]
