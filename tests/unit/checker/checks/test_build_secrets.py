"""What is said of a secret that was found, and of one that does nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from checker.checks.build_secrets import SecretUnseen, SecretUsed, SshUsed
from checker.workbench import builds, workbench
from sandbox import Build, Occurrence, Place, RunResult, Trait

TOKEN = "5ec4e7"  # as in the lab's chance

# -- secret_unseen


def place(place: Place, **more: Any) -> Occurrence:
    values: dict[str, Any] = {
        "platform": "linux/amd64",
        "layer": None,
        "instruction": None,
        "path": None,
        "key": None,
        "offset_bytes": 0,
        "occurrences": 1,
        "encoding": None,
        "document": "sha256:d0c",
    }
    return Occurrence(place, **(values | more))


@dataclass
class FakeImage:
    """Has what it is told to have; remembers what was looked for."""

    found: tuple[Occurrence, ...] = ()
    layers: tuple[str, ...] = ()
    materials: tuple[str, ...] = ()
    created: datetime | None = None
    asked: list[tuple[bytes, frozenset[str]]] = field(default_factory=list)
    given: Mapping[Trait, str] = field(default_factory=dict)

    compared: int = 0

    @property
    def root(self) -> Any:
        return SimpleNamespace(digest=f"sha256:{id(self)}")

    def traits(self, **_: object) -> Mapping[Trait, str]:
        self.compared += 1
        return self.given

    def find(
        self, needle: bytes, *, encoded: bool, known: frozenset[str]
    ) -> tuple[Occurrence, ...]:
        assert encoded
        self.asked.append((needle, known))
        return self.found

    @property
    def platforms(self) -> list[Any]:
        layers = [
            SimpleNamespace(digest=digest, number=number, created=self.created)
            for number, digest in enumerate(self.layers, start=1)
        ]
        return [SimpleNamespace(layers=layers)]

    @property
    def attestations(self) -> list[Any]:
        materials = [SimpleNamespace(uri=uri) for uri in self.materials]
        return [
            SimpleNamespace(provenance=None),
            SimpleNamespace(provenance=SimpleNamespace(materials=materials)),
        ]


@pytest.fixture
def cache(lab: Any, monkeypatch: pytest.MonkeyPatch) -> FakeImage:
    """The exported cache of the lab's workbench."""
    exported = FakeImage(layers=("shared", "own"))

    def open_layout(folder: Path) -> str:
        assert folder == lab.bench.context.folder.parent / "cache"
        return "the cache's blobs"

    def read_image(source: str, name: str) -> FakeImage:
        assert source == "the cache's blobs"
        return exported

    monkeypatch.setattr(workbench, "open_layout", open_layout)
    monkeypatch.setattr(workbench, "read_image", read_image)
    # Of builds with another secret: their images give away nothing, unless a test says so.
    for name in ("image", "cache"):
        monkeypatch.setattr(builds.Given, name, FakeImage())
    return exported


@pytest.fixture
def image(lab: Any) -> FakeImage:
    """What the lab's workbench has built."""
    made = FakeImage(layers=("base", "shared"), materials=("pkg:docker/lab/node@1", "pkg:other"))
    bases = {"lab/node": FakeImage(layers=("base",))}
    lab.builder.image = lambda name: bases.get(name, made)
    return made


@pytest.mark.usefixtures("image", "cache")
def test_a_secret_that_is_nowhere_passes(lab: Any) -> None:
    finding = SecretUnseen("TOKEN").measure(lab.bench)

    assert finding.passed
    assert finding.message.startswith("TOKEN was found nowhere: not in 3 layers")
    assert finding.evidence["places"] == []


def test_what_depends_on_the_secret_is_a_leak_in_whatever_form(
    lab: Any, make: Any, image: FakeImage, cache: FakeImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    trait = Trait(Place.CONFIG, "linux/amd64", None, "config.Labels.note")
    image.given = {trait: "one"}

    def once_more(changed: Mapping[str, str], *, number: int) -> Any:
        given = FakeImage(given={trait: "other" if changed else "one"})
        return SimpleNamespace(build=make.build(), image=given, cache=cache)

    monkeypatch.setattr(lab.bench.builds, "once_more", once_more)

    finding = SecretUnseen("TOKEN").measure(lab.bench)

    assert not finding.passed
    assert finding.message == (
        "TOKEN was found nowhere as it is, but 1 place of what the build gives away differed "
        "between two values of it, and never between two builds with one value:\n"
        "- the config of the image, at config.Labels.note\n"
        "Wanted: nothing that others can read depends on TOKEN."
    )
    assert finding.evidence["places"][0]["where"] == "config"


@pytest.mark.usefixtures("image", "cache")
def test_a_build_that_fails_with_another_secret_hides_what_depends_on_it(
    lab: Any, make: Any
) -> None:
    lab.builder.answer = failing_when(make, lambda ask: ask.env["TOKEN"] != TOKEN)

    finding = SecretUnseen("TOKEN").measure(lab.bench)

    assert not finding.passed
    assert finding.message.startswith("With another TOKEN of the same length, the build fails: ")


@pytest.mark.usefixtures("image", "cache")
def test_a_key_that_opens_nothing_may_fail_a_build_that_uses_it(lab: Any, make: Any) -> None:
    lab.builder.answer = failing_when(make, lambda ask: ask.env["TOKEN"] != TOKEN)
    lab.bench.values = replace(lab.bench.values, unopened=frozenset({"TOKEN"}))

    assert SecretUnseen("TOKEN").measure(lab.bench).passed


def test_everything_of_the_first_build_is_looked_through_once(
    lab: Any, image: FakeImage, cache: FakeImage
) -> None:
    SecretUnseen("TOKEN").measure(lab.bench)
    SecretUnseen("TOKEN").measure(lab.bench)

    ask, more = lab.builder.asks
    assert more.env["TOKEN"] != ask.env["TOKEN"]
    assert len(more.env["TOKEN"]) == len(ask.env["TOKEN"])
    assert more.option("--output") == "type=oci,tar=false,dest=../-given-0/image"
    assert "--tag" not in str(more.argv)
    assert "--no-cache" in ask.argv
    assert "--attest=type=provenance,mode=max" in ask.argv
    assert ask.option("--cache-to") == "type=local,dest=../cache,mode=max"
    assert image.asked[0] == (TOKEN.encode(), {"base"})
    assert cache.asked[0] == (TOKEN.encode(), {"base", "shared"})
    assert [image.compared, cache.compared] == [1, 1]


def test_every_place_is_told_with_what_made_it_and_without_the_secret(
    lab: Any, make: Any, image: FakeImage, cache: FakeImage
) -> None:
    image.found = (
        place(Place.CONFIG, key="config.Env[1]"),
        place(Place.HISTORY, key="history[3].created_by", instruction=f"ARG TOKEN={TOKEN}"),
        place(Place.HISTORY, key="history[4].created_by", instruction="RUN login"),
        place(Place.FILE, layer=2, path="/a", instruction="COPY a /", superseded_by=3, form="hex"),
        place(Place.HEADER, layer=2, path=f"/{TOKEN}"),
        place(Place.ATTESTATION, key="predicate.source", encoding="base64"),
    )
    cache.found = (place(Place.FILE, layer=1, path="/b"),)
    log = make.vertex("RUN login", log=f"logged in with {TOKEN}\n")
    lab.builder.answer = lambda ask: make.build(log)

    finding = SecretUnseen("TOKEN").measure(lab.bench)

    assert not finding.passed
    assert finding.message == (
        "TOKEN was found in 8 places that others can read:\n"
        "- the config of the image, at config.Env[1]\n"
        "- the history of the image, in the line of ARG TOKEN=…; and 1 more of the kind\n"
        "- /a in layer 2 (COPY a /); layer 3 hides it, but the image still ships it, "
        "written as hex\n"
        "- the name /… in layer 2\n"
        "- the attestation of the image, at predicate.source, written as base64\n"
        "- /b in the exported cache, which has the layers of all stages\n"
        "- the log of RUN login\n"
        "Wanted: in none."
    )
    kinds = (
        "config",
        "history",
        "history",
        "file",
        "archive header",
        "attestation",
        "cache",
        "log",
    )
    assert tuple(place["where"] for place in finding.evidence["places"]) == kinds
    assert finding.evidence["places"][3] == {
        "where": "file",
        "place": "/a in layer 2 (COPY a /); layer 3 hides it, but the image still ships it",
        "form": "hex",
        "digest": "sha256:d0c",
        "path": "/a",
        "instruction": "COPY a /",
    }
    assert TOKEN not in str(finding)


@pytest.mark.parametrize(("created_s", "said"), [(2.001, " (made by RUN b)"), (2.7, "")])
@pytest.mark.usefixtures("image")
def test_what_made_a_layer_of_the_cache_is_told_by_its_time(
    lab: Any, make: Any, cache: FakeImage, created_s: float, said: str
) -> None:
    # The second time lies far enough behind both that either may have made it.
    vertexes = [make.vertex("RUN a", 0, 1.9), make.vertex("RUN b", 0, 2), make.vertex("c", 0, 3)]
    start = vertexes[0].intervals[0].start
    cache.created = start + timedelta(seconds=created_s)
    cache.found = (place(Place.FILE, layer=2, path="/b"),)
    lab.builder.answer = lambda ask: make.build(*vertexes)

    finding = SecretUnseen("TOKEN").measure(lab.bench)

    told = f"- /b in the exported cache, which has the layers of all stages{said}\n"
    assert told in finding.message


def test_of_a_key_the_lines_are_sought_that_no_other_key_has(
    lab: Any, image: FakeImage, cache: FakeImage
) -> None:
    lines = ["-----BEGIN A VERY LONG NAME FOR A PRIVATE KEY-----"[:30], *(x * 64 for x in "abc")]
    key = "\n".join([*lines, "end"])
    lab.bench.values = lab.bench.values.__class__("c0ffee", {"KEY": key}, others={"KEY": "other"})

    SecretUnseen("KEY").measure(lab.bench)

    assert [needle for needle, _ in image.asked] == [b"b" * 64, b"c" * 64]
    assert [needle for needle, _ in cache.asked] == [b"b" * 64, b"c" * 64]


# -- secret_used


def printing(lab: Any, *printed: str) -> None:
    results = iter([RunResult(0, text, "", 0.1, timed_out=False) for text in printed])
    lab.builder.run = lambda image, *args, timeout_s: next(results)


def failing_when(make: Any, is_other: Callable[[Any], bool]) -> Callable[[Any], Build]:
    return lambda ask: make.build(exit_code=1 if is_other(ask) else 0)


def test_a_build_that_fails_with_another_secret_uses_it(lab: Any, make: Any) -> None:
    printing(lab, f"price {TOKEN}\n")
    lab.builder.answer = failing_when(make, lambda ask: ask.env["TOKEN"] != TOKEN)

    finding = SecretUsed("TOKEN", ("price {secret:TOKEN}",)).measure(lab.bench)

    assert finding.passed
    assert finding.message.endswith("with another TOKEN the build fails.")
    assert "--no-cache" in lab.builder.asks[-1].argv


def test_so_does_one_whose_container_prints_something_else(lab: Any) -> None:
    printing(lab, "price 7\n", "no price\n")

    finding = SecretUsed("TOKEN", ("price 7",)).measure(lab.bench)

    assert finding.passed
    # Built once with each secret, and both builds made an image.
    assert [ask.env["TOKEN"] == TOKEN for ask in lab.builder.asks] == [True, False]
    assert all(ask.option("--tag") for ask in lab.builder.asks)


def test_one_that_prints_the_same_with_another_secret_does_not(lab: Any) -> None:
    printing(lab, "price 7\n", "price 7\n")

    finding = SecretUsed("TOKEN", ("price 7",)).measure(lab.bench)

    assert not finding.passed
    assert finding.message.startswith(
        "With another TOKEN the image still builds and prints the same: price 7\nWanted: "
    )


def test_without_what_is_wanted_there_is_no_second_build(lab: Any) -> None:
    printing(lab, "nothing of the kind\n")

    finding = SecretUsed("TOKEN", ("price 7",)).measure(lab.bench)

    assert not finding.passed
    assert "printed: nothing of the kind\nWanted, but missing: price 7" in finding.message
    assert len(lab.builder.asks) == 1


def test_it_must_be_said_what_the_secret_is_good_for() -> None:
    with pytest.raises(ValueError, match="contains is empty"):
        SecretUsed("TOKEN", ())


# -- ssh_used


@pytest.fixture
def agents(lab: Any) -> list[bool]:
    """Which agents were asked for: whether each is one without a key."""
    asked: list[bool] = []

    @contextmanager
    def agent(*, empty: bool, environ: dict[str, str]) -> Any:
        asked.append(empty)
        yield SimpleNamespace(socket=Path("/run/empty.sock"))

    lab.builder.git = SimpleNamespace(agent=agent)
    return asked


def test_what_only_the_agent_opens_is_used(lab: Any, make: Any, agents: list[bool]) -> None:
    printing(lab, "fish\n")
    lab.builder.answer = failing_when(make, lambda ask: "SSH_AUTH_SOCK" in ask.env)

    finding = SshUsed(("fish",)).measure(lab.bench)

    assert finding.passed
    assert agents == [True]
    assert lab.builder.asks[-1].env["SSH_AUTH_SOCK"] == "/run/empty.sock"
    assert "--no-cache" in lab.builder.asks[-1].argv


@pytest.mark.usefixtures("agents")
def test_what_builds_without_a_key_has_it_from_somewhere_else(lab: Any) -> None:
    printing(lab, "fish\n")

    finding = SshUsed(("fish",)).measure(lab.bench)

    assert not finding.passed
    assert "that holds no key, the image still builds" in finding.message


def test_what_is_not_printed_was_not_fetched(lab: Any, agents: list[bool]) -> None:
    printing(lab, "soup\n")

    finding = SshUsed(("fish",)).measure(lab.bench)

    assert not finding.passed
    assert "Wanted, but missing: fish" in finding.message
    assert agents == []


# -- the workbench behind them


def test_another_secret_is_found_wherever_the_first_one_was(lab: Any) -> None:
    (lab.bench.context.folder / "npmrc").write_text(f"token={TOKEN}\n")
    with lab.bench.builds.exchanged("TOKEN", "other"):
        lab.bench.builds.get()
    lab.bench.builds.get()

    other, first = lab.builder.asks
    assert (other.env["TOKEN"], other.files["npmrc"]) == ("other", "token=other\n")
    assert (first.env["TOKEN"], first.files["npmrc"]) == (TOKEN, f"token={TOKEN}\n")
