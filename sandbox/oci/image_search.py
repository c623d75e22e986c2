"""A search for bytes in one image: in its JSON documents and in its layers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sandbox.oci.contents import Contents, LayerMatch
from sandbox.oci.forms import Form
from sandbox.oci.search import Match, search_json
from sandbox.oci.values import Descriptor, HistoryEntry, Layer, Occurrence, Place


class ImageSearch:
    """One search; a layer that platforms share is read once.

    Args:
        contents: Reads the image's documents and layers.
        forms: The encodings to search for.
        known: Digests of layers to skip.
    """

    def __init__(
        self,
        contents: Contents,
        forms: Sequence[Form],
        known: Collection[str],
    ) -> None:
        self._contents = contents
        self._forms = forms
        self._known = known
        self._matches: dict[str, tuple[LayerMatch, ...]] = {}

    def in_document(
        self,
        descriptor: Descriptor,
        place: Place,
        platform: str | None = None,
        history: Sequence[HistoryEntry] = (),
    ) -> Iterator[Occurrence]:
        """Search an index, a manifest or a config.

        Args:
            descriptor: The document.
            place: Its kind.
            platform: The platform that it describes; None for the index.
            history: The history inside a config, lowest line first.
        """
        raw = self._contents.document(descriptor, place.value)
        for match in search_json(raw, self._forms):
            yield _in_json(match, place, platform, descriptor.digest, history)

    def in_statement(self, statement: bytes, platform: str, digest: str) -> Iterator[Occurrence]:
        """Search an attestation's statement, which was read with the image.

        Args:
            statement: The JSON text.
            platform: The platform that it is about.
            digest: The statement's digest.
        """
        for match in search_json(statement, self._forms):
            yield _in_json(match, Place.ATTESTATION, platform, digest, ())

    def in_layers(
        self, layers: Sequence[Layer], platform: str, *, stacked: bool
    ) -> Iterator[Occurrence]:
        """Search the layers of one platform.

        Args:
            layers: The lowest first.
            platform: Their platform.
            stacked: Whether a layer hides files of the layers below it; those of an exported
                build cache do not.
        """
        matches = {layer.digest: self._in_layer(layer) for layer in layers}
        if not any(matches.values()):
            return
        files = self._contents.files(layers, stacked=True) if stacked else None
        for layer in layers:
            changes = files.layer(layer.number).changes if files else ()
            hidden = {change.path: change.superseded_by for change in changes}
            for match in matches[layer.digest]:
                path = match.entry.path if match.entry else None
                yield Occurrence(
                    place=match.place,
                    platform=platform,
                    layer=layer.number,
                    instruction=layer.instruction,
                    path=path,
                    key=None,
                    offset_bytes=match.hit.offset,
                    occurrences=match.hit.occurrences,
                    encoding=None,
                    document=layer.digest,
                    superseded_by=hidden.get(path) if path else None,
                    form=match.hit.form,
                )

    def _in_layer(self, layer: Layer) -> tuple[LayerMatch, ...]:
        if layer.digest in self._known:
            return ()
        if layer.digest not in self._matches:
            self._matches[layer.digest] = self._contents.matches(layer, self._forms)
        return self._matches[layer.digest]


def _in_json(
    match: Match,
    place: Place,
    platform: str | None,
    document: str,
    history: Sequence[HistoryEntry],
) -> Occurrence:
    key = match.key or ""
    instruction = None
    if place is Place.CONFIG and key.startswith("history["):
        place = Place.HISTORY
        number = int(key.partition("[")[2].partition("]")[0])
        instruction = history[number].instruction
    elif place in (Place.INDEX, Place.MANIFEST) and "annotations." in key:
        place = Place.ANNOTATION
    return Occurrence(
        place=place,
        platform=platform,
        layer=None,
        instruction=instruction,
        path=None,
        key=match.key,
        offset_bytes=match.offset,
        occurrences=match.occurrences,
        encoding=match.encoding,
        document=document,
        form=match.form,
    )
