"""The sandbox's registry: ``localhost:PORT`` on both sides, and the mirror of docker.io.

Source: CNCF distribution, docs/configuration.md (version 2.8).
"""

from __future__ import annotations

import http.client

from sandbox.errors import EngineError

PATIENCE_S = 20.0
"""A service that is gone refuses at once; one that is silent for less than this is only busy,
and must not be taken for dead: `up` would end the engine in the middle of somebody's build."""


def configuration(port: int) -> str:
    """YAML for ``docker-registry serve``, inside the sandbox."""
    return (
        "version: 0.1\n"
        "log: {level: warn, accesslog: {disabled: true}}\n"
        "storage:\n"
        "  filesystem: {rootdirectory: /lab/registry}\n"
        "  delete: {enabled: true}\n"
        f'http: {{addr: ":{port}", secret: "only one instance"}}\n'
    )


def answers(port: int) -> bool:
    """Whether a registry answers at ``localhost:PORT``."""
    return _status(port, "GET", "/v2/") == http.client.OK


def has(port: int, name: str, reference: str) -> bool:
    """Whether the registry holds an image of that name and tag or digest.

    Raises:
        EngineError: It does not answer.
    """
    status = _status(port, "HEAD", f"/v2/{name}/manifests/{reference}")
    if status is None:
        raise EngineError(
            "The sandbox's registry does not answer.",
            next_step="`sandbox up` mends it; `sandbox logs registry` shows what it said",
        )
    return status == http.client.OK


def _status(port: int, method: str, path: str) -> int | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request(method, path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
