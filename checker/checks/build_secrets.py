"""Checks that a build uses its secret or its ssh-agent, and that it does not leak the secret."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.checks.amounts import tail
from checker.checks.dependence import OtherBuildError, find_dependence
from checker.checks.images import RUN_TIMEOUT_S, not_pushed
from checker.checks.leaks import find_leaks, in_words
from checker.results import Finding

if TYPE_CHECKING:
    from checker.workbench.workbench import Workbench
    from sandbox import Build, Image

_KEPT = 40  # how many places the evidence lists
_NOTHING_CACHED = ("--no-cache",)
_LAB = "pkg:docker/lab/"


@dataclass(frozen=True, slots=True)
class SecretUnseen:
    """``secret_unseen``: nothing that a build gives away holds the random secret.

    The check searches the image (files, files that a later layer hides, file names, the bytes
    between files, the configuration with labels and history), its attestations (provenance of
    ``mode=max``), the cache of all stages (exported with ``mode=max``), and the build's log. It
    finds the secret as it is and in the encodings that ``sandbox.Image.find`` lists for
    ``encoded``. If there is none, the image is built again with another secret: what then differs
    in image, attestations or cache, and does not differ between two builds with one secret,
    depends on the secret, in whatever form. The log is only searched.

    Args:
        secret: The name of the secret's variable.
        image: The name of the pushed image, without ``$REGISTRY/``; None: the command names none.
    """

    secret: str
    image: str | None = None

    def measure(self, workbench: Workbench) -> Finding:
        value = workbench.values.expand(f"{{secret:{self.secret}}}")
        build = workbench.builds.require()
        name = None if self.image is None else workbench.values.expand(self.image)
        image = workbench.image() if name is None else workbench.pushed(name)
        if image is None:
            return not_pushed(name or "")
        cache = workbench.exported_cache
        leaks = find_leaks(value, build, image, cache, known=_base_layers(workbench, image))
        layers = len(
            {layer.digest for i in (image, cache) for p in i.platforms for layer in p.layers}
        )
        evidence = {
            "secret": self.secret,
            "layers": layers,
            "places": [leak.evidence for leak in leaks[:_KEPT]],
        }
        can_differ = not leaks and workbench.builds.command.kind == "build"
        if can_differ and (finding := self._depends(workbench, image, cache, evidence)):
            return finding
        if not leaks:
            message = (
                f"{self.secret} was found nowhere: not in {layers} layers, the configuration, the "
                "history, the attestations, the exported cache and the log."
            )
            return Finding(True, message, evidence)
        count = "1 place" if len(leaks) == 1 else f"{len(leaks)} places"
        fact = f"{self.secret} was found in {count} that others can read:"
        return Finding(False, "\n".join([fact, *in_words(leaks), "Wanted: in none."]), evidence)

    def _depends(
        self, workbench: Workbench, image: Image, cache: Image, evidence: Mapping[str, object]
    ) -> Finding | None:
        """What depends on the secret, in whatever form; None if nothing does."""
        known = _base_layers(workbench, image)
        try:
            leaks = find_dependence(workbench, self.secret, image, cache, known=known)
        except OtherBuildError as failed:
            if self.secret in workbench.values.unopened:  # it uses the secret, which is no leak
                return None
            message = (
                f"With another {self.secret} of the same length, the build fails: "
                f"{tail(failed.build.message)}\n"
                "Wanted: it builds with both, so that what depends on the secret can be seen."
            )
            return Finding(False, message, {**evidence, "exit_code": failed.build.exit_code})
        if not leaks:
            return None
        count = "1 place" if len(leaks) == 1 else f"{len(leaks)} places"
        fact = (
            f"{self.secret} was found nowhere as it is, but {count} of what the build gives away "
            f"differed between two values of it, and never between two builds with one value:"
        )
        wanted = f"Wanted: nothing that others can read depends on {self.secret}."
        places = [leak.evidence for leak in leaks[:_KEPT]]
        message = "\n".join([fact, *in_words(leaks), wanted])
        return Finding(False, message, {**evidence, "places": places})


@dataclass(frozen=True, slots=True)
class SecretUsed:
    """``secret_used``: the container's output depends on the secret.

    The image is built twice, with the right secret and with another one. The first container
    must print all of ``contains``. The second build must fail, or its container must print
    something else: the build then needs the secret and has the text from nowhere else.

    Args:
        secret: The name of the secret's variable.
        contains: Texts that the container must print with the right secret; with another secret
            at least one of them must be missing.
        args: Arguments for the container; none: the image's own command.
        run_timeout_s: Seconds that a container may take.
    """

    secret: str
    contains: tuple[str, ...]
    args: tuple[str, ...] = ()
    run_timeout_s: float = RUN_TIMEOUT_S

    def __post_init__(self) -> None:
        if not self.contains:
            raise ValueError("contains is empty; it must name a text that needs the secret")

    def measure(self, workbench: Workbench) -> Finding:
        wanted = [workbench.values.expand(text) for text in self.contains]
        if finding := _not_printed(workbench, wanted, self.args, self.run_timeout_s):
            return finding
        with workbench.builds.exchanged(self.secret, secrets.token_hex(20)):
            other = workbench.builds.get(options=_NOTHING_CACHED, image=True)
            if not other.ok:
                return _failed_as_wanted(f"with another {self.secret}", other)
            result = workbench.run(
                *self.args, options=_NOTHING_CACHED, timeout_s=self.run_timeout_s
            )
        evidence = {"secret": self.secret, "stdout": tail(result.stdout)}
        if all(text in result.stdout for text in wanted):
            message = (
                f"With another {self.secret} the image still builds and prints the same: "
                f"{tail(result.stdout)}\n"
                f"Wanted: the output depends on {self.secret}, used in this build."
            )
            return Finding(False, message, evidence)
        message = (
            f"The container prints what it should, and with another {self.secret} something else."
        )
        return Finding(True, message, evidence)


@dataclass(frozen=True, slots=True)
class SshUsed:
    """``ssh_used``: the image holds a text that only the lent ssh-agent gives access to.

    The container must print a random text from a branch that was made for this grading, and with
    an agent that holds no key the build must fail.

    Args:
        contains: Texts that the container must print; ``{hidden:SPECIAL}`` is the branch's text.
        args: Arguments for the container; none: the image's own command.
        run_timeout_s: Seconds that the container may take.
    """

    contains: tuple[str, ...] = ("{hidden:SPECIAL}",)
    args: tuple[str, ...] = ()
    run_timeout_s: float = RUN_TIMEOUT_S

    def measure(self, workbench: Workbench) -> Finding:
        wanted = [workbench.values.expand(text) for text in self.contains]
        if finding := _not_printed(workbench, wanted, self.args, self.run_timeout_s):
            return finding
        # In a copy of the environment: gradings may run side by side in one process.
        with (
            workbench.sandbox.git.agent(empty=True, environ=dict(os.environ)) as agent,
            workbench.builds.exchanged("SSH_AUTH_SOCK", str(agent.socket)),
        ):
            without = workbench.builds.get(options=_NOTHING_CACHED)
        if without.ok:
            message = (
                "With an ssh-agent that holds no key, the image still builds.\n"
                "Wanted: it fails then, because the key of the agent is the only way in."
            )
            return Finding(False, message)
        return _failed_as_wanted("with an ssh-agent that holds no key", without)


def _base_layers(workbench: Workbench, image: Image) -> frozenset[str]:
    """Digests of the base images' layers, which the search skips: the secret is newer."""
    return frozenset(
        layer.digest
        for attestation in image.attestations
        if attestation.provenance is not None
        for material in attestation.provenance.materials
        if material.uri.startswith(_LAB)
        if (
            base := workbench.base_image(material.uri.removeprefix("pkg:docker/").partition("@")[0])
        )
        for platform in base.platforms
        for layer in platform.layers
    )


def _not_printed(
    workbench: Workbench, wanted: Sequence[str], args: Sequence[str], run_timeout_s: float
) -> Finding | None:
    """Why the container of the unchanged build fails the check; None if it prints all texts."""
    result = workbench.run(*args, timeout_s=run_timeout_s)
    missing = [text for text in wanted if text not in result.stdout]
    if not missing:
        return None
    printed = tail(result.stdout) or "nothing"
    if result.stderr.strip():
        printed += f"\nOn stderr: {tail(result.stderr)}"
    message = f"The container printed: {printed}\nWanted, but missing: {'; '.join(missing)}"
    return Finding(False, message, {"exit_code": result.exit_code, "missing": missing})


def _failed_as_wanted(how: str, build: Build) -> Finding:
    return Finding(
        True,
        f"The container prints what it should, and {how} the build fails.",
        {"exit_code": build.exit_code},
    )
