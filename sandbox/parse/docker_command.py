"""Reads a ``docker buildx build`` command line, to find the files and images that it names.

Nothing is checked here: buildx itself says what is wrong with a flag.

Source: docker buildx build, reference of its options (buildx 0.29).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from sandbox.errors import ParseError
from sandbox.parse import flags

BUILD = flags.beginnings_of("build")
NO_VARIABLES: Mapping[str, str] = MappingProxyType({})
ASKS: Mapping[str, frozenset[str]] = {
    "build": frozenset({"--call", "--check"}),
    "bake": frozenset({"--call", "--check", "--list", "--print"}),
}
"""For each kind of command, the options that make the command build nothing."""
_BUILDS = frozenset({"false", "0", "f", "build", ""})
"""The values of these options with which the command builds all the same."""
PULLS = (
    *(("docker", name) for name in ("create", "pull", "run")),
    *(("docker", "container", name) for name in ("create", "run")),
    ("docker", "image", "pull"),
    ("docker", "buildx", "imagetools"),
)
"""The commands, other than builds, that name an image and fetch it."""


@dataclass(frozen=True, slots=True)
class BuildCommand:
    """The Dockerfile and the images that one build reads.

    Args:
        kind: ``build`` or ``bake``.
        words: How the command begins, as typed: ``docker buildx build``, one of its other forms,
            or ``docker --debug buildx --builder=ci build``.
        arguments: The other words.
        options: The other words, split into options and arguments.
        context: Last positional argument, None when there is none.
        file: The value of ``--file``, None for ``Dockerfile`` in the context.
        target: The value of ``--target``.
        build_args: The values of ``--build-arg NAME=value``, and of ``--build-arg NAME`` if the
            environment has a variable of that name.
        contexts: The named contexts of ``--build-context``.
        asks: Whether the command asks about a build instead of running it (``--call``,
            ``--check``).
        scanner: The image that makes the SBOM; None when no SBOM is requested.
    """

    kind: str
    words: tuple[str, ...]
    arguments: tuple[str, ...]
    options: tuple[flags.Option, ...]
    context: str | None
    file: str | None
    target: str | None
    build_args: Mapping[str, str]
    contexts: tuple[flags.NamedContext, ...]
    asks: bool
    scanner: str | None

    @property
    def reads_stdin(self) -> bool:
        """Whether the Dockerfile, the context or the bake file is the command's standard input."""
        return "-" in (self.file, self.context, *_values(self.options, "--file"))

    def dockerfile(self, cwd: Path) -> Path | None:
        """The Dockerfile on this machine; None when it comes from elsewhere or is not there."""
        if self.context is None or self.reads_stdin:
            return None
        path = cwd / (self.file or Path(self.context) / "Dockerfile")
        # BuildKit looks for a file in small letters, too, if nobody named another one.
        candidates = (path, *(() if self.file else (path.with_name("dockerfile"),)))
        return next((one for one in candidates if one.is_file()), None)


def read_command(argv: Sequence[str], env: Mapping[str, str] = NO_VARIABLES) -> BuildCommand | None:
    """Read a command line; None when it is not a build.

    Args:
        argv: The words, ``docker`` first.
        env: The command's environment, which has the values of build arguments without a value.
    """
    beginning = flags.read_beginning(argv)
    if beginning is None or beginning.kind != "build":
        return None
    words = beginning.words
    arguments = tuple(argv[len(words) :])
    options = flags.read_options(arguments, "build")
    context = _values(options, "")
    file, target = _values(options, "--file"), _values(options, "--target")
    build_args = map(flags.read_build_argument, _values(options, "--build-arg"))
    given = (
        (arg.name, env.get(arg.name) if arg.value is None else arg.value) for arg in build_args
    )
    return BuildCommand(
        kind="build",
        words=words,
        arguments=arguments,
        options=options,
        context=context[-1] if context else None,
        file=file[-1] if file else None,
        target=target[-1] if target else None,
        # An argument whose variable is not set keeps its default.
        build_args={name: value for name, value in given if value is not None},
        contexts=tuple(map(flags.read_named_context, _values(options, "--build-context"))),
        asks=_asks(options, "build"),
        scanner=_scanner(options),
    )


def read_bake(argv: Sequence[str]) -> BuildCommand | None:
    """Read a bake's command line; None when the command is not a bake.

    The inputs of the targets are in the bake file, which this module does not read.
    """
    beginning = flags.read_beginning(argv)
    if beginning is None or beginning.kind != "bake":
        return None
    arguments = tuple(argv[len(beginning.words) :])
    options = flags.read_options(arguments, "bake")
    return BuildCommand(
        kind="bake",
        words=beginning.words,
        arguments=arguments,
        options=options,
        context=None,
        file=None,
        target=None,
        build_args={},
        contexts=(),
        asks=_asks(options, "bake"),
        scanner=None,
    )


def read_words(argv: Sequence[str]) -> frozenset[str]:
    """Words of a command that pulls, one of which is the image; empty for other commands.

    The options that tell which word is the image are not read here. So the result serves only to
    look for the names of certain images.
    """
    plain = flags.without_global_options(argv)
    for words in PULLS:
        if plain[: len(words)] == words:
            return frozenset(plain[len(words) :])
    return frozenset()


def _values(options: Iterable[flags.Option], name: str) -> list[str]:
    return [option.value for option in options if option.name == name]


def _asks(options: Iterable[flags.Option], kind: str) -> bool:
    asked = {option.name: option.value for option in options if option.name in ASKS[kind]}
    return any(value.lower() not in _BUILDS for value in asked.values())


def _scanner(options: Sequence[flags.Option]) -> str | None:
    """The image that makes the SBOM; None when no SBOM is requested."""
    return next((one.scanner for one in _attests(options) if one.scanner is not None), None)


def _attests(options: Sequence[flags.Option]) -> Iterator[flags.Attest]:
    """The requested attestations, without those that buildx cannot read."""
    asked = [(name, value) for name in flags.SHORT_FORMS for value in _values(options, name)[-1:]]
    asked += [("--attest", value) for value in _values(options, "--attest")]
    for name, value in asked:
        with suppress(ParseError):
            yield flags.read_attest_option(name, value)
