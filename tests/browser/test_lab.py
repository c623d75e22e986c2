"""JupyterLab itself, as ``make lab`` opens it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.browser.conftest import Desk

TERMINAL = ".jp-Terminal .xterm"
PATIENCE_S = 60


def test_a_terminal_has_the_labs_commands_and_docker(desk: Desk) -> None:
    page = desk.page
    desk.open(desk.write_cells("terminal", ["1"]))
    assert page.locator(".jp-toastContainer, .Toastify__toast").count() == 0, "no news pop-up"
    desk.do("terminal:create-new")
    page.wait_for_selector(TERMINAL)
    found = desk.folder / "found.txt"
    page.locator(TERMINAL).click()
    page.keyboard.type(
        "(for c in sandbox checker docker; do command -v $c; done; docker info"
        " --format '{{.Name}}' && echo done) > found.part 2>&1; mv found.part found.txt\n"
    )
    deadline = time.monotonic() + PATIENCE_S
    while not found.exists() and time.monotonic() < deadline:
        page.wait_for_timeout(200)
    desk.screenshot("terminal")
    told = found.read_text().splitlines()
    assert [line.rpartition("/")[2] for line in told[:3]] == ["sandbox", "checker", "docker"]
    assert told[-1] == "done"


PICTURE = """\
FROM lab/busybox AS one
RUN for i in $(seq 1 3); do echo line $i; sleep 1; done
FROM lab/busybox
COPY --from=one /etc/passwd /a
"""
QUESTION = """\
from sandbox import predict
both = ["$a$ b", "c"]
asked = predict("$HOME or $PATH?", options=both, answer=lambda _: (), several=False)
"""


def test_nothing_jumps_nothing_is_rewritten_and_keys_reach_a_question(desk: Desk) -> None:
    page = desk.page
    (desk.folder / "dollar").mkdir()
    (desk.folder / "dollar" / "Dockerfile").write_text(PICTURE)
    build = "%docker buildx build --no-cache dollar"
    desk.open(desk.write_cells("jumps", ["%load_ext sandbox", QUESTION, build, *["1"] * 30]))
    desk.do("notebook:run-cell")
    desk.wait_until_idle()
    page.locator(".jp-Cell").nth(1).locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    options = page.locator(".bkq input")
    options.first.click()
    page.keyboard.press("ArrowDown")
    assert [option.is_checked() for option in options.all()] == [False, True]
    # A tick makes the cell of the question the active one: this asks again, and keeps the answer.
    first = options.first.element_handle()
    page.keyboard.press("Shift+Enter")
    page.wait_for_function("e => !e.isConnected", arg=first)
    options.first.wait_for()
    assert [option.is_checked() for option in options.all()] == [False, True]

    cell = page.locator(".jp-Cell").nth(2)
    page.evaluate("e => e.scrollIntoView({ block: 'end' })", cell.element_handle())
    cell.locator(".cm-content").click()
    before = page.evaluate("e => e.getBoundingClientRect().top", cell.element_handle())
    page.keyboard.press("Shift+Enter")
    page.locator(".bkl-bar", has_text="RUN for i").wait_for()
    desk.wait_until_idle()
    page.locator(".bkl-behind .bkl").wait_for()
    after = page.evaluate("e => e.getBoundingClientRect().top", cell.element_handle())
    assert abs(after - before) < 60, "the command stays in sight"
    # In the title, or also in the label, where the bar has room for it.
    page.locator(".bkl-bar", has_text="$(seq 1 3); do echo line $i; sleep 1; done").wait_for()
    assert page.locator("mjx-container").count() == 0
    desk.screenshot("nothing-jumps")
