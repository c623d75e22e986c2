"""What depends on a secret is told apart from what is new in every build."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from checker.checks.dependence import OtherBuildError, find_dependence
from checker.workbench.random_values import RandomValues
from sandbox import Place, Trait

NAMES = ("UPLOAD", "SIGNING")
Gives = Callable[[Mapping[str, str], int], Mapping[str, str]]
"""Secrets and the number of the build → path of a file → its content."""


@dataclass
class World:
    """A workbench whose builds give away what a test says."""

    make: Any
    gives: Gives
    fails_with: str = ""
    in_cache: bool = False
    made: list[Mapping[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        first, second = ({name: f"{name.lower()}-{n}" for name in NAMES} for n in "12")
        self.values = RandomValues("c0ffee", first, others=second)
        self._known: dict[Any, Any] = {}
        self.builds = SimpleNamespace(require=make_plain(self.make), once_more=self.once_more)
        self.first = self.image(first)

    def image(self, secrets: Mapping[str, str]) -> Any:
        self.made.append(secrets)
        files = self.gives(secrets, len(self.made))
        layers = [SimpleNamespace(number=2, instruction="RUN make")]

        def traits(*, allowed: tuple[bytes, ...], **_: object) -> dict[Trait, str]:
            assert len(allowed) == len(NAMES)
            layer = None if self.in_cache else 2
            return {Trait(Place.FILE, "linux/amd64", layer, p): files[p] for p in files}

        return SimpleNamespace(traits=traits, platform=lambda _: SimpleNamespace(layers=layers))

    def once_more(self, changed: Mapping[str, str], *, number: int) -> Any:
        key = (tuple(sorted(changed.items())), number)
        if key not in self._known:
            secrets = {**self.values.secrets, **changed}
            failed = self.fails_with in secrets.values()
            image = self.image(secrets)
            one, other = (EMPTY, image) if self.in_cache else (image, EMPTY)
            build = self.make.build(exit_code=1 if failed else 0)
            self._known[key] = SimpleNamespace(build=build, image=one, cache=other)
        return self._known[key]

    def traits(self, image: Any, **options: Any) -> Mapping[Trait, str]:
        found: Mapping[Trait, str] = image.traits(**options)
        return found

    def find(self, secret: str) -> list[str]:
        one, other = (EMPTY, self.first) if self.in_cache else (self.first, EMPTY)
        found = find_dependence(self, secret, one, other, known=())  # type: ignore[arg-type]
        return [leak.what for leak in found]


EMPTY: Any = SimpleNamespace(traits=lambda **_: {}, platform=None)


def make_plain(make: Any) -> Callable[[], Any]:
    build = make.build()
    return lambda: build


def test_nothing_depends_on_a_secret_that_makes_no_difference(make: Any) -> None:
    world = World(make, lambda secrets, number: {"/a": "same"})

    assert [world.find(name) for name in NAMES] == [[], []]
    assert len(world.made) == 2, "the plain build, and one for all secrets together"


def test_a_file_that_depends_on_one_secret_is_no_leak_of_another(make: Any) -> None:
    world = World(make, lambda secrets, number: {"/a": "same", "/b": secrets["UPLOAD"][::-1]})

    assert world.find("UPLOAD") == ["/b in layer 2 (RUN make)"]
    assert world.find("SIGNING") == []


def test_in_the_cache_of_all_stages_too(make: Any) -> None:
    world = World(make, lambda secrets, number: {"/b": secrets["UPLOAD"][::-1]}, in_cache=True)

    assert world.find("UPLOAD") == ["/b in the exported cache"]


def test_what_is_new_in_every_build_depends_on_nothing(make: Any) -> None:
    world = World(make, lambda secrets, number: {"/time": f"{number} {secrets['UPLOAD']}"})

    assert world.find("UPLOAD") == []


def test_a_chance_that_fell_twice_alike_is_tried_once_more(make: Any) -> None:
    # The plain build, all secrets changed, one changed, none changed, one changed again.
    thrown = iter(["heads", "tails", "tails", "heads", "heads"])
    world = World(make, lambda secrets, number: {"/coin": next(thrown)})

    assert world.find("UPLOAD") == []
    assert next(thrown, None) is None


def test_a_name_that_holds_the_secret_is_masked(make: Any) -> None:
    world = World(make, lambda secrets, number: {f"/{secrets['UPLOAD']}": ""})

    assert world.find("UPLOAD") == ["/… in layer 2 (RUN make)"]


def test_a_build_must_not_fail_with_another_secret(make: Any) -> None:
    world = World(make, lambda secrets, number: {}, fails_with="upload-2")

    with pytest.raises(OtherBuildError):
        world.find("UPLOAD")
