"""Images, from the index down to the bytes of a file in a layer.

A source of blobs (a registry, a folder, an archive) gives access to an image. Its JSON documents
are read at once; its layers are read as streams, when a caller asks for their contents.
"""

from sandbox.oci.archive import ArchiveSource, open_archive
from sandbox.oci.attestation import Attestation
from sandbox.oci.forms import forms_in
from sandbox.oci.image import Image, PlatformImage
from sandbox.oci.provenance import Material, Provenance
from sandbox.oci.reader import read_image
from sandbox.oci.registry_client import RegistrySource
from sandbox.oci.sbom import Package, Sbom
from sandbox.oci.source import BlobSource, FolderSource, open_layout
from sandbox.oci.traits import Trait
from sandbox.oci.values import (
    Change,
    Config,
    Descriptor,
    FileChange,
    FileKind,
    HistoryEntry,
    ImageFiles,
    Layer,
    LayerFiles,
    Occurrence,
    Place,
    Wasted,
)

__all__ = [
    "ArchiveSource",
    "Attestation",
    "BlobSource",
    "Change",
    "Config",
    "Descriptor",
    "FileChange",
    "FileKind",
    "FolderSource",
    "HistoryEntry",
    "Image",
    "ImageFiles",
    "Layer",
    "LayerFiles",
    "Material",
    "Occurrence",
    "Package",
    "Place",
    "PlatformImage",
    "Provenance",
    "RegistrySource",
    "Sbom",
    "Trait",
    "Wasted",
    "forms_in",
    "open_archive",
    "open_layout",
    "read_image",
]
