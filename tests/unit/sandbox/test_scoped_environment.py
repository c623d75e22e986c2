"""Variables are set for a while, and then put back."""

from __future__ import annotations

import os

import pytest

from sandbox.scoped_environment import ScopedEnvironment


def test_variables_are_put_back() -> None:
    environ = {"A": "1", "B": "2", "C": "3"}
    with ScopedEnvironment(environ).set({"A": "x", "B": None, "D": "y", "E": None}):
        assert environ == {"A": "x", "C": "3", "D": "y"}
    assert environ == {"A": "1", "B": "2", "C": "3"}


def test_the_first_values_are_put_back_and_once() -> None:
    environ = {"A": "1"}
    scoped = ScopedEnvironment(environ)
    assert not scoped.is_changed
    scoped.set({"A": "2"}).set({"A": "3", "B": "4"})
    assert scoped.is_changed
    scoped.restore()
    assert environ == {"A": "1"}
    assert not scoped.is_changed
    environ["A"] = "5"
    scoped.restore()
    assert environ == {"A": "5"}


def test_this_process_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_TEST", "1")
    with ScopedEnvironment().set({"LAB_TEST": "2"}):
        assert os.environ["LAB_TEST"] == "2"
    assert os.environ["LAB_TEST"] == "1"
