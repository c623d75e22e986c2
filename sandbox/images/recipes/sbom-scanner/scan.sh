#!/bin/sh
# BuildKit's SBOM generator protocol, spoken around Syft: one statement a file system.
# Source: moby/buildkit, docs/attestations/sbom-protocol.md. What is looked for is what
# docker/buildkit-syft-scanner looks for: installed packages, not lock files.
set -eu

scan() {
    name=$(basename "$1")
    {
        # BuildKit puts the image in as the subject.
        printf '{"_type": "https://in-toto.io/Statement/v0.1", "subject": [], '
        printf '"predicateType": "https://spdx.dev/Document", "predicate": '
        syft scan "dir:$1" --base-path "$1" --source-name "$name" --output spdx-json \
            --override-default-catalogers image --select-catalogers +sbom-cataloger
        printf '}\n'
    } > "$BUILDKIT_SCAN_DESTINATION/$name.spdx.json"
}

scan "$BUILDKIT_SCAN_SOURCE"
# Stages and contexts that the Dockerfile asks for: not set when there are none.
for extra in "${BUILDKIT_SCAN_SOURCE_EXTRAS:-/none}"/*; do
    [ ! -d "$extra" ] || scan "$extra"
done
