# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each indicator that only a shell shows is found in what that shell prints: one case for each, made from the catalogue."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import load_catalogue
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import Fixed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.ourselves import Ourselves
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.own_runs import OwnScript
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting import shell_half
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting.shell_half import (
    BIN_SH,
    KINDS,
    OF_NOBODY,
    PERMISSIONS,
    PHP,
    PORTS,
    PROCESSES,
    READABLE,
    SETUID,
    SSH,
    ShellHalf,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.compiled_indicators import (
    Clue,
    clues_of,
    general_clues,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.general_rules import (
    CONNECTION,
    FOREIGN,
    LISTENER,
    OUTWARD,
)

CATALOGUE = Path(__file__).parents[5] / "templates" / "mitigations"
CLUES = [one for one in clues_of(load_catalogue(CATALOGUE)) if one.kind in KINDS and SSH in one.indicator.seen_by]
OF_SHELL = [one for one in general_clues() if one.kind in KINDS]
RULES = {one.kind: one for one in reversed(OF_SHELL)}
BY_WORDS = {one.indicator.values[0]: one for one in OF_SHELL}
PLACES = [(clue, place) for clue in CLUES for place in clue.indicator.places if clue.kind == "permissions"]
HEADS = {PROCESSES: b"USER PID COMMAND\nroot 1 /sbin/init\n", PORTS: b"USER COMMAND PID\nroot sshd 2 3 tcp4 *:22 *:*\n"}
QUIET = {
    **dict.fromkeys((SETUID, OF_NOBODY, READABLE, PHP), b""),
    BIN_SH: b"-r-xr-xr-x  1 root  wheel  9 Jan  1 00:00 /bin/sh\n",
    **HEADS,
}


def looked(monkeypatch: pytest.MonkeyPatch, clue: Clue, printed: dict[str, bytes]) -> tuple[list[Any], ShellHalf]:
    """Return what one clue finds in what the scripts print."""

    def run(_account: Any, _host: str, script: str, **_more: Any) -> bytes:
        return {**QUIET, **printed}[script.partition("; status=$?")[0]] + b"\nstatus=0\n"

    monkeypatch.setattr(shell_half, "run_script", run)
    account, fixed = SimpleNamespace(), SimpleNamespace(of=lambda _entries, _time: Fixed.UNKNOWN)
    half = ShellHalf("gw", "10.1.0.1", "10.1.0.1", cast(Any, account), cast(Any, fixed))
    return half.findings([clue]), half


def words(clue: Clue) -> str:
    return clue.indicator.values[0]


def name_of(one: Any) -> str:
    clue, place = one if isinstance(one, tuple) else (one, "")
    return f"{clue.kind}-{words(clue)[:30]}-{place}"


def test_the_catalogue_has_such_indicators_of_each_kind() -> None:
    assert {clue.kind for clue in CLUES} == set(KINDS)
    assert {words(clue) for clue in CLUES if clue.kind == "permissions"} == PERMISSIONS.keys()


@pytest.mark.parametrize("one", PLACES, ids=name_of)
def test_a_file_is_found_at_each_place_that_an_indicator_names(
    monkeypatch: pytest.MonkeyPatch, one: tuple[Clue, str]
) -> None:
    clue, place = one
    check = PERMISSIONS[words(clue)]
    if check.script == BIN_SH:
        printed = {BIN_SH: b"-r-sr-sr-x  1 root  wheel  9 Jan  1 00:00 /bin/sh\n"}
        found, half = looked(monkeypatch, clue, printed)
        assert [finding.where for finding in found] == ["/bin/sh"]
        return
    for path in (place, f"{place.rstrip('/')}/dropped.php", f"{place.rstrip('/')}/deep/er/dropped.php"):
        printed = {check.script: f"{path}\0/elsewhere/y.php\0".encode()}
        found, half = looked(monkeypatch, clue, printed)
        paths = [name for finding in found for name in finding.where.split(", ")]
        elsewhere = ["/elsewhere/y.php"] if place == "/" else []
        assert paths == [path, *elsewhere], "there, and nowhere else"
        assert half.not_seen == []


@pytest.mark.parametrize("clue", [one for one in CLUES if one.kind == "ports"], ids=name_of)
def test_each_port_of_an_indicator_is_found(monkeypatch: pytest.MonkeyPatch, clue: Clue) -> None:
    for port in clue.indicator.values:
        protocol, _slash, numbers = port.partition("/")
        for number in numbers.split("-"):
            line = f"nobody x 77 3 {protocol}4 *:{number} *:*\n".encode()
            found, half = looked(monkeypatch, clue, {PORTS: HEADS[PORTS] + line})
            assert [finding.where for finding in found] == ["listening ports"], port
            assert half.not_seen == []


@pytest.mark.parametrize("clue", [one for one in CLUES if one.kind == "processes"], ids=name_of)
def test_each_process_of_an_indicator_is_found(monkeypatch: pytest.MonkeyPatch, clue: Clue) -> None:
    """Each names one pattern; the line is that of the dropped program of public reports."""
    assert len(clue.indicator.values) == 1
    line = b"nobody 77 0.0 0.0 1 1 ?? S 1:00 0:00.1 /var/tmp/netscalerd\n"
    found, _half = looked(monkeypatch, clue, {PROCESSES: HEADS[PROCESSES] + line})
    assert [finding.where for finding in found] == ["processes"]


@pytest.mark.parametrize(
    ("user", "command", "is_found"),
    [
        ("nobody", "sh -c /bin/httpd", True),
        ("nobody", "/bin/sh /var/tmp/x", True),
        ("nobody", "-bash", True),
        ("nobody", "/usr/bin/perl -e x", True),
        ("nobody", "python3.7 -c x", True),
        ("nobody", "nc 192.0.2.66 443", True),
        ("nobody", "/bin/httpd -f /etc/httpd.conf", False),
        ("nobody", "/bin/httpd -k sh", False),
        ("root", "/bin/sh /netscaler/x", False),
    ],
)
def test_a_shell_of_nobody_is_found_whatever_its_arguments_are(
    monkeypatch: pytest.MonkeyPatch, user: str, command: str, is_found: bool
) -> None:
    line = f"{user} 77 0.0 0.0 20480 4096 ??  S 1:00AM 0:00.01 {command}\n".encode()
    found, half = looked(monkeypatch, RULES["processes"], {PROCESSES: HEADS[PROCESSES] + line})
    assert [finding.where for finding in found] == (["processes"] if is_found else [])
    assert half.not_seen == []


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("nobody sh 77 3 tcp4 10.0.0.1:51234 192.0.2.66:443", True),
        ("nobody x 77 3 tcp6 fe80::1:51234 2001:db8::66:443", True),
        ("nobody httpd 77 3 tcp4 127.0.0.1:81 127.0.0.1:51234", False),
        ("nobody httpd x 77 3 tcp4 10.0.0.1:51234 192.0.2.66:443", True),
        ("nobody x 77 3 tcp4 *:9909 *:*", False),
        ("root sh 77 3 tcp4 10.0.0.1:51234 192.0.2.66:443", False),
    ],
)
def test_a_connection_of_a_program_of_nobody_is_found(
    monkeypatch: pytest.MonkeyPatch, line: str, is_found: bool
) -> None:
    assert RULES["ports"].indicator.values == (CONNECTION,)
    found, half = looked(monkeypatch, RULES["ports"], {PORTS: HEADS[PORTS] + line.encode() + b"\n"})
    assert [finding.where for finding in found] == (["connections"] if is_found else [])
    assert half.not_seen == []


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("nobody 77 0.0 0.0 2 4 ?? S 1:00 0:00.1 /var/tmp/bin/httpd -f /etc/httpd.conf", True),
        ("nobody 77 0.0 0.0 2 4 ?? S 1:00 0:00.1 ./x /bin/httpd", True),
        ("nobody 77 0.0 0.0 2 4 ?? S 1:00 0:00.1 httpd", True),
        ("nobody 77 0.0 0.0 2 4 ?? S 1:00 0:00.1 /bin/httpd -f /etc/httpd.conf", False),
        ("nobody 77 0.0 0.0 0 0 ?? Z 1:00 0:00.0 <defunct>", False),
        ("nobody 77 0.0 0.0 0 0 ?? IW 1:00 0:00.0 [httpd]", False),
        ("nobody 77 0.0 0.0 0 0 ?? E 1:00 0:00.0 [httpd]", False),
        ("nobody 77 0.0 0.0 2 4 ?? S 1:00 0:00.1 [httpd]", True),
        ("nobody 77 0.0 0.0 0 0 ?? IW 1:00 0:00.0 [x]", True),
        ("root 77 0.0 0.0 2 4 ?? S 1:00 0:00.1 /var/x", False),
        ("nobody 77", False),
    ],
)
def test_a_program_of_nobody_that_is_not_the_web_server(
    monkeypatch: pytest.MonkeyPatch, line: str, is_found: bool
) -> None:
    """Seen: a program in a directory named bin with the name httpd was taken for the web server."""
    found, half = looked(monkeypatch, BY_WORDS[FOREIGN], {PROCESSES: HEADS[PROCESSES] + line.encode() + b"\n"})
    assert [finding.where for finding in found] == (["processes"] if is_found else [])
    assert half.not_seen == []


WEB_SERVER = b"root httpd 70 4 tcp4 *:80 *:*\nroot httpd 70 5 tcp4 10.1.0.1:443 *:*\nnobody httpd 71 4 tcp4 *:80 *:*\n"


@pytest.mark.parametrize(
    ("line", "words", "is_found"),
    [
        ("nobody httpd 77 9 tcp4 10.1.0.1:51234 192.0.2.66:443", OUTWARD, True),
        ("nobody httpd 77 9 tcp6 2001:db8::1:51234 2001:db8::66:443", OUTWARD, True),
        ("nobody httpd 77 9 tcp4 10.1.0.1:443 192.0.2.9:51234", OUTWARD, False),
        ("nobody httpd 77 9 tcp4 127.0.0.1:51234 127.0.0.1:3010", OUTWARD, False),
        ("nobody httpd 77 9 tcp4 10.1.0.1:51234 10.1.0.1:3010", OUTWARD, False),
        ("root httpd 77 9 tcp4 10.1.0.1:51234 192.0.2.66:443", OUTWARD, False),
        ("nobody httpd 77 9 tcp4 *:9909 *:*", OUTWARD, False),
        ("nobody httpd 77 9 tcp4 *:9909 *:*", LISTENER, True),
        ("nobody httpd 77 9 udp6 ::1:53421 *:*", LISTENER, True),
        ("nobody httpd 77 9 tcp4 *:80 *:*", LISTENER, False),
        ("nobody httpd 77 9 tcp4 *:443 *:*", LISTENER, False),
        ("nobody httpd 77 9 tcp4 10.1.0.1:51234 192.0.2.66:443", LISTENER, False),
        ("root x 77 9 tcp4 *:9909 *:*", LISTENER, False),
        ("nobody httpd 77 9 tcp4 *:* *:*", LISTENER, False),
        ("nobody x y 77 9 tcp4 *:9909 *:*", LISTENER, True),
        ("nobody x y z 77 9 tcp4 *:9909 *:*", LISTENER, True),
    ],
)
def test_sockets_that_the_web_server_does_not_have(
    monkeypatch: pytest.MonkeyPatch, line: str, words: str, is_found: bool
) -> None:
    """Seen: of a program that calls itself httpd no socket was looked at, but for a few ports."""
    printed = HEADS[PORTS] + WEB_SERVER + line.encode() + b"\n"
    found, half = looked(monkeypatch, BY_WORDS[words], {PORTS: printed})
    where = "listening ports" if words == LISTENER else "connections"
    assert [finding.where for finding in found] == ([where] if is_found else [])
    assert half.not_seen == []


@pytest.mark.parametrize(
    ("line", "later", "is_found"),
    [
        ("nobody httpd 77 9 udp4 *:53421 *:*", "", False),
        ("nobody httpd 77 9 udp4 *:53421 *:*", "nobody httpd 77 9 udp4 *:61234 *:*", False),
        ("nobody httpd 77 9 udp4 *:53421 *:*", "nobody httpd 77 9 udp4 *:53421 *:*", True),
        ("nobody x 77 9 udp4 *:53421 *:*", "", True),
        ("nobody httpd 77 9 tcp4 *:53421 *:*", "", True),
    ],
)
def test_a_socket_of_the_resolver_is_gone_at_the_second_look(
    monkeypatch: pytest.MonkeyPatch, line: str, later: str, is_found: bool
) -> None:
    """Each program that asks for a name has a UDP socket without another end for a moment."""
    tables = iter((line, later))

    def run(_account: Any, _host: str, script: str, **_more: Any) -> bytes:
        assert script.startswith(PORTS)
        return HEADS[PORTS] + WEB_SERVER + next(tables).encode() + b"\n\nstatus=0\n"

    monkeypatch.setattr(shell_half, "run_script", run)
    half = ShellHalf(
        "gw", "10.1.0.1", "10.1.0.1", cast(Any, None), cast(Any, SimpleNamespace(of=lambda *_: Fixed.UNKNOWN))
    )
    assert bool(half.findings([BY_WORDS[LISTENER]])) is is_found
    assert half.not_seen == []


def test_a_second_look_that_fails_takes_nothing_back(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = b"nobody httpd 77 9 udp4 *:53421 *:*\nnobody httpd 77 8 tcp4 10.1.0.1:51234 192.0.2.66:443\n"
    answers = iter((HEADS[PORTS] + lines + b"\nstatus=0\n",))

    def run(*_arguments: Any, **_more: Any) -> bytes:
        for answer in answers:
            return answer
        raise TourniquetError("the node is away")

    monkeypatch.setattr(shell_half, "run_script", run)
    half = ShellHalf(
        "gw", "10.1.0.1", "10.1.0.1", cast(Any, None), cast(Any, SimpleNamespace(of=lambda *_: Fixed.UNKNOWN))
    )
    found = half.findings([BY_WORDS[LISTENER], BY_WORDS[OUTWARD]])
    assert [one.where for one in found] == ["listening ports", "connections"], "the first look counts for the others"
    assert [one.why for one in half.not_seen] == ["the node is away"]


def test_a_port_of_a_connection_is_none_that_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever connects gets any port: only one that listens is that of an indicator."""
    clue = next(one for one in CLUES if one.kind == "ports")
    number = clue.indicator.values[0].partition("/")[2].partition("-")[0]
    line = f"root ssh 77 3 tcp4 10.0.0.1:{number} 192.0.2.9:22\nnobody x 78 3 udp4 10.0.0.1:{number} 192.0.2.9:22\n"
    found, _half = looked(monkeypatch, clue, {PORTS: HEADS[PORTS] + line.encode()})
    assert found == []


@pytest.mark.parametrize("clue", [*CLUES, *OF_SHELL], ids=name_of)
def test_a_clean_node_has_nothing(monkeypatch: pytest.MonkeyPatch, clue: Clue) -> None:
    found, half = looked(monkeypatch, clue, {})
    assert (found, half.not_seen) == ([], [])


def test_a_process_with_the_path_of_our_script_is_found_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody can name a process so: the finding keeps its level, and says what the name may mean."""
    clue = next(clue for clue in CLUES if clue.kind == "processes")
    script = OwnScript("/var/tmp/netscalerd", frozenset({"x"}), "/var/cron/tabs/root", "x", frozenset())
    line = f"nobody 77 0.0 0.0 1 1 ?? S 1:00 0:00.1 {script.path}\n".encode()
    _found, half = looked(monkeypatch, clue, {PROCESSES: HEADS[PROCESSES] + line})
    half.ours = Ourselves("gw", script=script)
    (one,) = half.findings([clue])
    assert one.level is clue.level
    assert one.evidence.endswith("it has the path of our script, and anybody can name a process so")
