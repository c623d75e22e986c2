"""What the documents promise is there, and what is there is in the documents."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import typer.main

import sandbox
from checker import cli as checker_cli
from sandbox import cli as sandbox_cli
from sandbox.images.recipe import catalog

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
APPS = {"sandbox": sandbox_cli.app, "checker": checker_cli.app}


def commands(program: str) -> dict[str, typer.core.TyperGroup]:
    return typer.main.get_command(APPS[program]).commands  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize(
    "command", [f"{program} {name}" for program in APPS for name in commands(program)]
)
def test_every_command_is_in_the_readme(command: str) -> None:
    assert command in README


def test_the_page_for_a_class_has_every_command_and_option_of_it() -> None:
    text = (ROOT / "CLASS.md").read_text()
    for name, command in commands("checker")["class"].commands.items():
        assert name == "grade" or f"checker class {name}" in text
        for option in (one for param in command.params for one in param.opts):
            assert not option.startswith("--") or option in text, f"{name} {option}"


@pytest.mark.parametrize("program", APPS)
def test_every_command_in_the_readme_exists(program: str) -> None:
    shown = set(re.findall(rf"(?m)(?:^|`){program} ([a-z]+)", README))
    assert shown, "the README shows no command at all"
    assert shown <= set(commands(program))


def test_every_base_image_is_in_the_readme() -> None:
    for name in catalog():
        assert name in README


def test_make_targets_in_the_documents_exist() -> None:
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        promised = set(re.findall(r"(?:`|^)make ([a-z-]+)", (ROOT / name).read_text(), re.M))
        assert promised <= targets, name


def test_paths_in_the_documents_exist() -> None:
    for name in ("README.md", "CLASS.md", "CONTRIBUTING.md"):
        text = (ROOT / name).read_text()
        linked = re.findall(r"\]\(([^)#:]+)\)", text)
        quoted = re.findall(r"`((?:sandbox|checker|lessons|tests)/[\w./-]+)`", text)
        for path in (*linked, *quoted):
            assert (ROOT / path).exists(), f"{name} names {path}"


def test_lessons_and_checker_use_only_what_the_sandbox_exports() -> None:
    for source in (ROOT / "checker").rglob("*.py"):
        for inner in re.findall(r"(?m)^\s*(?:from|import) sandbox\.(\w+)", source.read_text()):
            pytest.fail(f"{source} reaches into sandbox.{inner}")
    for notebook in (ROOT / "lessons").glob("*.ipynb"):
        for inner in re.findall(r"(?:from|import) sandbox\.(\w+)", notebook.read_text()):
            pytest.fail(f"{notebook} reaches into sandbox.{inner}")


def test_exports_are_there_and_sorted() -> None:
    assert sorted(sandbox.__all__) == list(sandbox.__all__)
    for name in sandbox.__all__:
        assert getattr(sandbox, name) is not None
    assert set(sandbox.__all__) <= set(dir(sandbox))


def test_importing_the_sandbox_loads_none_of_its_modules() -> None:
    """Command lines start fast: each public name is imported from its module on first use."""
    show = "import sys, sandbox; print(*(m for m in sys.modules if m.startswith('sandbox.')))"
    done = subprocess.run([sys.executable, "-c", show], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_required_dependencies_are_used() -> None:
    """No dependency that nothing uses: each costs every learner a download."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    sources = "\n".join(
        path.read_text()
        for folder in ("sandbox", "checker")
        for path in (ROOT / folder).rglob("*.py")
    )
    cells = [
        cell["source"]
        for path in (ROOT / "lessons").glob("*.ipynb")
        for cell in json.loads(path.read_text())["cells"]
        if cell["cell_type"] == "code"
    ]
    lessons = "\n".join(line for source in cells for line in "".join(source).splitlines())
    # `make lab` starts the one; the other shows progress bars of notebooks' own libraries.
    by_command = {"jupyterlab", "ipywidgets", *re.findall(r"(?m)^!([\w-]+)", lessons)}
    sources += f"\n{lessons}"
    imported_as = {"beautifulsoup4": "bs4"}
    for requirement in project["dependencies"]:
        name = re.split(r"[<>=]", requirement)[0]
        name = imported_as.get(name, name)
        if name not in by_command:
            assert re.search(rf"(?m)^\s*(?:from|import) {name.replace('-', '_')}\b", sources), name
