# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The settings of receivers: strict, and no message of an error has a value."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.notifications.receivers import (
    VARIABLE,
    Event,
    Mail,
    Syslog,
    Webhook,
    parse_receivers,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.played_together import played_together

WEBHOOK = {"type": "webhook", "url": "https://chat.example/s3cret", "on": ["failed"]}
MAIL = {"type": "mail", "to": ["a@b.example"], "sender": "t@p.example", "on": ["applied", "may_go"]}

SYSLOG = {"type": "syslog", "server": "log.example", "on": ["compromise"]}


def test_defaults_and_representations_without_secrets() -> None:
    hook, mail = parse_receivers([WEBHOOK, {**MAIL, "user": "u", "password": "s3cret"}])
    assert isinstance(hook, Webhook)
    assert isinstance(mail, Mail)
    assert (hook.on, hook.timeout, str(hook)) == (frozenset({Event.FAILED}), 10.0, "the webhook at chat.example")
    assert (mail.security, mail.port, mail.server) == ("starttls", 587, "localhost")
    assert "s3cret" not in repr((hook, mail))
    (log, signed) = parse_receivers([SYSLOG, {**WEBHOOK, "secret": "s3cret-s3cret-s3cret"}])
    assert isinstance(log, Syslog)
    assert (log.protocol, log.port, log.facility, str(log)) == ("tls", 6514, 16, "the syslog server log.example")
    assert parse_receivers([{**SYSLOG, "protocol": "udp"}])[0] == replace(log, protocol="udp", port=514)
    assert "s3cret" not in repr(signed)


def test_the_receivers_of_the_page_are_valid_as_ansible_reads_them() -> None:
    """YAML 1.1 reads the key ``on`` as true, and JSON makes a text of it."""
    page = (Path(__file__).parents[5] / "docs" / "how-to" / "monitoring.md").read_text(encoding="utf-8")
    blocks = [text.partition("```")[0] for text in page.split("```yaml\n")[1:]]
    found = [value for block in blocks if (value := yaml.safe_load(block).get(VARIABLE))]
    assert [len(value) for value in found] == [2, 3]
    for value in found:
        plain = json.loads(
            json.dumps(value)
            .replace("{{ vault_chat_url }}", "https://x")
            .replace("{{ vault_dead_man_url }}", "https://x")
        )
        assert all(one.on for one in parse_receivers(plain))


@played_together(
    ("entry", "where"),
    [
        ("s3cret", r"\[0\] must have the type"),
        ({**WEBHOOK, "type": "s3cret"}, r"\[0\] must have the type"),
        ({**WEBHOOK, "url": "http://chat.example/s3cret"}, r"\[0\]\.url must be"),
        ({**WEBHOOK, "url": "https://gw.example/nitro/v1/config/nsconfig?action=clear"}, r"\[0\]\.url must be"),
        ({**WEBHOOK, "url": "https://gw.example//%254Eitro/v1/config/nsconfig"}, r"\[0\]\.url must be"),
        ({**WEBHOOK, "url": "https://gw.example/%25256eitro/v1/config/nsconfig"}, r"\[0\]\.url must be"),
        ({**WEBHOOK, "url": "https://gw.example/nitro;s3cret/v1/config/nsconfig"}, r"\[0\]\.url must be"),
        ({**WEBHOOK, "type": ["s3cret"]}, r"\[0\] must have the type"),
        ({**WEBHOOK, "headers": {"X-NITRO-PASS": "s3cret"}}, r"\[0\]\.headers must be"),
        ({**WEBHOOK, "headers": {"content-length": "0"}}, r"\[0\]\.headers must be"),
        ({**WEBHOOK, "url": "https://user:s3cret@chat.example/"}, r"\[0\]\.url must be"),
        ({**WEBHOOK, "url": "https://chat.example/s3cret\r\nX: y"}, r"\[0\]\.url must be"),
        ({**WEBHOOK, "url": "https://chat.example:99999/s3cret"}, r"\[0\]\.url must be"),
        ({**WEBHOOK, "headers": {"X": "s3cret\r\nY: z"}}, r"\[0\]\.headers must be"),
        ({**WEBHOOK, "headers": {"X:": "s3cret"}}, r"\[0\]\.headers must be"),
        ({**WEBHOOK, "headers": ["s3cret"]}, r"\[0\]\.headers must be"),
        ({**WEBHOOK, "on": []}, r"\[0\]\.on must be"),
        ({**WEBHOOK, "on": "failed"}, r"\[0\]\.on must be"),
        ({**WEBHOOK, "on": ["s3cret"]}, r"\[0\]\.on must be"),
        ({**WEBHOOK, "timeout": True}, r"\[0\]\.timeout must be"),
        ({**WEBHOOK, "timeout": 61}, r"\[0\]\.timeout must be"),
        ({**WEBHOOK, "password": "s3cret"}, r"\[0\]: a webhook has no 'password'"),
        ({**MAIL, "to": "a@b.example"}, r"\[0\]\.to must be"),
        ({**MAIL, "to": ["a@b.example\r\nBcc: s3cret@x.example"]}, r"\[0\]\.to must be"),
        ({**MAIL, "sender": "Name <t@p.example>"}, r"\[0\]\.sender must be"),
        ({**MAIL, "port": "25"}, r"\[0\]\.port must be"),
        ({**MAIL, "security": "plain"}, r"\[0\]\.security must be"),
        ({**WEBHOOK, "secret": "s3cret"}, r"\[0\]\.secret must be"),
        ({**WEBHOOK, "secret": ""}, r"\[0\]\.secret must be"),
        ({**WEBHOOK, "repeat_hours": 0}, r"\[0\]\.repeat_hours must be"),
        ({**WEBHOOK, "heartbeat_minutes": 1.5}, r"\[0\]\.heartbeat_minutes must be"),
        ({**SYSLOG, "server": "s3cret host"}, r"\[0\]\.server must be"),
        ({**SYSLOG, "protocol": "s3cret"}, r"\[0\]\.protocol must be"),
        ({**SYSLOG, "facility": "s3cret"}, r"\[0\]\.facility must be"),
        ({**SYSLOG, "user": "s3cret"}, r"\[0\]: a syslog has no 'user'"),
        ({**MAIL, "security": "none", "user": "u", "password": "s3cret"}, r"\[0\]\.user must be"),
    ],
)
def test_a_wrong_setting_is_named_without_its_value(entry: Any, where: str) -> None:
    with pytest.raises(InvalidInput, match=where) as found:
        parse_receivers([entry])
    assert "s3cret" not in str(found.value)


@pytest.mark.parametrize("value", ["s3cret", {"type": "webhook"}, [WEBHOOK] * 21, None])
def test_what_is_no_short_list_is_refused(value: Any) -> None:
    with pytest.raises(InvalidInput, match="tourniquet_notify must be a list of at most 20"):
        parse_receivers(value)
