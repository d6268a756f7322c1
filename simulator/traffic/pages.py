# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The responses of httpd, of a Gateway and of a back end to requests that no policy answers.

CVE-2019-19781 behaviour: mitigations as published in CTX267679 and CTX267027, the public checkers' requests and bodies
(CISA check, TSEC scanner), headers from public honeypot notes. Only a harmless static file is served.
"""

from __future__ import annotations

import gzip
import posixpath
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from urllib.parse import unquote

from simulator.network.responses import error_page, header_lines

# The first builds with the fix, by branch: bulletin CTX267027.
FIXED_BUILDS = {(10, 5): (70, 12), (11, 1): (63, 15), (12, 0): (63, 13), (12, 1): (55, 18), (13, 0): (47, 24)}
KEPT = 256
ECHO = "/simulator/request"  # where every back end shows the request that it received
_SMB_CONF = b"[global]\n   encrypt passwords = yes\n   name resolve order = lmhosts wins host bcast"  # 0x53 bytes, as its ETag says
_GATEWAY_PATHS = ("/vpn/", "/vpns/", "/logon/", "/cgi/", "/nf/", "/p/", "/AGESSO/", "/epa/", "/oauth/", "/saml/")


@dataclass(frozen=True)
class Page:
    """A response before it is bytes. It is the same for equal requests, so it is cached; only the date changes."""

    status: int
    body: bytes = b""
    lines: bytes = b""  # the header lines
    httpd: bool = True
    dated: bool = True


def is_vulnerable(branch: tuple[int, ...]) -> bool:
    """True for a build without the fix of CVE-2019-19781."""
    release, build = branch[:2], branch[2:]
    fixed = FIXED_BUILDS.get((release[0], release[1]))
    return build < fixed if fixed else release < (10, 5)


def ignores_policies_on_vpn(branch: tuple[int, ...]) -> bool:
    """True for the 12.1 builds that do not evaluate responder policies at VPN vservers; the list is not monotonic (J81, X1DFIR)."""
    if branch[:2] != (12, 1):
        return False
    build = branch[2:]
    return build not in ((50, 31), (51, 16)) and build < (51, 19)


@lru_cache(maxsize=KEPT)
def path_of(target: str) -> str:
    """Return the path as httpd sees it: decoded once, dot segments resolved; an absolute target loses its origin."""
    if "://" in target.split("?", 1)[0] and not target.startswith("/"):
        target = "/" + target.split("://", 1)[1].partition("/")[2]
    raw = target.split("?", 1)[0].split("#", 1)[0]
    decoded = unquote(raw, errors="surrogateescape")
    path = posixpath.normpath(decoded) if decoded.startswith("/") else decoded
    path = "/" + path.lstrip("/")
    return path + "/" if decoded.endswith(("/", "/.", "/..")) and path != "/" else path


def _apache(status: int, body: bytes, *more: tuple[str, str], kind: str = "text/html; charset=iso-8859-1") -> Page:
    headers = [("Server", "Apache"), ("X-Frame-Options", "SAMEORIGIN"), *more, ("Content-Type", kind)]
    return Page(status, body, header_lines(headers))


def not_found(path: str) -> Page:
    return _apache(404, error_page(404, f"The requested URL {escape(path)} was not found on this server."))


def httpd(method: str, target: str, branch: tuple[int, ...], build_date: str) -> Page:
    """Return the static file or the error of the appliance's own web server."""
    raw = target.split("?", 1)[0]
    path = path_of(target)
    if "%2f" in raw.lower():  # Apache refuses an encoded slash by default (AllowEncodedSlashes Off)
        return not_found(path)
    if path.startswith("/vpns/"):
        if not is_vulnerable(branch):
            return not_found(path)
        if path == "/vpns/cfg/smb.conf":
            return _file(method)
        if path in ("/vpns/", "/vpns/portal/", "/vpns/portal/scripts/", "/vpns/cfg/"):
            return _apache(403, error_page(403, f"You don't have permission to access {path}\non this server."))
        return not_found(path)
    if path in (
        "/vpn/index.html",
        "/vpn/tmindex.html",
        "/logon/LogonPoint/index.html",
        "/logon/LogonPoint/tmindex.html",
    ):
        return _apache(200, _logon_page(), kind="text/html; charset=UTF-8")
    if path == "/vpn/js/rdx/core/lang/rdx_en.json.gz":
        # Its stamp identifies the build (public fingerprint tables of 2020).
        body = gzip.compress(f'{{"build":"{build_date}"}}'.encode(), mtime=0)
        return _apache(200, body, kind="application/x-gzip")
    return not_found(path)


def _file(method: str) -> Page:
    if method not in ("GET", "HEAD", "POST"):
        return _apache(
            405,
            error_page(405, f"The requested method {escape(method)} is not allowed for the URL /vpns/cfg/smb.conf."),
        )
    return _apache(
        200,
        _SMB_CONF,
        ("Last-Modified", "Thu, 28 Nov 2019 20:19:22 GMT"),
        ("ETag", '"53-5986dd42b0680"'),
        ("Accept-Ranges", "bytes"),
        kind="text/plain",
    )


def _logon_page() -> bytes:
    return (
        b'<!DOCTYPE html>\n<html><head><title>Citrix Gateway</title></head>\n<body><form id="vpnForm" method="post" action="/cgi/login">'
        b'<input name="login"><input name="passwd" type="password"></form></body></html>\n'
    )


@lru_cache(maxsize=KEPT)
def gateway(method: str, target: str, branch: tuple[int, ...], build_date: str, *, signed_on: bool) -> Page:
    """Return the page of a Gateway or authentication vserver: httpd's for its own paths, else a redirect to the log-on."""
    first = unquote(target.split("?", 1)[0], errors="surrogateescape")
    if first.startswith("/vpns/"):
        if not signed_on:
            return _to_logon()
        if path_of(target) == "/vpns/portal/homepage.html":
            return _apache(
                200,
                b"<!DOCTYPE html>\n<html><head><title>Citrix Gateway portal</title></head><body>Applications</body></html>\n",
                kind="text/html; charset=UTF-8",
            )
        return httpd(method, target, branch, build_date)
    if first.startswith(("/vpn/", "/logon/")):
        return httpd(method, target, branch, build_date)
    if signed_on and first != "/":
        return not_found(path_of(target))
    return _to_logon()


def _to_logon() -> Page:
    headers = [
        ("Location", "/vpn/index.html"),
        ("Cache-Control", "no-cache,no-store,must-revalidate"),
        ("Pragma", "no-cache"),
        ("Content-Type", "text/html"),
    ]
    return Page(302, lines=header_lines(headers), httpd=False, dated=False)


@lru_cache(maxsize=KEPT)
def consumed_by_gateway(target: str, *, signed_on: bool) -> bool:
    """True if a Gateway handles a request itself instead of sending it on (product page, rate limiting with Gateway)."""
    return not signed_on or path_of(target) == "/" or path_of(target).startswith(_GATEWAY_PATHS)


_OWN_CODE = ("/.well-known/openid-configuration", "/doauthentication.do", "/gwtest/formssso")


@lru_cache(maxsize=KEPT)
def answered_by_own_code(target: str) -> bool:
    """True for the paths at which the code of CVE-2023-4966, CVE-2025-5777 and CVE-2023-3519 is reached."""
    path = path_of(target).lower()
    return any(one in path for one in _OWN_CODE)


@lru_cache(maxsize=KEPT)
def management(method: str, target: str, branch: tuple[int, ...], build_date: str) -> Page:
    """Return the page of a management address, where requests reach httpd directly."""
    if path_of(target) in ("/", "/menu/neo", "/gui/", "/index.html"):
        return _apache(
            200,
            b"<!DOCTYPE html>\n<html><head><title>Citrix ADC - Configuration</title></head><body>Log on</body></html>\n",
            kind="text/html; charset=UTF-8",
        )
    return httpd(method, target, branch, build_date)


def echo(message: str) -> Page:
    """Return the page with the request that a back end received, which shows what was rewritten."""
    lines = header_lines([("Server", "nginx/1.16.1"), ("Content-Type", "text/plain; charset=iso-8859-1")])
    return Page(200, message.encode("latin-1", "replace"), lines, httpd=False)


@lru_cache(maxsize=KEPT)
def backend(target: str) -> Page:
    """Return the page of a back end behind a load balancing or content switching vserver."""
    lines = header_lines([("Server", "nginx/1.16.1"), ("Content-Type", "text/html")])
    if path_of(target) in ("/", "/index.html"):
        return Page(200, b"<html><body><h1>Welcome</h1>behind the load balancer</body></html>\n", lines, httpd=False)
    return Page(
        404,
        b"<html><head><title>404 Not Found</title></head><body><center><h1>404 Not Found</h1></center><hr><center>nginx/1.16.1</center></body></html>\n",
        lines,
        httpd=False,
    )
