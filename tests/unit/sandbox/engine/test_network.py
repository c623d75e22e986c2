from __future__ import annotations

import socket

import pytest

from sandbox import EngineError
from sandbox.engine import network


def test_offline_asks_nobody_outside() -> None:
    lines = network.dnsmasq_conf(online=False).splitlines()
    assert "no-resolv" in lines
    assert not [line for line in lines if line.startswith("server=")]
    assert f"listen-address={network.ADDRESS}" in lines


def test_online_asks_the_forwarder_and_never_for_the_labs_names() -> None:
    lines = network.dnsmasq_conf(online=True).splitlines()
    assert f"server={network.OUTSIDE_DNS}" in lines
    assert "local=/lab/" in lines


def test_every_name_of_the_lab_is_its_own() -> None:
    _, *lines = network.hosts().splitlines()
    assert {line.split()[1]: line.split()[0] for line in lines} == network.SERVICES
    assert all(name.endswith(".lab") for name in network.SERVICES)
    assert network.ADDRESS in network.addresses()
    assert len(set(network.addresses())) == len(network.SERVICES)
    assert network.resolv_conf() == f"nameserver {network.ADDRESS}\n"


def test_the_way_out_is_one_interface() -> None:
    ((*shut, last),) = network.switch(online=False)
    assert (shut[-1], last) == (network.INTERFACE, "down")
    opened = network.switch(online=True)
    assert opened[0][-2:] == (network.INTERFACE, "up")
    assert network.OUTSIDE_GATEWAY in opened[1]


def test_the_last_port_is_taken_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    assert network.free_port(None, free) == free
    assert network.free_port(free, None) == free


def test_a_taken_port_is_passed_over_but_not_in_silence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        assert network.free_port(None, taken) != taken
        with pytest.raises(EngineError, match=f"Port {taken} of 127.0.0.1 is in use") as caught:
            network.free_port(taken, None)
    assert "--port" in caught.value.next_step


def test_no_port_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "PORTS_TO_TRY", 0)
    with pytest.raises(EngineError, match="No port from") as caught:
        network.free_port(None, None)
    assert "--port" in caught.value.next_step
