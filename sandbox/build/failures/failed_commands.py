"""Explains why a RUN failed, by what its command printed."""

from __future__ import annotations

import re

from sandbox.build.failures.evidence import Advice, Evidence

_FAILED = "did not complete successfully"
_EMULATOR = "docker run --privileged --rm tonistiigi/binfmt --install all"
# `RUN mount=type=cache,…`, and the same with one dash or with a blank in place of the sign.
_DASHLESS = re.compile(
    r"RUN -?(?P<option>mount(?P<sign>[= ])(?P<value>(?:type|from|target|source|src|dst)=\S+)|"
    r"(?P<other>network|security)=(?P<choice>none|default|host|insecure|sandbox)\b)"
)
# runc 1.3, and the versions before and after it, which have other builders.
_FORMAT = re.compile(r"(?:exec:? \"?(/[^\s\":]+)\"?: |\b)exec format error")
_SHELLS = ("sh", "bash", "ash", "dash")

_BY_OUTPUT = (
    (
        r"exec (/\S+): no such file or directory",
        "{0} is there, but the program that its first line names (`#!`) is not. Lines that end as "
        "on Windows (CRLF) have the same effect.",
        "name a shell that the image has, and save the script with LF at the ends of its lines",
    ),
    (
        r'exec: "([^"]+)": permission denied',
        "{0} is not executable.",
        "copy it with `COPY --chmod=755`, or run it with a shell: `RUN sh {0}`",
    ),
    (
        r'exec: "(/bin/sh)": stat \S+: no such file or directory',
        "The image has no shell, {0}, which runs a RUN without brackets.",
        "begin with a base image that has a shell, or copy in what another stage made",
    ),
    (
        r'exec: "([^"]+)": (?:stat \S+: no such file|executable file not found)',
        "The image has no program {0}.",
        "copy or install it in an earlier line, or correct the name: it is a path in the image",
    ),
    (
        r"/run/secrets/([^\s/'\"]+)['\"]?: [Nn]o such file",
        "The build was given no secret {0}.",
        "pass it with --secret id={0},src=FILE or --secret id={0},env=VARIABLE",
    ),
    (
        r"(?m)sh: (?:line \d+: |\d+: )?([\w.+-]+): (?:command )?not found$",
        "The image has no program {0}.",
        "install it in an earlier line, or begin with a base image that has it",
    ),
    (
        r"bad address '([^']+)'|[Cc]ould not resolve(?: host:)? '?([\w.-]+)|"
        r"Temporary failure resolving '([^']+)'|(?:EAI_AGAIN|ENOTFOUND) ([\w.-]+)",
        "The command found no address for {0}: a build in the sandbox has no internet.",
        "take packages from http://packages.lab; for everything else, `sandbox up --online` lets "
        "builds reach the internet",
    ),
)


def explain_failed_command(evidence: Evidence) -> Advice | None:
    """Advice for a RUN whose command failed; None for other failures."""
    if _FAILED not in evidence.said:
        return None
    if (dashless := _DASHLESS.match(evidence.marked)) is not None:
        option = dashless["option"].replace("mount ", "mount=")
        return Advice(
            f"write `RUN --{option}`",
            f"`{dashless['option']}` is a part of the command here: an option of RUN begins with "
            "two dashes, so this RUN has no such option.",
        )
    if (program := _FORMAT.search(evidence.printed)) is not None:
        return _cannot_execute(evidence, program[1] or "/bin/sh")
    for pattern, cause, next_step in _BY_OUTPUT:
        if (found := re.search(pattern, evidence.printed)) is not None:
            name = next(group for group in found.groups() if group)
            return Advice(next_step.format(name), cause.format(name))
    return Advice("read what the command printed, and fix that line")


def _cannot_execute(evidence: Evidence, program: str) -> Advice:
    """A program of another platform, or a script that does not say what runs it."""
    if program.rpartition("/")[2] in _SHELLS:
        return Advice(
            f"register one: `{_EMULATOR}`; or run this stage on your own platform: "
            "`FROM --platform=$BUILDPLATFORM`",
            "An exec format error: the shell of this stage is for another platform, and no "
            "emulator for it is registered.",
        )
    cause = (
        f"An exec format error: {program} is a script whose first line does not say what runs it "
        "(`#!/bin/sh`)"
    )
    next_step = f"begin the script with `#!/bin/sh`, or run it with a shell: `RUN sh {program}`"
    if not evidence.names_platform:
        return Advice(next_step, f"{cause}, or a file that is no program of this machine.")
    return Advice(
        f"{next_step}; a program for another platform needs an emulator: `{_EMULATOR}`",
        f"{cause}, or a program for another platform.",
    )
