"""An image made by hand that has a bit of everything, and the text that tells of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.oci import Image

from ..oci.conftest import Layout

STATEMENTS = Path(__file__).parents[1] / "oci" / "data"

TEXT = """\
Image made/by-hand. An index, 1 platform, 3.2 MB stored.

linux/amd64: 4 layers, 3.2 MB stored, 3.2 MB of files, 2.0 MB wasted (63 %)

  layer   files   stored  wasted  added  changed  removed  instruction
      1     7 B  10.2 kB     7 B      2        -        -  ADD rootfs.tar /
      2  2.0 MB   2.0 MB  2.0 MB      2        -        -  RUN download --all
      3  1.2 MB   1.2 MB       -      -        1        1  RUN rm /big
      4     1 B  10.2 kB       -      1        -        -  RUN echo "<b>&amp;" > '/a b'

  Wasted: in the image, and seen by no container:
    2.0 MB  /big          in layer 2, hidden by layer 3
       7 B  /etc/version  in layer 1, hidden by layer 3

  Runs: serve '--name=a b', as nobody in /srv
  Attested: SLSA provenance v1, mode=max: 4 operations, 1 material, build arguments FLAVOUR, \
the Dockerfile itself; 4.1 kB, image manifest in the index
"""


@pytest.fixture
def image(tmp_path: Path) -> Image:
    layout = Layout(tmp_path / "layout")
    manifest = layout.manifest(
        [
            layout.layer({"etc": None, "etc/version": b"1.2.3.4"}),
            layout.layer({"big": bytes(2_000_000), "link": "/etc/version"}),
            layout.layer({".wh.big": b"", "etc/version": bytes(1_200_000)}),
            layout.layer({"a <b>&": b"x"}),
        ],
        history=[
            "ADD rootfs.tar / # buildkit",
            "ENV A=<script>alert(1)</script> #",
            "RUN /bin/sh -c download --all # buildkit",
            "RUN /bin/sh -c rm /big # buildkit",
            "RUN /bin/sh -c echo \"<b>&amp;\" > '/a b' # buildkit",
        ],
        config={
            "config": {
                "Entrypoint": ["serve", "--name=a b"],
                "User": "nobody",
                "WorkingDir": "/srv",
                "Env": ["A=<script>alert(1)</script>\x1b[31m"],
                "Labels": {"title": "by hand"},
            }
        },
    )
    statement = (STATEMENTS / "provenance-v1.json").read_bytes()
    return layout.read(layout.index([manifest, layout.attestation(manifest, statement)]))
