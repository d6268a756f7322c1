# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No message of ours carries text of the client that is not encoded: for every template, and for each place that a client writes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import jinja2
import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import (
    Document,
    parse_document,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.foreign_entry import documents
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import (
    load_mitigation,
    with_measure,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.url_whitelist.measure import (
    load_url_whitelist,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.log_messages import (
    LOG_ACTION,
    problems_of_messages,
    unencoded,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.names import Names

from tests.played_together import played_together

TEMPLATES = Path(__file__).parents[4] / "templates"
CATALOGUE = TEMPLATES / "mitigations"
GEOBLOCK = TEMPLATES / "measures" / "geoblock" / "v1" / "policies.yml.j2"
NAMES = Names()
LIST = {"vserver": "gw", "kind": "vpn", "base": ["gateway"]}


def of_mitigations() -> Iterator[tuple[str, Document]]:
    for name in with_measure(CATALOGUE):
        directory = CATALOGUE / name
        if any(directory.glob("v*.yml.j2")):
            for version, document in documents(directory, load_mitigation(directory)):
                yield f"{name} v{version}", document


def of_whitelists() -> Iterator[tuple[str, Document]]:
    for mode in ("observe", "enforce"):
        made = load_url_whitelist([{**LIST, "mode": mode}], "gw1", date(2026, 11, 28))
        yield f"url_whitelist {mode}", made.document(Owner("url_whitelist", 1), where="gw1", marker="")


def of_geoblocks() -> Iterator[tuple[str, Document]]:
    values: dict[str, Any] = {"action": "NOOP", "log_action": "tq_geoblock", "priority": 10, "marker": ""}
    values |= {"matches": [{"name": "tq_geoblock", "rule": "true"}]}
    values |= {"placements": [{"policy": "tq_geoblock", "kind": "vpn", "vserver": "gw", "bindpoint": "REQUEST"}]}
    template = jinja2.Template(GEOBLOCK.read_text(encoding="utf-8"), trim_blocks=True, lstrip_blocks=True)
    for blocks in (True, False):
        for located in (True, False):
            text = template.render(values, blocks=blocks, located=located)
            yield f"geoblock {blocks} {located}", parse_document(text, Owner("geoblock", 1), where="gw1")


EVERY = [*of_mitigations(), *of_whitelists(), *of_geoblocks()]


@played_together(("name", "document"), EVERY, ids=[name for name, _document in EVERY])
def test_no_message_of_a_template_carries_what_a_client_wrote(name: str, document: Document) -> None:
    assert list(problems_of_messages(document.objects)) == [], name


def test_every_template_with_a_message_is_tried() -> None:
    """A new template with a log action must be added above."""
    with_messages = {
        path for path in TEMPLATES.rglob("*.j2") if "stringbuilderexpr" in path.read_text(encoding="utf-8")
    }
    tried = {CATALOGUE / name.split()[0] / f"{name.split()[1]}.yml.j2" for name, _document in of_mitigations()}
    tried |= {GEOBLOCK, TEMPLATES / "measures" / "url_whitelist" / "v1.yml.j2"}
    assert with_messages <= tried
    assert all(LOG_ACTION in {type_ for type_, _key in document.objects} for name, document in of_geoblocks())
    assert sum(LOG_ACTION in {type_ for type_, _key in document.objects} for _name, document in EVERY) > len(
        with_messages
    )


@pytest.mark.parametrize(
    "message",
    [
        '"blocked"',
        '"blocked " + CLIENT.IP.SRC + " " + HTTP.REQ.URL.HTTP_URL_SAFE',
        '"a" + HTTP.REQ.HEADER("User-Agent").VALUE(0).HTTP_URL_SAFE',
        '"a " + HTTP.REQ.URL.PATH.HTTP_URL_SAFE + " method=" + HTTP.REQ.METHOD',
        '"a" + HTTP.REQ.HOSTNAME.B64ENCODE',
        '"words with | and $( of our own"',
    ],
)
def test_what_is_encoded_may_be_written(message: str) -> None:
    assert unencoded(message, NAMES) == ""


@played_together(
    "message",
    [
        "HTTP.REQ.URL",
        '"a " + HTTP.REQ.URL.PATH',
        '"a " + HTTP.REQ.URL.DECODE_USING_TEXT_MODE',
        '"a" + HTTP.REQ.URL.QUERY.VALUE("name")',
        '"a" + HTTP.REQ.HEADER("User-Agent").VALUE(0)',
        '"a" + HTTP.REQ.HEADER("X-Own").VALUE(0)',
        '"a" + HTTP.REQ.HOSTNAME',
        '"a" + HTTP.REQ.COOKIE.VALUE("NSC_X")',
        '"a" + HTTP.REQ.URL.HTTP_URL_SAFE + HTTP.REQ.URL.SUFFIX',
        '"a" + HTTP.REQ.HEADER("a").VALUE(0).HTTP_HEADER_SAFE',
        '"a" + HTTP.REQ.HEADER("a").VALUE(0).HTML_XML_SAFE',
        '"a" + HTTP.REQ.BODY(100)',
    ],
)
def test_each_place_that_a_client_writes_is_refused(message: str) -> None:
    assert "text of the client that is not encoded (CVE-2026-88771)" in unencoded(message, NAMES)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ('"a\\r\\n"', "a control character"),
        ('"a" + HTTP.REQ.FULL_HEADER', "a control character"),
        ("SYS.NOTHING", "what it writes cannot be evaluated"),
        ('"a" + theirs', "what it writes cannot be evaluated"),
    ],
)
def test_what_cannot_be_told_is_refused(message: str, reason: str) -> None:
    assert reason in unencoded(message, NAMES)


def test_the_safety_check_of_the_appliance_stays_on() -> None:
    row = {"name": "tq_x", "loglevel": "WARNING", "stringbuilderexpr": '"a"', "bypasssafetycheck": "YES"}
    assert list(problems_of_messages({(LOG_ACTION, ("tq_x",)): row})) == [
        "log action tq_x: bypasssafetycheck must be NO"
    ]
