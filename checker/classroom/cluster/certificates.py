"""Certificates for TLS between the teacher's process, the scheduler and the workers.

All three have the same certificate, which its own authority has signed. Whoever has the folder
belongs to the cluster, and may run programs on it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from checker.errors import UsageError

if TYPE_CHECKING:
    from distributed import Security

DAYS = 365
"""Certificates are valid for so many days."""
_NAME = "buildkit-lab"
_MAKE = "make others: checker class certificates DIR"


@dataclass(frozen=True, slots=True)
class Certificates:
    """PEM texts: the authority's certificate, the certificate of all, and its private key."""

    ca: str
    cert: str
    key: str

    @classmethod
    def make(cls, now: datetime | None = None) -> Self:
        """New ones. The authority's own key is thrown away, so it signs nothing else."""
        now = now or datetime.now(UTC)
        ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        authority = _certificate(f"{_NAME} authority", ca_key.public_key(), now, ca_key, is_ca=True)
        cert = _certificate(_NAME, key.public_key(), now, ca_key, is_ca=False)
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return cls(_pem(authority), _pem(cert), private.decode())

    @classmethod
    def read(cls, folder: Path, now: datetime | None = None) -> Self:
        """Those of a folder.

        Raises:
            UsageError: A file is missing or damaged, or the certificate has ended.
        """
        try:
            texts = [(folder / name).read_text("ascii") for name in _FILES]
            ends = x509.load_pem_x509_certificate(texts[1].encode()).not_valid_after_utc
        except OSError as error:
            raise UsageError(
                f"{error.filename} cannot be read: {error.strerror}.", next_step=_MAKE
            ) from error
        except ValueError as error:
            raise UsageError(f"{folder} holds no certificates.", next_step=_MAKE) from error
        if ends <= (now or datetime.now(UTC)):
            raise UsageError(
                f"The certificates in {folder} ended on {ends:%Y-%m-%d}.", next_step=_MAKE
            )
        return cls(*texts)

    def write(self, folder: Path) -> None:
        """Write them as files that only their owner can read; an old folder keeps its mode.

        Raises:
            UsageError: The folder has certificates, which other machines may use.
        """
        if any((folder / name).exists() for name in _FILES):
            raise UsageError(
                f"{folder} holds certificates already.", next_step="name another folder"
            )
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, text in zip(_FILES, (self.ca, self.cert, self.key), strict=True):
            path = folder / name
            path.touch(mode=0o600)
            path.write_text(text, "ascii")

    def as_json(self) -> str:
        """All three as one line; ``from_json`` reads it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Those of ``as_json``.

        Raises:
            UsageError: The text is something else.
        """
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError) as error:
            raise UsageError(
                "The standard input holds no certificates.",
                next_step="name a folder: --certificates DIR",
            ) from error

    def security(self) -> Security:
        """For Dask, in all three roles."""
        from distributed import Security  # noqa: PLC0415  # to make certificates needs no Dask

        roles = {
            f"tls_{role}_{part}": text
            for role in ("client", "scheduler", "worker")
            for part, text in (("cert", self.cert), ("key", self.key))
        }
        return Security(require_encryption=True, tls_ca_file=self.ca, **roles)


_FILES = ("ca.pem", "cert.pem", "key.pem")


def _certificate(
    name: str,
    public_key: ec.EllipticCurvePublicKey,
    now: datetime,
    ca_key: ec.EllipticCurvePrivateKey,
    *,
    is_ca: bool,
) -> x509.Certificate:
    def named(common_name: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])

    return (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(f"{_NAME} authority"))
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))  # clocks of machines differ
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .sign(ca_key, hashes.SHA256())
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
