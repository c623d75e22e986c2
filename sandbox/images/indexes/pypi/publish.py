"""python publish.py FROM TO: makes a wheel of every package below FROM, and the index in TO.

NAME/index.html     links to the wheels of a package, with their hashes
NAME/*.whl

Source: PEP 503, the simple repository API; PEP 658 is not needed by anything here.
"""

import hashlib
import subprocess
import sys
import tomllib
from pathlib import Path


def add_noise(package: Path) -> None:
    """Fill a package's data files with bytes that no archive makes smaller, always the same.

    They stand for the measurements of real packages: what makes a download worth avoiding.
    """
    project = tomllib.loads((package / "pyproject.toml").read_text())
    module = package.name.replace("-", "_")
    for name, size_bytes in project["tool"].get("skerry", {}).get("noise", {}).items():
        noise = hashlib.shake_256(name.encode()).digest(size_bytes)
        (package / module / name).write_bytes(noise)


def publish(source: Path, target: Path) -> None:
    """Make every wheel, with what is installed: nothing is asked of any index."""
    for package in sorted(source.iterdir()):
        add_noise(package)
        folder = target / package.name
        pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
        build = [*pip, "--no-build-isolation", f"--wheel-dir={folder}", str(package)]
        subprocess.run(build, check=True)
        links = []
        for wheel in sorted(folder.glob("*.whl")):
            digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
            links.append(f'<a href="{wheel.name}#sha256={digest}">{wheel.name}</a><br>\n')
        (folder / "index.html").write_text(f"<!DOCTYPE html>\n{''.join(links)}")


if __name__ == "__main__":
    publish(Path(sys.argv[1]), Path(sys.argv[2]))
