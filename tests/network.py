"""Tests never leave this machine: names are not looked up and addresses other than loopback are refused."""

import ipaddress
import socket
from typing import Any

_connect, _connect_ex, _look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo


class NetworkBlockedError(OSError):
    """A test tried to reach another machine."""


def _refuse_others(host: Any) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name in {None, "", "localhost"}:
        return
    try:
        if ipaddress.ip_address(name.partition("%")[0]).is_loopback:
            return
    except ValueError:
        pass
    raise NetworkBlockedError(f"tests may not reach {name}")


def _guarded_connect(self: socket.socket, address: Any) -> None:
    if self.family in {socket.AF_INET, socket.AF_INET6}:
        _refuse_others(address[0])
    return _connect(self, address)


def _guarded_connect_ex(self: socket.socket, address: Any) -> int:
    if self.family in {socket.AF_INET, socket.AF_INET6}:
        _refuse_others(address[0])
    return _connect_ex(self, address)


def _guarded_look_up(host: Any, *arguments: Any, **options: Any) -> Any:
    _refuse_others(host)
    return _look_up(host, *arguments, **options)


def block() -> None:
    """Hold for the whole process. `tests.settings` calls it, so that servers and commands under test are held too."""
    socket.socket.connect = _guarded_connect
    socket.socket.connect_ex = _guarded_connect_ex
    socket.getaddrinfo = _guarded_look_up
