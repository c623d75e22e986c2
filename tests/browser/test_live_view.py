"""A learner's view of a build, in JupyterLab, while it runs and afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import Lab, notebook_of, open_notebook, run_all, save, screenshot

DOCKERFILE = """\
FROM lab/busybox AS base
RUN sleep 1; echo "base is ready"
FROM base AS api
RUN for n in 1 2 3 4 5 6; do echo "api: part $n"; sleep 0.4; done; echo api > /api
FROM base AS web
RUN sleep 1.5; echo "web: built"; echo web > /web
FROM base AS docs
RUN echo "never asked for"
FROM lab/busybox AS app
COPY --from=api /api /api
RUN --mount=from=web,source=/web,target=/tmp/web cat /api /tmp/web > /all; sleep 0.5
"""
WHOLE_BUILD_MS = 60_000


@pytest.fixture
def notebook(lab: Lab) -> str:
    (lab.folder / "app").mkdir(exist_ok=True)
    (lab.folder / "app" / "Dockerfile").write_text(DOCKERFILE)
    name = "live.ipynb"
    (lab.folder / name).write_text(
        notebook_of("%load_ext sandbox", "build = %docker buildx build --no-cache app")
    )
    return name


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_boxes_change_while_the_build_runs(page: Page, lab: Lab, notebook: str, theme: str) -> None:
    shade = theme.split()[-1].lower()
    open_notebook(page, lab, notebook, theme=theme)
    run_all(page)
    api = page.locator('.bkl-box[data-stage="api"]')
    expect(api).to_have_attribute("data-state", "running", timeout=WHOLE_BUILD_MS)
    expect(page.locator(".bkl-now")).to_have_attribute("visibility", "visible")
    api.hover()
    log = page.locator(".bkl-log pre")
    expect(log).to_contain_text("api: part 2")
    screenshot(page, f"running-{shade}")
    expect(page.locator(".bkl")).to_have_attribute("data-phase", "done", timeout=WHOLE_BUILD_MS)
    screenshot(page, f"done-{shade}")
