# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Random writes of all types, valid and malformed: each answer is one of NITRO, a refused write changes nothing, and the resulting
configuration is written, read and written with the same text.

Takes seconds by default; `FUZZ_EXAMPLES=3000 .venv/bin/pytest tests/unit/simulator/nitro/test_writes.py` tries more.
"""

from __future__ import annotations

import asyncio
import json
import os
from random import Random
from typing import Any
from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.appliance.appliance import Appliance
from simulator.configuration import nsconf_reader, nsconf_writer
from simulator.network.requests import Headers
from simulator.network.responses import REASONS
from simulator.nitro import dispatcher
from simulator.nitro.call import Call
from simulator.nitro.parsing import parse_target
from simulator.nitro.reply import Reply, render
from simulator.types import BINDINGS, ENTRIES, TYPES, Binding, Type
from simulator.types.errors import MESSAGES
from tests import sample
from tests.unit.simulator.rows import NAMES, appliance, key_of, row

LONG = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES") or sample.examples(60)),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
SURROUNDINGS = {  # so that references are found as often as missed
    "server": [{"name": "n1", "ipaddress": "192.0.2.1"}],
    "lbvserver": [{"name": name, "servicetype": "HTTP"} for name in NAMES[:3]],
    "csvserver": [{"name": name, "servicetype": "HTTP"} for name in NAMES[:3]],
    "vpnvserver": [{"name": name, "servicetype": "SSL"} for name in NAMES[:3]],
    "authenticationvserver": [{"name": name, "servicetype": "SSL"} for name in NAMES[:3]],
    "responderaction": [{"name": "n1", "type": "respondwith", "target": '"x"'}],
    "responderpolicy": [{"name": "n1", "rule": "TRUE", "action": "NOOP"}],
    "policypatset": [{"name": "n2"}],
    "rewriteaction": [{"name": "n1", "type": "delete_http_header", "target": "X"}],
    "rewritepolicy": [{"name": "n2", "rule": "TRUE", "action": "NOREWRITE"}],
    "rewritepolicylabel": [{"labelname": "n1", "transform": "http_req"}],
    "appfwprofile": [{"name": "n1"}],
    "appfwpolicy": [{"name": "n3", "rule": "TRUE", "profilename": "APPFW_BYPASS"}],
    "appfwpolicylabel": [{"labelname": "n1", "policylabeltype": "http_req"}],
}
MALFORMED = [None, [], {}, [{}], "", " ", "\0", "é" * 200, "😀", "a" * 9000, -1, 0, 10**20, 1.5, True, "NONSENSE", "yes", "TRUE ||",
             'HTTP.REQ.URL.EQUALS_ANY("nope")', "10.0.0.0/33", "2001:db8::/129", "9-1", ["a", 1], {"a": "b"}]  # fmt: skip
OTHERS = [  # types without an entry in the table, and further verbs
    ("nsfeature", "enable", {"feature": ["LB", "RESPONDER"]}),
    ("nsfeature", "disable", {"feature": ["RESPONDER"]}),
    ("nsmode", "enable", {"mode": ["FR"]}),
    ("nsacls", "apply", {}),
    ("nsacls", "renumber", {}),
    ("nsacls", "clear", {}),
    ("nsacls6", "apply", {}),
    ("nssimpleacl", "clear", {}),
    ("nsconfig", "save", {}),
    ("nsconfig", "diff", {}),
    ("locationdata", "clear", {}),
    ("sslcertkey", "link", {"certkey": "n2", "linkcertkeyname": "n1"}),
    ("sslcertkey", "unlink", {"certkey": "n2"}),
    ("sslcertkey", "update", {"certkey": "n1", "cert": "n2.crt", "key": "n2.key", "nodomaincheck": True}),
    ("vserver", "disable", {"name": "n1"}),
    ("hanode", "", {"id": 0, "hellointerval": 400}),
    ("macroapi", "", {}),
    ("nonsense", "", {"name": "n1"}),
]


def spoilt(content: dict[str, Any], luck: Random) -> dict[str, Any]:
    """Return a row with an error, or a valid one by chance."""
    spoiled = dict(content)
    for _ in range(luck.randint(1, 2)):
        name = luck.choice([*content, "nonsense", "NAME"]) if luck.random() < 0.9 else ""
        if luck.random() < 0.3:
            spoiled.pop(name, None)
        else:
            spoiled[name] = luck.choice(MALFORMED)
    return spoiled


def request(luck: Random) -> tuple[str, str, Any, dict[str, str]]:
    """Return method, target, payload and headers of one write."""
    headers = {"X-NITRO-ONERROR": luck.choice(["exit", "continue", "rollback", "rollback", "no"])}
    options = [luck.choice(["warning=yes", "idempotent=yes"])] if luck.random() < 0.2 else []
    if luck.random() < 0.1:
        name, action, content = luck.choice(OTHERS)
        options += [f"action={action}"] if action else []
        headers = headers if name == "macroapi" else {}
        payload = {"macroapi": macro(luck)}.get(name, {name: spoilt(content, luck) if luck.random() < 0.2 else content})
        return "PUT" if name == "hanode" else "POST", target(name, "", options), payload, headers
    entry = luck.choice(ENTRIES)
    made = [row(entry, luck) for _ in range(1 if luck.random() < 0.85 else luck.randint(0, 4))]
    made = [spoilt(content, luck) if luck.random() < 0.35 else content for content in made]
    first = made[0] if made else {}
    method = luck.choice(["POST", "POST", "POST", "PUT", "PUT", "DELETE"])
    if isinstance(entry, Type) and not entry.can_create and luck.random() < 0.8:
        method = "PUT"
    if method == "PUT" and isinstance(entry, Type) and luck.random() < 0.7:  # mostly without what cannot be changed
        made = [{name: item for name, item in content.items() if _changes(entry, name)} for content in made]
    if method == "DELETE":
        return (
            method,
            target(entry.name, str(first.get(key_of(entry), "")), [*options, *arguments(entry, first)]),
            None,
            {},
        )
    if method == "POST" and luck.random() < 0.3:
        known = entry.actions if isinstance(entry, Type) else ()
        action = luck.choice([*(known * 3), "unset", "rename", "Rename", "Import", "%"])
        options.append(f"action={action}")
        made = [acted(action, entry, content, luck) for content in made]
    payload = {entry.name: made[0] if len(made) == 1 else made}
    return method, target(entry.name, "", options), payload, headers if len(made) > 1 and luck.random() < 0.8 else {}


def _changes(entry: Type, name: str) -> bool:
    return name == entry.key or name not in entry.by_name or not entry.by_name[name].create_only


def acted(action: str, entry: Type | Binding, content: dict[str, Any], luck: Random) -> dict[str, Any]:
    key = {name: content[name] for name in (key_of(entry),) if name in content}
    if action == "rename":
        return {**key, "newname": luck.choice(NAMES)}
    if action == "unset":
        few = sorted(content)
        return {**key, **dict.fromkeys(luck.sample(few, min(len(few), luck.randint(0, 3))), True)}
    return key if luck.random() < 0.8 else content


def macro(luck: Random) -> dict[str, Any]:
    return {entry.name: [row(entry, luck) for _ in range(luck.randint(0, 2))] for entry in luck.sample(ENTRIES, 2)}


def arguments(entry: Type | Binding, content: dict[str, Any]) -> list[str]:
    names = entry.unbind_args if isinstance(entry, Binding) else {"location": ("ipto",)}.get(entry.name, ())
    pairs = [f"{name}:{quote(str(content[name]), safe='')}" for name in names if name in content]
    return [f"args={','.join(pairs)}"] if pairs else []


def target(name: str, object_: str, options: list[str]) -> str:
    path = f"/nitro/v1/config/{name}" + (f"/{quote(quote(object_, safe=''), safe='')}" if object_ else "")
    return path + ("?" + "&".join(options) if options else "")


def send(box: Appliance, method: str, where: str, payload: Any, headers: dict[str, str]) -> Reply:
    parsed = parse_target(where)
    assert parsed is not None
    sent = {**headers, "X-NITRO-USER": "nsroot", "X-NITRO-PASS": "nsroot"}
    given_ = Headers([(name.encode(), value.encode()) for name, value in sent.items()])
    body = b"" if payload is None else json.dumps(payload).encode()
    return asyncio.run(dispatcher.answer(Call(box, box.nodes[0], method, parsed), given_, body))


def state(box: Appliance) -> list[tuple[str, str, bool]]:
    return [
        (nsconf_writer.text(box.build, node.running), nsconf_writer.text(box.build, node.saved), node.changed)
        for node in box.nodes
    ]


@LONG
@given(seed=st.integers(0, 2**48))
def test_writes(seed: int) -> None:
    luck = Random(seed)
    box = appliance(nodes=luck.choice([1, 2]), configuration=SURROUNDINGS)
    for _ in range(luck.randint(1, 12)):
        method, where, payload, headers = request(luck)
        before = state(box)
        reply = send(box, method, where, payload, headers)
        call = f"{method} {where} {json.dumps(payload)[:600]} {headers} -> {reply.status} {reply.fields}"
        assert reply.status in REASONS, call
        assert reply.status not in (500, 501, 502), call
        content = json.loads(render(method, reply, 0.0, False).content or b"{}")
        failed = reply.status >= 400 or reply.status == 207
        if failed:
            assert content["severity"] == "ERROR", call
            assert content["errorcode"] in MESSAGES, call
            assert {entry["errorcode"] for entry in content.get("response", ())} <= {0, *MESSAGES}, call
        if reply.status >= 400 or (failed and headers.get("X-NITRO-ONERROR") == "rollback"):
            assert state(box) == before, call
    text = state(box)[0][0]
    assert {running for running, _, _ in state(box)} == {text}  # both nodes of a pair get the same commands
    loaded = nsconf_reader.load(text, box)
    assert loaded.unknown == []
    assert nsconf_writer.text(box.build, loaded.configuration) == text
    for name in (*TYPES, *BINDINGS):
        reply = send(box, "GET", target(name, "", ["bulkbindings=yes"]), None, {})
        assert reply.status == 200, (name, reply.fields)


def test_most_writes_are_accepted() -> None:
    """The property is tested only if some writes are accepted and some refused."""
    answers = []
    for seed in range(100):
        luck, box = Random(seed), appliance(configuration=SURROUNDINGS)
        answers += [send(box, *request(luck)).status for _ in range(10)]
    taken = sum(status < 300 and status != 207 for status in answers)
    assert 0.15 < taken / len(answers) < 0.85
