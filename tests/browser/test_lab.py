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
        "(command -v sandbox checker docker; docker info --format '{{.Name}}'"
        " && echo done) > found.part 2>&1; mv found.part found.txt\n"
    )
    deadline = time.monotonic() + PATIENCE_S
    while not found.exists() and time.monotonic() < deadline:
        page.wait_for_timeout(200)
    desk.screenshot("terminal")
    told = found.read_text().splitlines()
    assert [line.rpartition("/")[2] for line in told[:3]] == ["sandbox", "checker", "docker"]
    assert told[-1] == "done"
