"""Configs and the history in them."""

from __future__ import annotations

import json

import pytest

from sandbox.errors import ImageError
from sandbox.oci import Descriptor
from sandbox.oci.config import plain, read_config

AT = Descriptor("application/vnd.oci.image.config.v1+json", "sha256:" + "0" * 64, 1)


@pytest.mark.parametrize(
    ("created_by", "instruction"),
    [
        ("RUN /bin/sh -c make # buildkit", "RUN make"),
        ("RUN |2 A=1 B=two words /bin/sh -c make all # buildkit", "RUN make all"),
        ("RUN |1 A= /bin/sh -c echo $A # buildkit", "RUN echo $A"),
        ("RUN |1 A=x /usr/bin/busybox --install # buildkit", "RUN /usr/bin/busybox --install"),
        ("COPY --from=build /a /b # buildkit", "COPY --from=build /a /b"),
        ('/bin/sh -c #(nop)  CMD ["sh"]', 'CMD ["sh"]'),
        ("/bin/sh -c apt-get update", "RUN apt-get update"),
        ("|1 A=b /bin/sh -c make", "RUN make"),
        ("RUN /bin/sh -c a &&     b # buildkit", "RUN a && b"),
        ("ENV A=# buildkit b", "ENV A=# buildkit b"),
    ],
)
def test_instructions_read_as_they_were_written(created_by: str, instruction: str) -> None:
    assert plain(created_by) == instruction


def test_what_a_container_starts_with() -> None:
    raw = {
        "architecture": "arm64",
        "os": "linux",
        "variant": "v8",
        "created": "2024-05-06T07:08:09.123456789Z",
        "config": {
            "Env": ["A=b"],
            "Entrypoint": ["/a"],
            "Cmd": None,
            "User": "1000",
            "WorkingDir": "/src",
            "Labels": {"x": "y"},
            "ExposedPorts": {"80/tcp": {}},
            "Volumes": {"/data": {}},
            "StopSignal": "SIGINT",
        },
    }
    config = read_config(json.dumps(raw).encode(), AT, 0, "config").config
    assert (config.os, config.architecture, config.variant) == ("linux", "arm64", "v8")
    assert config.created is not None
    assert config.created.isoformat() == "2024-05-06T07:08:09.123456+00:00"
    assert (config.env, config.entrypoint, config.cmd) == (("A=b",), ("/a",), ())
    assert (config.user, config.working_dir, config.stop_signal) == ("1000", "/src", "SIGINT")
    assert (config.labels, config.exposed_ports) == ({"x": "y"}, ("80/tcp",))
    assert config.volumes == ("/data",)


def history(layer_count: int) -> list[tuple[str, int | None]]:
    lines = [
        {"created_by": "COPY a / # buildkit"},
        {"created_by": "ENV A=b", "empty_layer": True},
        {"created_by": "RUN /bin/sh -c make # buildkit"},
    ]
    found = read_config(json.dumps({"history": lines}).encode(), AT, layer_count, "config")
    return [(line.instruction, line.layer) for line in found.history]


def test_instructions_without_a_layer_are_not_counted() -> None:
    assert history(2) == [("COPY a /", 1), ("ENV A=b", None), ("RUN make", 2)]


def test_a_history_that_does_not_fit_the_layers_names_none() -> None:
    assert [layer for _, layer in history(3)] == [None, None, None]


@pytest.mark.parametrize("raw", [b"", b"<html>", b"\xff\xfe", b'{"a":', b"[" * 100_000])
def test_a_config_that_is_not_json(raw: bytes) -> None:
    with pytest.raises(ImageError, match="config of linux/amd64 is not JSON") as caught:
        read_config(raw, AT, 0, "config of linux/amd64")
    assert "imagetools inspect" in caught.value.next_step


def test_a_config_that_is_no_object() -> None:
    with pytest.raises(ImageError, match="not an object"):
        read_config(b"[]", AT, 0, "config")
