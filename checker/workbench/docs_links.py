"""Finds the page of Docker's documentation that explains a failed build or a refused command.

There is no page for a failed RUN, because the failed command is the learner's own.

Source: headings of https://docs.docker.com/reference/dockerfile/ and of
https://docs.docker.com/reference/cli/docker/buildx/build/ (Dockerfile 1.19, buildx 0.29); the
messages are those of BuildKit 0.25.
"""

from __future__ import annotations

import re

from sandbox import flags

DOCUMENTS = "https://docs.docker.com/"
DOCKERFILE = f"{DOCUMENTS}reference/dockerfile/"
BAKE_FILE = f"{DOCUMENTS}build/bake/reference/"
COMMANDS = {
    "build": f"{DOCUMENTS}reference/cli/docker/buildx/build/",
    "bake": f"{DOCUMENTS}reference/cli/docker/buildx/bake/",
    "imagetools": f"{DOCUMENTS}reference/cli/docker/buildx/imagetools/inspect/",
}
_INSTRUCTIONS = frozenset(
    {
        *("add", "arg", "cmd", "copy", "entrypoint", "env", "expose", "from", "healthcheck"),
        *("label", "onbuild", "run", "shell", "stopsignal", "user", "volume", "workdir"),
    }
)
_MARKED = re.compile(r">>>\s*([A-Za-z]+)\b")
_BAKE_FILE = re.compile(r"^(?:ERROR: )?docker-bake[\w.-]*:\d+|failed to find target", re.MULTILINE)
_COMMAND = re.compile(r"docker (?:buildx )?(build|b|bake|f|imagetools)\b")
_SHORT = {"b": "build", "f": "bake"}
_OPTION = re.compile(r"(?:write |^)(--[a-z-]+)\b(?=\.?$|: )", re.MULTILINE)

_BY_MESSAGE = (
    (r"unknown instruction", f"{DOCKERFILE}#overview"),
    (r"no build stage in current context|file with no instructions", f"{DOCKERFILE}#format"),
    (r"unterminated heredoc", f"{DOCKERFILE}#here-documents"),
    (r"secret \S+: not found", f"{DOCKERFILE}#run---mounttypesecret"),
    (r"unset ssh forward key", f"{DOCKERFILE}#run---mounttypessh"),
    (r"unsupported mount type|did you mean mount\?", f"{DOCKERFILE}#run---mount"),
    (r"target stage \S+ could not be found", f"{COMMANDS['build']}#target"),
    (r"failed to read dockerfile", f"{COMMANDS['build']}#file"),
    (r"unknown cache (?:exporter|importer)", f"{DOCUMENTS}build/cache/backends/"),
    (r"no match for platform", f"{DOCUMENTS}build/building/multi-platform/"),
)


def page_of_failure(message: str) -> str | None:
    """The documentation page for a failed build; None if no page would help.

    Args:
        message: BuildKit's whole error message, with the lines that mark the place (``>>>``).
    """
    if "did not complete successfully" in message:
        return None
    for said, page in _BY_MESSAGE:
        if re.search(said, message):
            return page
    if _BAKE_FILE.search(message):
        return BAKE_FILE
    marked = _MARKED.search(message)
    name = marked[1].lower() if marked else ""
    return f"{DOCKERFILE}#{name}" if name in _INSTRUCTIONS else None


def page_of_line(message: str) -> str | None:
    """The documentation page for a refused command; None if the command is unknown.

    Args:
        message: The whole error message: the fault, the marked line, and the next step.
    """
    command = _COMMAND.search(message)
    if command is None:
        return None
    kind = _SHORT.get(command[1], command[1])
    known = (flags.FLAGS[kind].get(name) for name in _OPTION.findall(message))
    described = [flag.name for flag in known if flag is not None and flag.has_section]
    return COMMANDS[kind] + "".join(name.replace("--", "#", 1) for name in described[:1])
