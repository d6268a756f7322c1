# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parts of a request target. Nothing is decoded or normalised: the engine sees what the client sent."""

from __future__ import annotations

import re

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)")


def host(url: str) -> str:
    """Return the host (and port) inside the URL, empty for an origin-form target (guide 9.2 p. 81, p. 83)."""
    absolute = _ABSOLUTE.match(url)
    return absolute[1] if absolute else ""


def protocol(url: str) -> str:
    """Return the scheme of an absolute target, such as `http`."""
    return url.partition("://")[0] if _ABSOLUTE.match(url) else ""


def path_and_query(url: str) -> str:
    """Return everything after the host."""
    absolute = _ABSOLUTE.match(url)
    return url[absolute.end() :] if absolute else url


def path(url: str) -> str:
    """Return the path: from the first slash (after the host) to the question mark."""
    rest = path_and_query(url).partition("?")[0]
    slash = rest.find("/")
    return rest[slash:] if slash >= 0 else ""


def query(url: str) -> str:
    return url.partition("?")[2]


def suffix(url: str) -> str:
    """Return the text after the last dot of the last path element, empty without a dot (guide 9.2 p. 84, p. 93)."""
    return path(url).rpartition("/")[2].rpartition(".")[2] if "." in path(url).rpartition("/")[2] else ""


def server(hostname: str) -> str:
    """Return the host without its port."""
    if hostname.startswith("["):
        return hostname[: hostname.find("]") + 1] or hostname
    return hostname.partition(":")[0]


def port(hostname: str) -> int | None:
    """Return the port after the host; None without one. Raises ValueError when it is no number."""
    digits = hostname[len(server(hostname)) + 1 :]
    if len(digits) > 5:
        raise ValueError(f"{digits!r} is no port")
    return int(digits) if digits else None


def domain(hostname: str) -> str:
    """Return the host without its first label (http_hostname_t reference)."""
    return server(hostname).partition(".")[2]
