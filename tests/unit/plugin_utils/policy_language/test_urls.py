# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parts of a request target, and of a host with or without a port."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import urls


@pytest.mark.parametrize(
    ("url", "protocol", "host", "path", "query", "suffix"),
    [
        ("/", "", "", "/", "", ""),
        ("", "", "", "", "", ""),
        ("*", "", "", "", "", ""),
        ("/a/b.tar.gz?c=/d.e?f", "", "", "/a/b.tar.gz", "c=/d.e?f", "gz"),
        ("/a.b/c", "", "", "/a.b/c", "", ""),
        ("/a.", "", "", "/a.", "", ""),
        ("http://gw:80/a.b?c", "http", "gw:80", "/a.b", "c", "b"),
        ("http://gw", "http", "gw", "", "", ""),
        ("http://gw?c", "http", "gw", "", "c", ""),
        ("/http://gw/", "", "", "/http://gw/", "", ""),
        ("1a://gw/", "", "", "//gw/", "", ""),
    ],
)
def test_the_parts_of_a_target(url: str, protocol: str, host: str, path: str, query: str, suffix: str) -> None:
    parts = [part(url) for part in (urls.protocol, urls.host, urls.path, urls.query, urls.suffix)]
    assert parts == [protocol, host, path, query, suffix]


@pytest.mark.parametrize(
    ("host", "server", "port", "domain"),
    [
        ("", "", None, ""),
        ("gw", "gw", None, ""),
        ("gw.example.com", "gw.example.com", None, "example.com"),
        ("gw.example.com:443", "gw.example.com", 443, "example.com"),
        ("gw:", "gw", None, ""),
        ("gw:0", "gw", 0, ""),
        ("gw:65535", "gw", 65535, ""),
        ("gw:99999", "gw", 99999, ""),
        ("[2001:db8::1]", "[2001:db8::1]", None, ""),
        ("[2001:db8::1]:8443", "[2001:db8::1]", 8443, ""),
    ],
)
def test_the_parts_of_a_host(host: str, server: str, port: int | None, domain: str) -> None:
    assert (urls.server(host), urls.port(host), urls.domain(host)) == (server, port, domain)


@pytest.mark.parametrize("host", ["gw:100000", "gw:000443", "gw:x", "gw:443:1"])
def test_what_is_no_port_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match=r"is no port|invalid literal"):
        urls.port(host)
