"""A ``docker buildx build`` command line, read for what it names.

Nothing is checked here: buildx itself says what is wrong with a flag.

Source: docker buildx build, reference of its options (buildx 0.29).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

NO_VALUE = frozenset(
    {
        *("--check", "--debug", "-D", "--force-rm", "--help", "--load"),
        *("--no-cache", "--pull", "--push", "--quiet", "-q", "--rm"),
    }
)
"""Options without a value, or with one only behind ``=``; all others take the next word."""
BUILD = (("docker", "buildx", "build"), ("docker", "buildx", "b"), ("docker", "build"))
BAKE = (("docker", "buildx", "bake"), ("docker", "buildx", "f"))
BAKE_ASKS = frozenset({"--call", "--check", "--list", "--print"})
"""Options with which a bake builds nothing."""
PULLS = (
    *(("docker", name) for name in ("create", "pull", "run")),
    *(("docker", "container", name) for name in ("create", "run")),
    ("docker", "image", "pull"),
    ("docker", "buildx", "imagetools"),
)
"""Commands other than a build that fetch an image which they name."""
SCANNER = "docker/buildkit-syft-scanner:stable-1"
"""What makes an SBOM when no generator is named.

Source: moby/buildkit, frontend/attestations/parse.go.
"""
NO = frozenset({"", "false", "f", "0"})
"""What switches an option off. Source: Go, strconv.ParseBool."""


@dataclass(frozen=True, slots=True)
class BuildCommand:
    """What one build is asked to read.

    Args:
        words: How the command begins: ``docker buildx build`` or one of its short forms.
        arguments: The rest.
        context: Last positional argument, None when there is none.
        file: Of ``--file``, None for ``Dockerfile`` in the context.
        target: Of ``--target``.
        build_args: Of ``--build-arg NAME=value``.
        asks: Whether it asks about a build instead of running one (``--call``, ``--check``).
        scanner: The image that makes the SBOM; None when none is asked for.
    """

    words: tuple[str, ...]
    arguments: tuple[str, ...]
    context: str | None
    file: str | None
    target: str | None
    build_args: Mapping[str, str]
    asks: bool
    scanner: str | None

    def dockerfile(self, cwd: Path) -> Path | None:
        """The Dockerfile on this machine; None when it comes from elsewhere or is not there."""
        if self.file == "-" or self.context in (None, "-"):
            return None
        path = cwd / (self.file or Path(self.context or "") / "Dockerfile")
        return path if path.is_file() else None


def read_command(argv: Sequence[str]) -> BuildCommand | None:
    """Read a command line; None when it is not a build."""
    for words in BUILD:
        if tuple(argv[: len(words)]) == words:
            return _read(words, tuple(argv[len(words) :]))
    return None


def read_bake(argv: Sequence[str]) -> BuildCommand | None:
    """Read a bake's command line; None when it is none.

    What its targets are to read stands in its file, so nothing of that is known here.
    """
    for words in BAKE:
        if tuple(argv[: len(words)]) == words:
            rest = tuple(argv[len(words) :])
            asks = any(word.split("=")[0] in BAKE_ASKS for word in rest)
            return BuildCommand(words, rest, None, None, None, {}, asks, None)
    return None


def read_words(argv: Sequence[str]) -> frozenset[str]:
    """Words of a command that pulls, one of which is the image; empty for other commands.

    Which of them it is depends on options that are not read here: whoever looks for names
    of certain images finds them among the words.
    """
    for words in PULLS:
        if tuple(argv[: len(words)]) == words:
            return frozenset(argv[len(words) :])
    return frozenset()


def _read(words: tuple[str, ...], arguments: tuple[str, ...]) -> BuildCommand:
    options: dict[str, list[str]] = {}
    positional: list[str] = []
    rest = iter(arguments)
    for word in rest:
        if word == "-" or not word.startswith("-"):
            positional.append(word)
        elif word in NO_VALUE:
            options[word] = [""]
        else:
            name, is_joined, value = word.partition("=")
            if not name.startswith("--") and len(name) > 2 and not is_joined:
                name, value = name[:2], name[2:]  # -fPATH
            elif not is_joined:
                value = next(rest, "")
            options.setdefault(name, []).append(value)
    files = options.get("--file", []) + options.get("-f", [])
    pairs = (text.partition("=") for text in options.get("--build-arg", []))
    return BuildCommand(
        words=words,
        arguments=arguments,
        context=positional[-1] if positional else None,
        file=files[-1] if files else None,
        target=options.get("--target", [None])[-1],
        build_args={name: value for name, has_value, value in pairs if has_value},
        asks="--call" in options or "--check" in options,
        scanner=_scanner(options),
    )


def _scanner(options: Mapping[str, Sequence[str]]) -> str | None:
    """The image behind ``--sbom`` or ``--attest type=sbom``; None when no SBOM is asked for.

    Source: docker/buildx, util/buildflags/attests.go.
    """
    for text in options.get("--sbom", ()):
        if text.lower() not in NO:
            return _attribute(text, "generator") or SCANNER
    for text in options.get("--attest", ()):
        is_on = (_attribute(text, "disabled") or "").lower() in NO
        if is_on and _attribute(text, "type") == "sbom":
            return _attribute(text, "generator") or SCANNER
    return None


def _attribute(text: str, name: str) -> str | None:
    """Of an option written as ``NAME=VALUE,NAME=VALUE``."""
    for field in next(csv.reader([text]), []):
        key, is_there, value = field.partition("=")
        if is_there and key.strip().lower() == name:
            return value
    return None
