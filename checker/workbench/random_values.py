"""The random values of one grading, so that a submission cannot contain the answer beforehand."""

from __future__ import annotations

import hashlib
import re
import secrets
import string
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from checker.command.value_rules import Scope
from checker.errors import ExerciseError
from checker.workbench.leases import Loans
from checker.workbench.work_markers import NONCE, work_text

AGENT = "SSH_AUTH_SOCK"
_PLACEHOLDER = re.compile(r"\{(nonce|(?:work|secret|sha256|variable|hidden):[^}]+)\}")
_IN_CONTEXT = re.compile(rb"@lab-(secret|variable):([A-Z0-9_]+)@")
_HEX = "0123456789abcdef"
_LONG = 16  # characters of a line of a key
_DIGITS = 16  # digits of a checksum: too many to guess, few enough to read in a message


@dataclass(frozen=True, slots=True)
class RandomValues:
    """The random values of one grading.

    Args:
        nonce: Random hexadecimal digits, from which marked scripts compute their output.
        secrets: Variable name → random secret, which must not leak.
        variables: Variable name → value that is not secret.
        hidden: Variable name → text that the build must fetch itself.
        registry: The value of ``$REGISTRY``, the prefix of this grading's names in the registry.
        agent: The socket of the ssh-agent for builds; empty if there is none.
        others: Variable name → another value of the same secret, of the same length.
        unopened: The names of secrets whose other values open nothing, so that a build that uses
            such a secret fails with its other value.
    """

    nonce: str
    secrets: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    hidden: Mapping[str, str] = field(default_factory=dict)
    registry: str = ""
    agent: str = ""
    others: Mapping[str, str] = field(default_factory=dict)
    unopened: frozenset[str] = frozenset()

    @classmethod
    def draw(
        cls,
        nonce: str,
        *,
        registry: str,
        secret_names: Sequence[str],
        variable_names: Sequence[str],
        loans: Loans,
    ) -> RandomValues:
        """Draw new values for variables with these names, and add the values of the loans."""
        drawn = {name: secrets.token_hex(20) for name in secret_names} | {**loans.secrets}
        return cls(
            nonce,
            drawn,
            {name: secrets.token_hex(4) for name in variable_names} | {**loans.variables},
            loans.hidden,
            registry=registry,
            agent=loans.agent,
            others={name: _redrawn(value) for name, value in drawn.items()} | {**loans.others},
            unopened=frozenset(loans.secrets.keys() - loans.others.keys()),
        )

    def variables_for(self, kind: str) -> dict[str, str]:
        """The variables that a submitted command of that kind may name.

        Args:
            kind: ``build``, ``bake`` or ``imagetools``.
        """
        if kind == "imagetools":  # the other values are the answer that the command has to find
            return {"REGISTRY": self.registry}
        return self.variables_of_builds()

    def variables_of_builds(self) -> dict[str, str]:
        """The variables that a build gets in its environment."""
        agent = {AGENT: self.agent} if self.agent else {}
        return {**self.secrets, **self.variables, "REGISTRY": self.registry, **agent}

    def exchanged(self, names: Collection[str]) -> RandomValues:
        """These values, with the other values of the secrets with these names."""
        return replace(
            self, secrets={**self.secrets, **{name: self.others[name] for name in names}}
        )

    def proofs(self) -> tuple[bytes, ...]:
        """The texts that prove that a secret was there, for which see ``expand``."""
        return tuple(_proof(value).encode() for value in self.secrets.values())

    def scope(self) -> Scope:
        """The names that a submitted command may use."""
        return Scope(
            self.registry,
            frozenset((*self.secrets, *self.variables)),
            values=frozenset((*self.secrets.values(), *self.variables.values(), self.registry)),
            secrets=frozenset(self.secrets.values()),
            has_agent=bool(self.agent),
        )

    def named(self, message: str) -> str:
        """A message with names in place of random values, for a learner.

        The values of variables stay: they are not secret, and messages compare them.
        """
        told = {self.registry: "$REGISTRY"}  # before the nonce, which is a part of it
        told |= {value: f"${name}" for name, value in self.secrets.items()}
        told |= {value: f"[another {name}]" for name, value in self.others.items()}
        told |= {value: f"[hidden text {name}]" for name, value in self.hidden.items()}
        told |= {self.nonce: "[random digits]"}
        for value, name in told.items():
            for text in _parts(value):
                message = message.replace(text, name)
        return message

    def fill(self, content: bytes) -> bytes:
        """The content of a file of the context, with values in place of ``@lab-…@``."""
        values = {b"secret": self.secrets, b"variable": self.variables}

        def value(match: re.Match[bytes]) -> bytes:
            return values[match[1]].get(match[2].decode(), match[0].decode()).encode()

        return _IN_CONTEXT.sub(value, content.replace(NONCE.encode(), self.nonce.encode()))

    def expand(self, text: str) -> str:
        """A check's text with values in place of ``{nonce}``, ``{work:NAME}`` and others.

        ``{sha256:NAME}`` stands for the first digits of a secret's checksum, which prove that the
        secret was there.

        Raises:
            ExerciseError: The exercise has no such secret or variable.
        """

        def value(match: re.Match[str]) -> str:
            kind, _, name = match[1].partition(":")
            if kind == "nonce":
                return self.nonce
            if kind == "work":
                return work_text(name, self.nonce)
            known = {"variable": self.variables, "hidden": self.hidden}.get(kind, self.secrets)
            if name not in known:
                what = "secret" if kind == "sha256" else kind
                raise ExerciseError(
                    f"A check names {match[0]}, and the exercise has no {what} {name}.",
                    next_step=f"add it to {what}s in exercise.toml, or correct the check",
                )
            if kind == "sha256":
                return _proof(known[name])
            return known[name]

        return _PLACEHOLDER.sub(value, text)


def _proof(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:_DIGITS]


def _parts(value: str) -> list[str]:
    """A value, then the lines of a key that no other key has: a message may hold some of them."""
    lines = value.splitlines()
    own = [line for line in lines if len(line) >= _LONG and not line.startswith("-----")]
    return [value, *own] if value else []


def _redrawn(value: str) -> str:
    """Random letters and digits in place of all of a value's, but for the frame of a key."""
    lines = value.splitlines()
    return "\n".join(line if line.startswith("-----") else _redrawn_line(line) for line in lines)


def _redrawn_line(line: str) -> str:
    alphabet = _HEX if set(line) <= set(_HEX) else string.ascii_letters + string.digits
    return "".join(secrets.choice(alphabet) if one.isalnum() else one for one in line)
