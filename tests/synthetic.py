# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Synthetic recorded traffic, each request with a label: users, monitoring, scanners and attackers, mixed by a seed.

The shapes are those of a Gateway with StoreFront, an AAA log-on, an Exchange-like site and a plain one. Addresses are from the
documentation ranges; the attacks are those of the catalogue, and their variants; scanners request the paths of the public lists.
"""

from __future__ import annotations

import ipaddress
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import load_mitigation
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import TrafficCase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic_variants import variants
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.attack_signatures import (
    load_scanned,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.logged_request import (
    RecordedRequest,
)

ROOT = Path(__file__).resolve().parents[1]
MITIGATION = load_mitigation(ROOT / "templates" / "mitigations" / "cve_2019_19781")
START = int(datetime(2019, 12, 16, tzinfo=UTC).timestamp())
DAY = 86400
GATEWAY, AAA, MAIL, SITE = "203.0.113.10:443", "203.0.113.11:443", "203.0.113.12:443", "203.0.113.13:443"
USER, MONITOR, SCANNER, ATTACKER = "user", "monitor", "scanner", "attacker"
LEGITIMATE = (USER, MONITOR)
BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/79.0",
    "Mozilla/5.0 (iPhone) Safari/604.1",
    "CitrixReceiver/19.12",
)
SCANNED = (
    "/.env", "/.git/config", "/wp-login.php", "/wp-admin/setup-config.php", "/phpmyadmin/index.php", "/manager/html",
    "/cgi-bin/test.cgi", "/HNAP1/", "/boaform/admin/formLogin", "/solr/admin/info/system", "/actuator/health",
    "/owa/auth/x.js", "/autodiscover/powershell", "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php", "/robots.txt",
    "/sitemap.xml", "/login.action", "/remote/fgt_lang", "/dana-na/auth/url_default/welcome.cgi", "/api/v1/pods",
)  # fmt: skip


@dataclass(frozen=True)
class Labelled:
    """One request and who sent it."""

    request: RecordedRequest
    label: str

    @property
    def legitimate(self) -> bool:
        return self.label in LEGITIMATE


@dataclass(frozen=True)
class Mix:
    """The parameters of synthetic traffic.

    :ivar requests: about how many
    :ivar bad: the share of scanners' and attackers' requests, half and half
    :ivar unknown_scanners: the scanners request no path of the list of paths that only scanners request
    :ivar visits_seed: another one gives other visits to the same sites by the same people
    """

    seed: int = 1
    visits_seed: int = 0
    requests: int = 20_000
    days: int = 21
    users: int = 400
    bad: float = 0.05
    start: int = START
    unknown_scanners: bool = False


Step = tuple[str, str, int]
"""Method, target, and status."""


class Synthetic:
    """The requests of a mix, in the order of their times."""

    def __init__(self, mix: Mix = Mix()) -> None:
        self.mix = mix
        self._random = random.Random(mix.seed)
        make = self._random
        self._users = [_address(number) for number in range(mix.users)]
        bad_clients = max(2, int(mix.users * mix.bad * 2)) if mix.bad else 0
        self._scanners = [_address(100_000 + number) for number in range(bad_clients)]
        self._attackers = [_address(200_000 + number) for number in range(bad_clients)]
        attacks = list(MITIGATION.traffic.attacks)
        attacks += [variant.case for variant in variants(MITIGATION.traffic) if variant.case.attack]
        self._attacks: list[TrafficCase] = attacks
        known = load_scanned(ROOT / "templates" / "scanners" / "scanned.yml") if mix.unknown_scanners else ()
        self._scanned = [url for url in SCANNED if not url.lower().startswith(known)] if known else SCANNED
        self._pages = [f"/nieuws/{_word(make)}-{_word(make)}" for _ in range(60)]
        self._icons = [f"{make.getrandbits(128):032X}" for _ in range(300)]
        if mix.visits_seed:
            self._random = random.Random(mix.visits_seed)

    def requests(self) -> Iterator[Labelled]:
        """The requested number of requests, or a few more, since a visit is never cut short."""
        mix = self.mix
        visits = max(1, mix.requests // 25)
        made = bad = 0
        for number in range(25 * visits):
            if made >= mix.requests:
                return
            at = mix.start + int(mix.days * DAY * made / mix.requests)
            wicked = mix.bad > 0 and bad < mix.bad * (made + 1)
            visit = self._bad_visit(at) if wicked else self._visit(at, monitor=number % 40 == 0)
            for labelled in visit:
                made += 1
                bad += not labelled.legitimate
                yield labelled

    def _visit(self, at: int, *, monitor: bool) -> Iterator[Labelled]:
        make = self._random
        if monitor:
            yield self._one(at, "192.0.2.5", GATEWAY, ("GET", "/vpn/index.html", 200), MONITOR, session=False)
            return
        client = make.choice(self._users)
        flows: list[tuple[str, Callable[[], list[Step]]]] = [
            (GATEWAY, self._gateway), (AAA, self._log_on), (MAIL, self._mail), (SITE, self._site)
        ]  # fmt: skip
        vip, steps = make.choices(flows, weights=(5, 1, 2, 2))[0]
        logged_on = False
        for number, step in enumerate(steps()):
            logged_on = logged_on or step[1] == "/cgi/setclient?wica"
            yield self._one(at + number, client, vip, step, USER, session=logged_on)

    def _bad_visit(self, at: int) -> Iterator[Labelled]:
        make = self._random
        if make.random() < 0.5:
            client, vip = make.choice(self._scanners), make.choice((GATEWAY, AAA, MAIL, SITE))
            for number in range(make.randint(3, 12)):
                url = make.choice(self._scanned) if make.random() < 0.8 else f"/{_word(make)}.php"
                yield self._one(
                    at + number, client, vip, ("GET", url, _scanned_status(vip, url)), SCANNER, session=False
                )
            return
        client = make.choice(self._attackers)
        # First a look at what everybody sees, then the attack, and what it would have made.
        yield self._one(at, client, GATEWAY, ("GET", "/vpn/index.html", 200), ATTACKER, session=False)
        for number in range(make.randint(1, 6)):
            case = make.choice(self._attacks)
            yield self._one(at + number, client, GATEWAY, (case.method, case.url, 200), ATTACKER, session=False)
        made = f"/vpn/../vpns/portal/{make.getrandbits(64):016x}.xml"
        yield self._one(at + 9, client, GATEWAY, ("GET", made, 404), ATTACKER, session=False)

    def _one(self, at: int, client: str, vip: str, step: Step, label: str, *, session: bool) -> Labelled:
        method, url, status = step
        agent = self._random.choice(BROWSERS) if label == USER else "curl/7.58.0"
        host = f"{vip.partition(':')[0].replace('.', '-')}.example"
        return Labelled(
            RecordedRequest(url, at, client, vip, method, status, session, host, agent, "-"),
            label,
        )

    # -- the flows ------------------------------------------------------------------------------------------------------

    def _gateway(self) -> list[Step]:
        make = self._random
        steps = self._log_on()
        steps += [
            ("GET", "/cgi/setclient?wica", 302),
            ("GET", "/Citrix/StoreWeb/", 200),
            ("POST", "/Citrix/StoreWeb/Home/Configuration", 200),
            ("POST", "/Citrix/StoreWeb/Resources/List", 200),
            *[("GET", f"/Citrix/StoreWeb/receiver/{path}", 200) for path in _some(make, _STORE, 6)],
            *[("GET", f"/Citrix/StoreWeb/Resources/Icon/{icon}?size=48", 200) for icon in make.sample(self._icons, 4)],
            (
                "GET",
                f"/Citrix/StoreWeb/Resources/LaunchIca/{make.choice(self._icons)}.ica?launchId={make.getrandbits(32)}",
                200,
            ),
        ]
        if make.random() < 0.2:
            steps += [("GET", "/vpns/portal/homepage.html", 200), ("GET", "/vpns/services.html", 200)]
        if make.random() < 0.6:
            steps.append(("GET", "/cgi/logout", 302))
        return steps

    def _log_on(self) -> list[Step]:
        make = self._random
        return [
            ("GET", "/", 302),
            ("GET", "/vpn/index.html", 200) if make.random() < 0.4 else ("GET", "/logon/LogonPoint/index.html", 200),
            *[("GET", path, make.choice((200, 304))) for path in _some(make, _LOG_ON, 8)],
            ("POST", "/p/u/getAuthenticationRequirements.do", 200),
            ("POST", "/p/u/doAuthentication.do", 200),
            ("POST", "/cgi/login", 302),
        ]

    def _mail(self) -> list[Step]:
        make = self._random
        if make.random() < 0.5:
            device = f"ApplC{make.getrandbits(32):08X}"
            return [
                ("POST", f"/Microsoft-Server-ActiveSync?Cmd={make.choice(('Sync', 'Ping'))}&DeviceId={device}", 200)
            ] * 3
        build = make.choice(("15.1.1847.3", "15.1.1847.5", "15.1.1913.5"))
        return [
            ("GET", "/owa/auth/logon.aspx?url=https%3a%2f%2fmail.example%2fowa%2f&reason=0", 200),
            ("POST", "/owa/auth.owa", 302),
            ("GET", "/owa/", 200),
            *[("GET", f"/owa/prem/{build}/{path}", 200) for path in _some(make, _OWA, 8)],
            *[
                ("POST", f"/owa/service.svc?action={action}&ID=-{make.getrandbits(8)}", 200)
                for action in ("FindItem", "GetItem")
            ],
            ("POST", "/EWS/Exchange.asmx", 200),
        ]

    def _site(self) -> list[Step]:
        make = self._random
        pages = [("GET", make.choice(self._pages[: int(make.paretovariate(0.7)) % 60 + 1]), 200) for _ in range(3)]
        steps = [("GET", "/", 200), *pages, *[("GET", path, 200) for path in _some(make, _ASSETS, 6)]]
        if make.random() < 0.1:
            steps.append(("GET", "/download/report..2020.pdf", 200))
        return steps


_LOG_ON = (
    *[f"/logon/LogonPoint/receiver/js/{name}.js" for name in ("ctxs.core.min", "ctxs.webui.min", "ctxs.strings", "external", "nsg")],
    *[f"/logon/LogonPoint/receiver/images/common/{name}.png" for name in ("icon_vpn", "spinner", "authspinner", "bg", "logo_2x", "arrow")],
    *[f"/logon/LogonPoint/custom/{name}" for name in ("strings.en.json", "strings.nl.json", "style.css", "script.js")],
    "/logon/LogonPoint/init.js", "/logon/LogonPoint/plugins.xml", "/logon/themes/Default/css/base.css",
    "/logon/themes/Default/css/custom.css", "/logon/themes/Default/custom.js", "/logon/themes/Default/strings.nl.json",
    "/vpn/js/gateway_login_view.js", "/vpn/js/rdx/core/lang/rdx_en.json.gz", "/vpn/js/rdx/core/lang/rdx_nl.json.gz",
    "/vpn/js/rdx/core/css/rdx.css", "/vpn/images/vpn_logo.png", "/vpn/images/caxtonstyle.css", "/favicon.ico",
)  # fmt: skip
_STORE = (
    *[f"js/{name}.js" for name in ("ctxs.core.min", "ctxs.webui.min", "external", "html5", "jquery", "velocity")],
    *[f"images/{name}.png" for name in ("apps", "desktops", "search", "star", "close", "more")],
    "css/ctxs.large-ui.min.css", "css/ctxs.small-ui.min.css", "css/ctxs.authentication.css",
)  # fmt: skip
_OWA = (
    *[f"scripts/boot.worldwide.{number}.mouse.js" for number in range(6)],
    *[f"resources/styles/{name}.css" for name in ("fabric.color.theme.base", "_fonts", "0.mouse", "1.mouse")],
    *[f"resources/images/0/{name}.png" for name in ("sprite1.mouse", "thinking16", "favicon_office")],
)  # fmt: skip
_ASSETS = (
    *[f"/assets/css/{name}.css" for name in ("site", "print", "grid")],
    *[f"/assets/img/{name}.jpg" for name in ("hero", "team", "office", "map", "news1", "news2", "news3")],
    *[f"/assets/js/{name}.js" for name in ("site", "vendor")],
    "/favicon.ico",
)  # fmt: skip


def _address(number: int) -> str:
    """One client: some have IPv4, most have a /64 of their own."""
    if number < 256:
        return f"198.51.100.{number}"
    return str(ipaddress.IPv6Address((0x20010DB8 << 96) + (number << 64) + 7))


def _scanned_status(vip: str, url: str) -> int:
    """No such path exists; but an Exchange server redirects unknown paths to its log-on, and a site has a robots.txt."""
    if vip == MAIL:
        return 302
    return 200 if vip == SITE and url == "/robots.txt" else 404


def _some(make: random.Random, paths: Sequence[str], number: int) -> list[str]:
    return make.sample(list(paths), min(number, len(paths)))


def _word(make: random.Random) -> str:
    return "".join(make.choice("bdfgklmnprstvz") + make.choice("aeiou") for _ in range(make.randint(2, 4)))


# -- as lines ------------------------------------------------------------------------------------------------------------


def web_time(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%d/%b/%Y:%H:%M:%S +0000}"


def combined(request: RecordedRequest) -> str:
    """Combined format, as Apache escapes it."""
    line = _apache(f"{request.method} {request.url} HTTP/1.1")
    return f'{request.client} - - [{web_time(request.at or 0)}] "{line}" {request.status} 512 "-" "{_apache(request.agent or "-")}"'


def paired(request: RecordedRequest) -> str:
    """httpaccess.log of newer releases: client and virtual server."""
    server = (request.vip or "").partition(":")[0]
    line = _apache(f"{request.method} {request.url} HTTP/1.1")
    return (
        f'{request.client} -> {server} - - [{web_time(request.at or 0)}] [4000] "{line}" {request.status} 512 '
        f'"-" "{_apache(request.agent or "-")}" "Time: 412 microsecs"'
    )


def observed(request: RecordedRequest, number: int = 1, policy: str = "tq_url_whitelist") -> str:
    """A line of a message action in ns.log."""
    moment = datetime.fromtimestamp(request.at or 0, UTC)
    session = str(request.session).upper()
    return (
        f"{moment:%b} {moment.day:2d} {moment:%H:%M:%S} <local0.info> 192.0.2.1  {moment:%m/%d/%Y:%H:%M:%S} GMT ns1 0-PPE-0 : "
        f'default RESPONDER Message {number} 0 :  "{policy} would block {_vip(request)} client={request.client} session={session} '
        f'method={request.method} url={request.url}"'
    )


def _vip(request: RecordedRequest) -> str:
    host, _, port = (request.vip or "").rpartition(":")
    return f"vip={host} port={port}"


def json_line(request: RecordedRequest) -> str:
    return json.dumps(
        {
            "time": f"{datetime.fromtimestamp(request.at or 0, UTC):%Y-%m-%dT%H:%M:%SZ}",
            "client": request.client,
            "vip": request.vip,
            "method": request.method,
            "url": request.url,
            "status": request.status,
            "session": request.session,
        }
    )


def _apache(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
