"""The sandbox's registry: ``localhost:PORT`` on both sides, and the mirror of docker.io.

Source: CNCF distribution, docs/configuration.md (version 2.8).
"""

from __future__ import annotations

import http.client

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
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/v2/")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
