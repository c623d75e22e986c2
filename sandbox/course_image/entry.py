"""What a container runs: ``python -m sandbox.course_image.entry [COMMAND …]``.

It begins as root, opens /dev/net/tun to the ordinary user ``lab``, and runs itself again as that
user. Then it checks what the container was given, fills a fresh volume, and runs JupyterLab or the
given command. When that ends, or when the container is stopped, it stops the sandbox.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from sandbox import process
from sandbox.course_image import given
from sandbox.engine.paths import Paths
from sandbox.errors import HostError, SandboxError
from sandbox.sandbox import Sandbox

COURSE = Path("/opt/buildkit-lab")
CACHE = Path("/opt/cache")
"""The engine, the base images and the package indexes: part of the image, never changed."""
PORT = 8888
USER = "lab"
EXIT_UNAVAILABLE = 3
TUN = Path("/dev/net/tun")


def main(argv: Sequence[str]) -> int:
    """Run the container; returns its exit code."""
    try:
        if os.getuid() == 0:
            _become_user(argv)
        found = given.problem(given.examine())
        if found is not None:
            raise found
        with _only_container(given.VOLUME):
            fill(given.VOLUME, COURSE, CACHE)
            return _attend(argv)
    except SandboxError as error:
        print(f"{given.IMAGE}: {error.report()}", file=sys.stderr)
        return EXIT_UNAVAILABLE


def fill(volume: Path, course: Path, cache: Path) -> None:
    """Make a fresh volume ready, or one that an earlier version of the image has filled.

    The volume gets links to the image, so nothing is copied and the first start is quick. It can
    be killed at any moment: the next start does the same again.

    Raises:
        HostError: The volume cannot be written.
    """
    try:
        for name in ("lessons", "exercises"):
            _link(volume / name, course / name)
        (volume / "work").mkdir(exist_ok=True)
        # JupyterLab does not show a folder whose name begins with a dot.
        state = volume / ".lab"
        (state / "user").mkdir(parents=True, exist_ok=True)
        paths = Paths(state / "home", state / "cache")
        for kind in (paths.rootfs, paths.images, paths.indexes):
            kind.mkdir(parents=True, exist_ok=True)
            for old in kind.iterdir():
                if old.is_symlink() and not old.exists():
                    old.unlink()
            for made in (cache / kind.name).iterdir():
                _link(kind / made.name, made)
    except OSError as error:
        raise HostError(
            f"The volume at {volume} cannot be written: {error.strerror}.",
            next_step=f"use a named volume: {given.RUN}",
        ) from error


def _link(link: Path, target: Path) -> None:
    if link.is_symlink() and link.readlink() == target:
        return
    link.unlink(missing_ok=True)
    link.symlink_to(target)


def _become_user(argv: Sequence[str]) -> None:
    """Open what only root may open, and run this program again as the ordinary user."""
    with suppress(FileNotFoundError):
        TUN.chmod(0o666)
    if os.path.ismount(given.VOLUME):
        # A volume of docker's belongs to root, unless docker has filled it from the image.
        with suppress(OSError):
            shutil.chown(given.VOLUME, USER, USER)
    again = (sys.executable, "-m", "sandbox.course_image.entry", *argv)
    drop = ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups", "--")
    program = process.find(drop[0], next_step="use the image as it was built")
    process.replace((program, *drop[1:], *again), env=os.environ)


@contextmanager
def _only_container(volume: Path) -> Iterator[None]:
    """Hold the volume: two engines in one home would destroy each other's data."""
    holder = volume / ".container"
    with holder.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            other = file.read().strip()
            raise HostError(
                f"Another container uses this volume: {other}.",
                next_step=f"docker stop {other}, or run your command in that container: "
                f"docker exec -it -u {USER} {other} checker list",
            ) from error
        file.truncate(0)
        file.write(socket.gethostname())
        file.flush()
        yield


def _attend(argv: Sequence[str]) -> int:
    """Run JupyterLab or ``argv`` to its end, then stop the sandbox."""
    signal.signal(signal.SIGTERM, _pass_on)
    try:
        if argv:
            return process.attended(argv, env=os.environ)
        code = process.attended(("checker", "lessons"), env=os.environ)
        return code or process.attended(_jupyter(secrets.token_hex(16)), env=os.environ)
    finally:
        Sandbox(tell=lambda _: None).down()


def _pass_on(number: int, _: object) -> None:
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):
            child.send_signal(number)


def _jupyter(token: str) -> tuple[str, ...]:
    """The command of JupyterLab, which prints its address with ``token`` as one line."""
    page = "/lab/tree/work/00-start.ipynb"
    print(f"\nOpen the course: http://127.0.0.1:{PORT}{page}?token={token}\n", flush=True)
    return (
        *(sys.executable, "-m", "sandbox.notebook.lab", str(given.VOLUME)),
        # All addresses of the container; the flag -p says which of the host's lead here.
        *("--ServerApp.ip=0.0.0.0", f"--ServerApp.port={PORT}", "--ServerApp.port_retries=0"),
        *(f"--IdentityProvider.token={token}", "--no-browser", "--ServerApp.answer_yes=True"),
        # The line above stays the last one, unless there is an error.
        *(f"--LabApp.default_url={page}", "--Application.log_level=ERROR"),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
