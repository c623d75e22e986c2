"""A learner's view of a build, in JupyterLab, while it runs and afterwards."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.conftest import Desk

STAGES = """\
FROM lab/busybox AS base
RUN sleep 1; echo "base is ready"
FROM base AS api
RUN for n in 1 2 3 4 5 6 7 8 9; do echo "api: part $n"; sleep 0.4; done; echo api > /api
FROM base AS web
RUN sleep 1.5; echo "web: built"; echo web > /web
FROM base AS docs
RUN echo "never asked for"
FROM lab/busybox AS app
COPY --from=api /api /api
RUN --mount=from=web,source=/web,target=/tmp/web cat /api /tmp/web > /all; sleep 0.5
"""
FAILING = """\
FROM lab/busybox AS good
RUN sleep 30; echo good > /good
FROM lab/busybox AS bad
RUN sleep 0.5; echo "bad: about to fail"; exit 7
FROM lab/busybox
COPY --from=good /good /
COPY --from=bad /bad /
"""
PLATFORMS = """\
FROM --platform=$BUILDPLATFORM lab/busybox AS compile
ARG TARGETARCH
RUN sleep 1; echo "for $TARGETARCH" > /app
FROM lab/busybox AS app
COPY --from=compile /app /app
RUN uname -m; sleep 0.5
"""
TALKATIVE = """\
FROM lab/busybox AS talk
RUN for part in $(seq 50); do seq 2000; sleep 0.05; done; echo the very end
"""
ENDLESS = """\
FROM lab/busybox AS endless
RUN while true; do echo "goes on"; sleep 0.2; done
"""
QUIET = """\
FROM lab/busybox
RUN sleep 1; echo quiet > /quiet
"""
REFUSED = """\
FROM lab/busybox AS base
COPPY a b
"""
LINE_PX = 17  # of the log
WHOLE_BUILD_MS = 90_000
PAPER = "view => getComputedStyle(view).backgroundColor"
WIDGET = "application/vnd.jupyter.widget-view+json"


def test_boxes_change_while_the_build_runs(desk: Desk) -> None:
    page = desk.page
    desk.open(desk.write("stages", STAGES, "docker buildx build --no-cache stages"))
    desk.use_theme("Light")
    desk.run_all()
    box = {name: page.locator(f'.bkl-box[data-stage="{name}"]') for name in ("api", "web", "app")}
    expect(box["api"]).to_have_attribute("data-state", "running", timeout=WHOLE_BUILD_MS)
    expect(box["app"]).to_have_attribute("data-state", "waiting")
    expect(page.locator(".bkl-now")).to_have_attribute("visibility", "visible")

    box["api"].hover()
    log = page.locator(".bkl-log pre")
    expect(log).to_contain_text("api: part 2")
    expect(log).not_to_contain_text("web: built")
    desk.screenshot("running-light")

    box["web"].focus()
    page.keyboard.press("Enter")
    expect(box["web"]).to_have_attribute("aria-pressed", "true")
    box["api"].hover()  # what is pinned stays
    expect(log).to_contain_text("web: built")
    expect(log).not_to_contain_text("api: part")

    view = page.locator(".bkl")
    paper = view.evaluate(PAPER)
    desk.use_theme("Dark")
    expect(view).not_to_have_css("background-color", paper)
    desk.screenshot("running-dark")
    expect(view).to_have_attribute("data-phase", "done", timeout=WHOLE_BUILD_MS)
    # The static picture has come, and the view stands in front of it.
    expect(page.locator(".bkl-behind")).to_have_count(1)
    expect(view).to_have_count(1)
    expect(view).to_be_visible()
    box["web"].focus()
    page.keyboard.press("Escape")
    box["app"].hover()  # the mouse is on api already, and has to arrive there again
    box["api"].hover()
    expect(log).to_contain_text("api: part 9")
    expect(page.locator(".bkl-voice")).to_contain_text("The build is done")
    critical = page.locator('.bkl-bar[data-critical="true"]')
    assert "RUN for n in" in " ".join(critical.all_text_contents())
    desk.screenshot("done-dark")
    assert desk.seen("api") == ["waiting", "running", "ran"]
    assert desk.seen("docs") == ["waiting", "skipped"]
    desk.use_theme("Light")
    desk.screenshot("done-light")


def test_a_saved_notebook_shows_the_build_without_a_kernel(desk: Desk) -> None:
    page = desk.page
    notebook = desk.write("saved", STAGES, "docker buildx build --target web saved")
    desk.open(notebook)
    desk.run_all()
    expect(page.locator(".bkl-behind")).to_have_count(1, timeout=WHOLE_BUILD_MS)
    desk.do("docmanager:save")
    outputs = json.loads(notebook.read_text())["cells"][1]["outputs"]
    (bundle,) = (output["data"] for output in outputs)
    assert WIDGET not in bundle
    assert "Stage graph" in "".join(bundle["text/plain"])
    assert "".join(bundle["image/svg+xml"]).startswith("<svg ")

    desk.end_kernel()
    page.goto("about:blank")
    page.goto(desk.url(notebook))
    picture = page.locator(".jp-RenderedSVG img")
    expect(picture).to_be_visible(timeout=60_000)
    assert page.evaluate("() => document.querySelector('.jp-RenderedSVG img').naturalWidth") > 500
    assert page.locator("text=Error displaying widget").count() == 0
    desk.screenshot("saved-without-kernel")

    argv = (sys.executable, "-m", "nbconvert", "--to=html", "--stdout", "--log-level=ERROR")
    html = subprocess.run([*argv, notebook], capture_output=True, text=True, check=True).stdout
    (drawn,) = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', html)
    assert base64.b64decode(drawn).decode() == "".join(bundle["image/svg+xml"])


def test_a_quiet_build_leaves_no_empty_field(desk: Desk) -> None:
    desk.open(desk.write("quiet", QUIET, "docker buildx build --no-cache quiet"))
    desk.run_all()
    view = desk.page.locator(".bkl")
    expect(view).to_have_attribute("data-phase", "done", timeout=WHOLE_BUILD_MS)
    log = desk.page.locator(".bkl-log pre")
    expect(log).to_have_text("Nothing was printed.")
    box = log.bounding_box()
    assert box is not None
    assert box["height"] < 2 * LINE_PX


def test_pictures_are_scrolled_in_a_narrow_window(desk: Desk) -> None:
    page = desk.page
    page.set_viewport_size({"width": 600, "height": 900})
    build = "build = %docker buildx build --no-cache narrow"
    desk.write("narrow", QUIET, "")
    cells = ("%load_ext sandbox", build, "from sandbox import compare\ncompare(build, build)")
    desk.open(desk.write_cells("narrow", cells))
    desk.run_all()
    picture = page.locator(".jp-RenderedSVG > img").last
    expect(picture).to_be_visible(timeout=WHOLE_BUILD_MS)
    wide, own = picture.evaluate("img => [img.offsetWidth, img.naturalWidth]")
    assert wide == own, "its letters are as big as they were drawn"
    around = picture.locator("..")
    room, whole = around.evaluate("one => [one.clientWidth, one.scrollWidth]")
    assert room < own <= whole
    expect(around).to_have_css("overflow-x", "auto")


def test_a_failure_brings_its_own_log(desk: Desk) -> None:
    page = desk.page
    desk.open(desk.write("failing", FAILING, "docker buildx build --no-cache failing"))
    desk.run_all()
    expect(page.locator(".bkl")).to_have_attribute("data-phase", "failed", timeout=WHOLE_BUILD_MS)
    expect(page.locator('.bkl-box[data-stage="bad"]')).to_have_attribute("data-state", "failed")
    good = page.locator('.bkl-box[data-stage="good"]')
    expect(good).to_have_attribute("data-state", "cancelled")
    expect(page.locator(".bkl-log pre")).to_contain_text("bad: about to fail")
    desk.screenshot("failed")


def test_what_failed_stands_first_live_and_saved(desk: Desk) -> None:
    page = desk.page
    for name, text in (("refused", REFUSED), ("broken", FAILING)):
        desk.write(name, text, "")
    cells = ("%load_ext sandbox", "a = %docker build refused", "b = %docker build broken")
    notebook = desk.write_cells("failures", cells)
    desk.open(notebook)
    desk.use_theme("Light")
    desk.run_all()
    refused, broken = page.locator(".bkl").nth(0), page.locator(".bkl").nth(1)
    expect(broken).to_have_attribute("data-phase", "failed", timeout=WHOLE_BUILD_MS)
    expect(page.locator(".bkl-behind")).to_have_count(2)
    failure = broken.locator(".bkl-failure")
    expect(failure).to_contain_text("Next")
    above, below = failure.bounding_box(), broken.locator(".bkl-graph").bounding_box()
    assert above is not None
    assert below is not None
    assert above["y"] + above["height"] <= below["y"]
    expect(refused.locator(".bkl-failure pre strong")).to_have_text("2 | >>> COPPY a b")
    expect(refused.locator(".bkl-timeline")).to_be_hidden()
    for empty in (".bkl-log", ".bkl-legend"):
        expect(refused.locator(empty)).to_be_hidden()
    expect(broken.locator(".bkl-timeline")).to_be_visible()
    for view, name in ((refused, "refused"), (broken, "broken")):
        view.scroll_into_view_if_needed()
        desk.screenshot(f"{name}-light")
    desk.use_theme("Dark")
    desk.screenshot("broken-dark")
    refused.scroll_into_view_if_needed()
    desk.screenshot("refused-dark")
    desk.use_theme("Dark High Contrast")
    desk.screenshot("refused-contrast")
    desk.use_theme("Light")

    desk.do("docmanager:save")
    desk.end_kernel()
    page.goto("about:blank")
    page.goto(desk.url(notebook))
    pictures = page.locator(".jp-RenderedSVG > img")
    expect(pictures).to_have_count(2, timeout=60_000)
    desk.screenshot("failures-saved-light")
    expect(pictures.first).to_have_css("color-scheme", "light")
    desk.use_theme("Dark")
    expect(pictures.first).to_have_css("color-scheme", "dark")
    desk.screenshot("failures-saved-dark")
    desk.use_theme("Light")


def test_platforms_have_lanes_and_marks(desk: Desk) -> None:
    page = desk.page
    command = "docker buildx build --platform linux/amd64,linux/arm64 --no-cache platforms"
    desk.open(desk.write("platforms", PLATFORMS, command))
    desk.run_all()
    expect(page.locator(".bkl")).to_have_attribute("data-phase", "done", timeout=WHOLE_BUILD_MS)
    for platform in ("linux/amd64", "linux/arm64"):
        lane = page.locator(f'.bkl-lane[data-lane="app"][data-platform="{platform}"]')
        expect(lane).to_have_count(1)
    for mark in ("emulated", "cross-compiled"):
        expect(page.locator(f'.bkl-bar[data-mark="{mark}"]')).to_have_count(1)
    desk.screenshot("platforms")

    # One bar is reached by Tab, the others from there by the arrows.
    first = page.locator('.bkl-bar[tabindex="0"]')
    first.focus()
    before = first.get_attribute("data-id")
    page.keyboard.press("ArrowRight")
    focused = page.evaluate("document.activeElement.dataset.id")
    assert focused not in (None, before)
    expect(first).to_have_attribute("data-id", focused)


def test_a_hundred_thousand_lines_stay_bounded(desk: Desk) -> None:
    page = desk.page
    desk.open(desk.write("talkative", TALKATIVE, "docker buildx build --no-cache talkative"))
    desk.run_all()
    log = page.locator(".bkl-log pre")
    expect(log).to_contain_text("lines before these", timeout=WHOLE_BUILD_MS)
    # The page answers while lines keep arriving.
    page.locator('.bkl-box[data-stage="talk"]').hover(timeout=2_000)
    expect(page.locator(".bkl")).to_have_attribute("data-phase", "done", timeout=WHOLE_BUILD_MS)
    shown = log.inner_text().splitlines()
    assert "the very end" in shown
    assert len(shown) < 2_100
    path = re.search(r"The whole log is in (\S+)", page.locator(".bkl-notes").inner_text())
    assert path is not None
    with open(path[1]) as whole:
        assert sum(1 for _ in whole) == 100_001
    desk.screenshot("talkative")


def test_an_interrupt_cancels_the_build(desk: Desk) -> None:
    page = desk.page
    desk.open(desk.write("endless", ENDLESS, "docker buildx build --no-cache endless"))
    desk.run_all()
    expect(page.locator(".bkl-log pre")).to_contain_text("goes on", timeout=WHOLE_BUILD_MS)
    desk.do("notebook:interrupt-kernel")
    view = page.locator(".bkl")
    expect(view).to_have_attribute("data-phase", "cancelled")
    box = page.locator('.bkl-box[data-stage="endless"]')
    expect(box).to_have_attribute("data-state", "cancelled")
    expect(page.locator(".jp-OutputArea").last).to_contain_text("Interrupted")
    desk.screenshot("cancelled")
