"""Each option's value is read alike from a command line and from a bake file."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.errors import ParseError
from sandbox.parse import flags
from sandbox.parse.flags import SCANNER


@pytest.mark.parametrize(
    ("entry", "kind", "writes_files", "names"),
    [
        ("type=registry", "registry", False, ()),
        ("type=image,push=true,name=a", "image", False, ("a",)),
        ('type=image,"name=a,b",name=c', "image", False, ("a", "b", "c")),
        ({"type": "image", "name": "a,b"}, "image", False, ("a", "b")),
        ("type=local,dest=out", "local", True, ()),
        (" TYPE =local, Dest =out", "local", True, ()),
        ({"type": "local", "dest": "out"}, "local", True, ()),
        ("out", "local", True, ()),
        ("name=out", "local", True, ()),
        ("-", "tar", True, ()),
        ("name=a,push=true", "", False, ("a",)),
        ("type=image,\x1fname=a", "image", False, ()),
        ("", "", False, ()),
    ],
)
def test_output(entry: Any, kind: str, writes_files: bool, names: tuple[str, ...]) -> None:
    output = flags.read_output(entry)

    assert (output.kind, output.writes_files, output.names) == (kind, writes_files, names)


@pytest.mark.parametrize(
    ("entry", "kind", "ref", "nameless"),
    [
        ("lab/cache", "registry", "lab/cache", ()),
        ("type=registry,ref=a", "registry", "a", ()),
        ({"type": "registry", "ref": "a"}, "registry", "a", ()),
        ("type=registry,a", "registry", "", ("a",)),
        ("a,b", "", "", ("a", "b")),
        ("ref=a", "", "a", ()),
        # buildx keeps the blank: this is a field of another name.
        ("type=registry,ref=a, ref=b", "registry", "a", ()),
        ("", "", "", ()),
    ],
)
def test_cache(entry: Any, kind: str, ref: str, nameless: tuple[str, ...]) -> None:
    cache = flags.read_cache(entry)

    assert (cache.kind, cache.fields.get("ref"), cache.fields.nameless) == (kind, ref, nameless)


@pytest.mark.parametrize(
    ("entry", "variable", "path", "is_ambiguous"),
    [
        ("id=a", "", "", False),
        ("id=a,env=B", "B", "", False),
        ("id=a,src=b", "", "b", False),
        ("ID=a,Source=b", "", "b", False),
        ({"id": "a", "src": "b"}, "", "b", False),
        ({"id": "a", "env": "B"}, "B", "", False),
        ("type=env,id=a,src=B", "B", "", False),
        ("type=env,id=a", "", "", False),
        ("type=file,id=a,src=b", "", "b", False),
        # With nothing in it, buildx goes by the id as if the field were not there.
        ("id=a,src=", "", "", False),
        ("id=a,env=B,src=c", "B", "c", True),
        ("id=a,src=b,source=c", "", "c", True),
        ("id=a,src=b,src=c", "", "c", True),
        ("id=a,id=a", "", "", True),
        ("id=a,env", "", "", False),
    ],
)
def test_secret(entry: Any, variable: str, path: str, is_ambiguous: bool) -> None:
    secret = flags.read_secret(entry)

    assert (secret.id, secret.variable, secret.path) == ("a", variable, path)
    assert secret.is_ambiguous is is_ambiguous


@pytest.mark.parametrize(
    ("entry", "name", "paths"),
    [
        ("default", "default", ()),
        ("default=", "default", ("",)),
        ("a=/x,/y", "a", ("/x", "/y")),
        ('"default"', '"default"', ()),
        ({"id": "default"}, "default", ()),
        ({"id": "a", "paths": ["/x"]}, "a", ("/x",)),
        ({"id": "a", "paths": "/x"}, "a", ("/x",)),
    ],
)
def test_ssh(entry: Any, name: str, paths: tuple[str, ...]) -> None:
    assert flags.read_ssh(entry) == flags.Ssh(name, paths)


@pytest.mark.parametrize(
    ("name", "value", "kind", "is_disabled", "scanner"),
    [
        ("--attest", "type=sbom", "sbom", False, SCANNER),
        ("--attest", "type=sbom,generator=a", "sbom", False, "a"),
        ("--attest", " TYPE =sbom,disabled=true", "sbom", True, None),
        ("--attest", "type=sbom,disabled=false", "sbom", False, SCANNER),
        ("--attest", "type=provenance,generator=a", "provenance", False, None),
        ("--attest", "", "", False, None),
        ("--sbom", "true", "sbom", False, SCANNER),
        ("--sbom", "1", "sbom", False, SCANNER),
        ("--sbom", "F", "sbom", True, None),
        ("--sbom", "", "sbom", True, None),
        ("--sbom", "generator=a,b=c", "sbom", False, "a"),
        ("--provenance", "mode=max", "provenance", False, None),
        ("--provenance", "false", "provenance", True, None),
    ],
)
def test_attest(name: str, value: str, kind: str, is_disabled: bool, scanner: str | None) -> None:
    attest = flags.read_attest_option(name, value)

    assert (attest.kind, attest.is_disabled, attest.scanner) == (kind, is_disabled, scanner)


@pytest.mark.parametrize("disabled", ["true", True])
def test_an_attestation_of_a_bake_file_is_left_out(disabled: str | bool) -> None:
    assert flags.read_attest({"type": "sbom", "disabled": disabled}).is_disabled


def test_an_attestation_s_fields_are_kept() -> None:
    attest = flags.read_attest_option("--provenance", "mode=max,version=v1")

    assert attest.fields.pairs == (("type", "provenance"), ("mode", "max"), ("version", "v1"))


@pytest.mark.parametrize(
    ("entry", "image", "target"),
    [
        ("a=docker-image://lab/go", "lab/go", None),
        ("a=target:b", None, "b"),
        ("a=../docker-image://b", None, None),
        ("a=sub", None, None),
        ("a", None, None),
    ],
)
def test_build_context(entry: str, image: str | None, target: str | None) -> None:
    context = flags.read_named_context(entry)

    assert (context.name, context.image, context.target) == ("a", image, target)


@pytest.mark.parametrize(("entry", "value"), [("A=b=c", "b=c"), ("A=", ""), ("A", None)])
def test_build_arg(entry: str, value: str | None) -> None:
    assert flags.read_build_argument(entry) == flags.BuildArgument("A", value)


@pytest.mark.parametrize(
    ("text", "source", "has_variable"),
    [
        ("type=cache,target=/a", None, False),
        ("type=bind,From=base,target=/a", "base", False),
        ("from=a,from=b", "b", False),
        ('type=bind,"from=a,b"', "a,b", False),
        ("from=,target=/a", None, False),
        ("from=$A,target=/a", "$A", True),
        ("from=a$", "a$", False),
        ("from=$A,from=b", "b", True),
    ],
)
def test_mount(text: str, source: str | None, has_variable: bool) -> None:
    mount = flags.read_mount(text)

    assert (mount.source, mount.has_variable_source) == (source, has_variable)


@pytest.mark.parametrize(
    "read",
    [
        flags.read_attest,
        flags.read_cache,
        flags.read_fields,
        flags.read_mount,
        flags.read_output,
        flags.read_secret,
    ],
)
def test_a_value_that_cannot_be_split_is_an_error(read: Any) -> None:
    with pytest.raises(ParseError, match="not at the beginning"):
        read('type=a "b"')
