# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The vendor's rule of CTX267027 against the attack variants that were public in January 2020."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import (
    UNDETERMINED,
    Ambiguity,
    Request,
    compile_expression,
    substitute,
)

from tests.played_together import played_together
from tests.unit.plugin_utils.policy_language.evaluation import value

RULE = (
    'HTTP.REQ.URL.DECODE_USING_TEXT_MODE.CONTAINS("/vpns/") && '
    '(!CLIENT.SSLVPN.IS_SSLVPN || HTTP.REQ.URL.DECODE_USING_TEXT_MODE.CONTAINS("/../"))'
)
HARDENED = RULE.replace("URL.", "URL.SET_TEXT_MODE(URLENCODED).SET_TEXT_MODE(IGNORECASE).")

PLAIN_ATTACKS = [
    "/vpn/../vpns/",  # CISA check-cve-2019-19781, Citrix CTX269180
    "/vpn/../vpns/cfg/smb.conf",  # Nuclei, TrustedSec scanner
    "/vpns/cfg/smb.conf",  # without traversal: NSIP (Sigma rule)
    "/vpns/portal/scripts/",
    "/vpns/portal/scripts/newbm.pl",
    "https://gw.example.com/vpns/portal/scripts/newbm.pl",
]
ENCODED_ATTACKS = [
    "/vpn/js/%2e./.%2e/%76pns/cfg/smb.conf",  # TrustedSec scanner, 14 January 2020
    "/vpn/../%76pns/cfg/smb.conf",  # single letters: FireEye indicator scanner
    "/vpn/../v%70ns/cfg/smb.conf",
    "/vpn/../vp%6es/cfg/smb.conf",
    "/vpn/../vp%6Es/cfg/smb.conf",
    "/vpn/../vpn%73/cfg/smb.conf",
    "/vpn/%2e%2e%2Fvpns%2Fcfg/smb.conf",
]
LEGITIMATE = [
    "/",
    "/vpn/index.html",
    "/logon/LogonPoint/index.html",
    "/vpn/js/rdx/core/lang/rdx_en.json.gz",
    "/vpns",
    "/vpn/images/100%25.png",
]


@played_together("method", ["GET", "POST", "HEAD", "PUT"])
@played_together("url", PLAIN_ATTACKS)
def test_plain_attacks_match_whatever_is_open(url: str, method: str) -> None:
    assert value(RULE, url=url, method=method) is True


@pytest.mark.parametrize("url", ENCODED_ATTACKS)
def test_encoded_attacks_match_only_if_the_url_is_urlencoded_by_default(url: str) -> None:
    assert value(RULE, url=url) is UNDETERMINED
    urlencoded, as_bytes = (
        compile_expression(RULE, readings={Ambiguity.URL_TEXT: mode}) for mode in ("urlencoded", "bytes")
    )
    assert urlencoded.evaluate(Request(url=url)) is True
    assert as_bytes.evaluate(Request(url=url)) is False


@played_together("url", [*PLAIN_ATTACKS, *ENCODED_ATTACKS, "/VPNS/portal/scripts/newbm.pl"])
def test_hardened_rule_matches_every_variant_whatever_is_open(url: str) -> None:
    assert value(HARDENED, url=url) is True


@pytest.mark.parametrize("url", ["/vpn/%2e%2e/vpns/cfg/smb.conf", "/vpn/..%2fvpns/cfg/smb.conf"])
def test_encoded_dots_or_slash(url: str) -> None:
    assert value(HARDENED, url=url) is True
    assert value(HARDENED, url=url, is_sslvpn=True) is True


def test_traversal_inside_a_session_matches() -> None:
    assert value(RULE, url="/vpn/../vpns/cfg/smb.conf", is_sslvpn=True) is True


@pytest.mark.parametrize("url", ["/vpns/services.html", "/vpns/portal/homepage.html"])
def test_vpns_inside_a_session_passes(url: str) -> None:
    assert value(RULE, url=url, is_sslvpn=True) is False


@played_together("is_sslvpn", [False, True])
@played_together("url", LEGITIMATE)
def test_legitimate_requests_pass(url: str, is_sslvpn: bool) -> None:
    assert value(RULE, url=url, is_sslvpn=is_sslvpn) is False
    assert value(HARDENED, url=url, is_sslvpn=is_sslvpn) is False


def test_operators_are_case_sensitive_by_default() -> None:
    """CTX115528."""
    assert value(RULE, url="/VPNS/portal/scripts/newbm.pl") is False


@pytest.mark.parametrize("url", ["/%2576pns/portal/scripts/newbm.pl", "/%252576pns/x"])
def test_double_encoding_is_no_proof(url: str) -> None:
    assert value(RULE, url=url) is not True
    assert value(HARDENED, url=url) is not True


def test_decoding_twice_matches_double_encoding() -> None:
    """Citrix's WAF signature 998597 decodes twice by writing it twice."""
    twice = HARDENED.replace("DECODE_USING_TEXT_MODE", "DECODE_USING_TEXT_MODE.DECODE_USING_TEXT_MODE")
    assert value(twice, url="/%2576pns/portal/scripts/newbm.pl") is True


def test_backslash_is_no_slash() -> None:
    assert value(RULE, url="/vpn/..\\vpns/cfg/smb.conf") is False


def test_query_counts_as_part_of_the_url() -> None:
    assert value(RULE, url="/index.html?next=/vpns/portal/") is True


def test_rule_without_a_connection_for_policyevaluation() -> None:
    in_session = substitute(RULE, {"CLIENT.SSLVPN.IS_SSLVPN": "TRUE"})
    assert value(in_session, url="/vpns/x") is False
    assert value(in_session, url="/vpn/../vpns/x") is True
