"""Addresses of servers, checked before anything is made of them."""

from __future__ import annotations

import re

from fmassist.errors import InputError

ADDRESS = re.compile(
    r"https?://(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[A-Za-z0-9._~%!$&'()*+,;=:@/-]{0,1000})?"
)
"""What RFC 3986 calls scheme, host, port and path, in ASCII. No name or password of a user (it would be remembered and
shown), no query, and no letters that only look like others."""


def require_address(url: str) -> str:
    """The address, where it is one.

    Raises:
        InputError: it is none that a server can have.
    """
    found = ADDRESS.fullmatch(url)
    if found is None or int(found["port"] or 1) not in range(1, 65536) or ".." in found["host"]:
        raise InputError("the address is none of a server", "give http://HOST:PORT, without a user's name")
    return url
