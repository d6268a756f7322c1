# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""SSH at the management address, with the client of asyncssh: log-ons, the CLI, the shell, files, and a hostile shell."""

from __future__ import annotations

import ast
import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncssh
import pytest

import simulator as simulator_package
from simulator import Simulator
from simulator.configuration import acls
from simulator.node import file_tree
from simulator.node.node import Node
from simulator.shell import file_transfer, sessions, ssh_server
from simulator.shell.file_transfer import FileTransfer
from simulator.userland import limits

KEY = asyncssh.generate_private_key("ssh-ed25519")
FLEET: dict[str, Any] = {
    "as_of": "2020-01-15T03:00:00Z",
    "switches": {"boot_seconds": 0.0},
    "appliances": {
        "gw": {
            "build": "13.0 47.22",
            "nodes": ["127.21.1.11:0"],
            "ssh_port": 0,
            "users": {"nsroot": "nsroot", "reader": "reader", "admin": "admin", "api": "api"},
            "features": ["LB", "RESPONDER"],
            "configuration": {
                "systemuser_systemcmdpolicy_binding": [
                    {"username": "reader", "policyname": "read-only", "priority": 1},
                ],
            },
            "files": {
                "/nsconfig/ssh/authorized_keys": "# keys\nnot a key\n" + KEY.export_public_key().decode(),
                "/var/vpn/theme/x.php": {"content": "<?php\n", "owner": "nobody", "group": "nobody", "mode": "0644"},
            },
        },
    },
}


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator(FLEET) as simulator:
        yield simulator


@pytest.fixture
def simulator(running: Simulator) -> Simulator:
    running.reset()
    return running


@pytest.fixture
def node(simulator: Simulator) -> Node:
    return simulator.fleet.appliances["gw"].nodes[0]


def connect(simulator: Simulator, user: str = "nsroot", password: str | None = None, **more: Any) -> Any:
    place = simulator.ready["appliances"]["gw"]["nodes"][0]
    known = asyncssh.import_known_hosts(f"[{place['address']}]:{place['ssh_port']} {place['ssh_host_key']}\n")
    given = {"client_keys": None, "password": user if password is None else password, **more}
    return asyncssh.connect(
        place["address"], place["ssh_port"], username=user, known_hosts=known, config=None, agent_path=None, **given
    )


def with_connection(simulator: Simulator, work: Callable[[Any], Awaitable[Any]], **more: Any) -> Any:
    async def main() -> Any:
        async with connect(simulator, **more) as connection:
            return await work(connection)

    return asyncio.run(asyncio.wait_for(main(), 20))


def ssh(simulator: Simulator, *commands: str, **more: Any) -> list[Any]:
    """Return the results of commands that one connection sends."""

    async def work(connection: Any) -> list[Any]:
        options = {"encoding": "utf-8", "errors": "surrogateescape", "stdin": asyncssh.DEVNULL}
        return [await connection.run(command, **options) for command in commands]

    return list(with_connection(simulator, work, **more))


def outputs(simulator: Simulator, *commands: str, **more: Any) -> list[str]:
    return [str(result.stdout) for result in ssh(simulator, *commands, **more)]


def typed(simulator: Simulator, text: str, terminal: str | None = None, **more: Any) -> str:
    """Return what an interactive session prints for lines, until it ends."""

    async def work(connection: Any) -> str:
        process = await connection.create_process(term_type=terminal)
        process.stdin.write(text)
        process.stdin.write_eof()
        return str((await process.wait()).stdout)

    return str(with_connection(simulator, work, **more))


@pytest.mark.fact("ssh-done")
def test_a_command_is_answered_between_two_lines_done(simulator: Simulator) -> None:
    """Public collectors remove the first six and the last six bytes."""
    version, listing, both = outputs(
        simulator, "show ns version", "shell ls /var/vpn", "shell cat /missing; echo -n framed"
    )
    assert version == " Done\n\tNetScaler NS13.0: Build 47.22.nc, Date: Nov 28 2019, 20:19:22   (64-bit)\n Done\n"
    assert listing[6:-6] == "bookmark\ntheme\nthemes\n"
    assert both == " Done\nframed Done\n"


@pytest.mark.fact("ssh-prompt")
def test_an_interactive_session(simulator: Simulator) -> None:
    text = "show version\n\nshell\ncd /var/vpn\npwd\nfalse\necho $?\nexit\nexit\n"
    shown = typed(simulator, text)
    assert shown == (
        " Done\n> \tNetScaler NS13.0: Build 47.22.nc, Date: Nov 28 2019, 20:19:22   (64-bit)\n Done\n> > "
        "root@ns# root@ns# /var/vpn\nroot@ns# root@ns# 1\nroot@ns# logout\n Done\n> Bye!\n"
    )
    assert typed(simulator, "shell echo a\n") == " Done\n> a\n Done\n> "
    at_terminal = typed(simulator, "shell\nls /missing\nw\nexit\nexit\n", "xterm")
    assert "ls: /missing: No such file or directory" in at_terminal, "a terminal shows errors too"
    assert re.search(r"nsroot +pts/0 +127\.0\.0\.1", at_terminal)
    assert simulator.fleet.appliances["gw"].nodes[0].shell_sessions == []


@pytest.mark.fact("ssh-cli")
def test_commands_of_the_cli(simulator: Simulator, node: Node) -> None:
    for line in ("show info", "sh hardware", "show ns ip", "show ha node", "show ns config", "show system session"):
        (answer,) = outputs(simulator, line)
        assert answer.startswith(" Done\n"), line
        assert answer.endswith("\n Done\n"), line
        assert "ERROR" not in answer, line
    assert "Node State: UP\n\tMaster State: Primary" in outputs(simulator, "show ha node")[0]
    assert "127.21.1.11" in outputs(simulator, "show ns ip")[0]
    for line in ("show nothing", "frobnicate", "add nothing x", "s h o w", "show"):
        assert outputs(simulator, line) == [" Done\nERROR: No such command\n"], line


@pytest.mark.fact("ssh-cli-changes")
def test_the_published_mitigation_is_entered_at_the_cli(simulator: Simulator, node: Node) -> None:
    """CTX267679: responder commands, save, the knob and the line of rc.netscaler."""
    lines = [
        "enable ns feature responder",
        r'add responder action respondwith403 respondwith "\"HTTP/1.1 403 Forbidden\r\n\r\n\""',
        r'add responder policy ctx267027 "HTTP.REQ.URL.DECODE_USING_TEXT_MODE.CONTAINS(\"/vpns/\")" respondwith403',
        "bind responder global ctx267027 1 END -type REQ_OVERRIDE",
        "save config",
        "shell nsapimgr_wr.sh -ys skip_systemaccess_policyeval=0",
        "shell \"echo 'nsapimgr_wr.sh -ys skip_systemaccess_policyeval=0' >> /nsconfig/rc.netscaler\"",
    ]
    assert not any("ERROR" in answer for answer in outputs(simulator, *lines))
    bound = node.saved.table("responderglobal_responderpolicy_binding")
    assert [row["policyname"] for row in bound.values()] == ["ctx267027"]
    assert node.skip_systemaccess_policyeval == 0
    line = b"nsapimgr_wr.sh -ys skip_systemaccess_policyeval=0\n"
    assert node.files["/nsconfig/rc.netscaler"].content == line
    (shown,) = outputs(simulator, "show ns runningConfig")
    assert "bind responder global ctx267027 1 END -type REQ_OVERRIDE\n" in shown
    (refused,) = outputs(simulator, "add responder policy ctx267027 TRUE respondwith403")
    assert refused.startswith(" Done\nERROR: ")
    simulator.appliance("gw").reboot(seconds=0)
    assert node.skip_systemaccess_policyeval == 0, "the start-up file is carried out"


@pytest.mark.fact("ssh-cli-changes")
def test_the_published_mitigation_is_undone_at_the_cli(simulator: Simulator, node: Node) -> None:
    made = [
        'add responder action respondwith403 respondwith "\\"HTTP/1.1 403 Forbidden\\""',
        "add responder policy ctx267027 TRUE respondwith403 -comment once",
        "bind responder global ctx267027 1 END -type REQ_OVERRIDE",
        "add lb vserver web HTTP 192.0.2.1 80",
        "add service s 192.0.2.2 HTTP 80",
        "bind lb vserver web s",
    ]
    assert not any("ERROR" in answer for answer in outputs(simulator, *made))
    refused = [
        "rm responder action respondwith403",
        "unbind responder global ctx267027 -type REQ_DEFAULT",
        "rm server nobody",
    ]
    assert all("ERROR: " in answer for answer in outputs(simulator, *refused))
    for line in (
        "rm ns acl x",
        "rm nothing x",
        "unbind nothing x",
        "unset responder policy ctx267027 -nothing",
        "rm server",
    ):
        assert "ERROR: " in outputs(simulator, line)[0], line
    removed = [
        "unset responder policy ctx267027 -comment",
        "unbind responder global ctx267027 -type REQ_OVERRIDE",
        "rm responder policy ctx267027",
        "rm responder action respondwith403",
        "unbind lb vserver web s",
    ]
    assert outputs(simulator, *removed) == [" Done\n Done\n"] * 5
    rows = node.running.rows
    names = (
        "responderaction",
        "responderpolicy",
        "responderglobal_responderpolicy_binding",
        "lbvserver_service_binding",
    )
    assert not any(rows.get(name) for name in names)
    assert list(node.running.table("lbvserver")) == [("web",)]


@pytest.mark.fact("ssh-shell-superuser")
def test_the_shell_needs_a_policy_that_allows_it(simulator: Simulator) -> None:
    allowed, shell, listing, save = outputs(
        simulator, "show ns version", "shell", "shell ls /", "save ns config", user="reader"
    )
    assert "NetScaler NS13.0" in allowed
    assert shell == " Done\nERROR: Not authorized to execute this command [shell]\n"
    assert listing == " Done\nERROR: Not authorized to execute this command [shell ls /]\n"
    assert "ERROR: Not authorized" in save
    assert "bookmark" in outputs(simulator, "shell ls /var/vpn", user="admin")[0]


@pytest.mark.fact("ssh-keys")
def test_who_can_log_on(simulator: Simulator, node: Node) -> None:
    """A key in the file is that of every administrator."""
    for user in ("nsroot", "reader"):
        assert "NS13.0" in outputs(simulator, "show version", user=user, password="", client_keys=[KEY])[0]
    stranger = asyncssh.generate_private_key("ssh-ed25519")
    for wrong in (
        {"password": "wrong"},
        {"user": "nobody", "password": "nobody"},
        {"user": "root", "password": "", "client_keys": [KEY]},
        {"password": "", "client_keys": [stranger]},
    ):
        with pytest.raises(asyncssh.PermissionDenied):
            ssh(simulator, "show version", **wrong)  # type: ignore[arg-type]
    log = "".join(outputs(simulator, "shell cat /var/log/auth.log"))
    assert re.search(r"Failed password for nobody from 127\.0\.0\.1 port \d+ ssh2", log)


@pytest.mark.fact("ssh-api-only")
def test_an_administrator_for_the_api_only_cannot_log_on(simulator: Simulator) -> None:
    assert outputs(simulator, "show version", user="api")
    outputs(simulator, "set system user api -allowedManagementInterface API")
    with pytest.raises(asyncssh.PermissionDenied):
        ssh(simulator, "show version", user="api")


@pytest.mark.fact("management-interfaces", "system-groups")
def test_the_groups_of_an_administrator(simulator: Simulator) -> None:
    """A group has its command policies and its interfaces, made here by commands."""
    lines = ("add system group ops", "bind system group ops -policyName deny 1", "bind system group ops -userName api")
    outputs(simulator, "add system cmdPolicy deny DENY ^save", *lines)
    assert "Not authorized" in "".join(outputs(simulator, "save ns config", user="api"))
    assert "NS13.0" in outputs(simulator, "show version", user="api")[0]
    outputs(simulator, "set system group ops -allowedManagementInterface API")
    with pytest.raises(asyncssh.PermissionDenied):
        ssh(simulator, "show version", user="api")


@pytest.mark.fact("ssh-logged")
def test_commands_are_logged(simulator: Simulator, node: Node) -> None:
    ssh(simulator, "shell ls '/var/vpn'; false", "show ns version", "show nothing")
    typed(simulator, "shell\nid\nexit\nexit\n", "xterm")
    log = node.tree().read("/var/log/bash.log").decode()
    assert "root on (null) shell_command=\"ls '/var/vpn'; false\"" in log
    assert 'root on (null) return_code="1"' in log
    assert 'root on /dev/pts/0 shell_command="id"' in log
    (audit,) = outputs(simulator, "shell grep CMD_EXECUTED /var/log/ns.log")
    assert "CLI CMD_EXECUTED" in audit
    assert 'Remote_ip 127.0.0.1 - Command "show ns version" - Status "Success"' in audit
    assert 'Command "show nothing" - Status "ERROR: No such command"' in audit


def test_passwords_are_not_logged(simulator: Simulator, node: Node) -> None:
    outputs(
        simulator,
        "add system user ann Geheim1",
        'set system user ann "Geheim2 x"',
        "set ns rpcNode 1.2.3.4 -password Geheim3",
    )
    log = node.tree().read("/var/log/ns.log").decode()
    assert 'Command "add system user ann ********"' in log
    assert "Geheim" not in log


@pytest.mark.fact("ssh-exit-status")
@pytest.mark.parametrize(("position", "statuses"), [("zero", [0, 0, 0]), ("command", [0, 3, 1])])
def test_the_exit_status(position: str, statuses: list[int]) -> None:
    with Simulator({**FLEET, "switches": {**FLEET["switches"], "ssh_exit_status": position}}) as simulator:
        results = ssh(simulator, "shell true", "shell exit 3", "show nothing")
        assert [result.exit_status for result in results] == statuses


@pytest.mark.fact("ssh-shell-input")
@pytest.mark.parametrize(("position", "printed"), [("passed", "sent\n"), ("empty", "")])
def test_the_input_of_a_command(position: str, printed: str) -> None:
    async def work(connection: Any) -> str:
        process = await connection.create_process("shell cat")
        with suppress(BrokenPipeError):  # a command without an input may have ended before it is sent
            process.stdin.write("sent\n")
            process.stdin.write_eof()
        return str((await process.wait()).stdout)

    with Simulator({**FLEET, "switches": {**FLEET["switches"], "ssh_shell_input": position}}) as simulator:
        assert with_connection(simulator, work)[6:-6] == printed


def test_input_of_a_client(simulator: Simulator) -> None:
    async def work(connection: Any) -> list[str]:
        script = "for f in /var/vpn/*; do echo $f; done\n"
        return [
            (await connection.run("shell wc -c", input="x" * 100_000)).stdout,
            (await connection.run("shell sh -s", input=script)).stdout,
            (await connection.run("shell cat", input="x" * (2 * 1024 * 1024))).stdout,
        ]

    counted, listed, echoed = with_connection(simulator, work)
    assert counted == " Done\n  100000\n Done\n"
    assert listed == " Done\n/var/vpn/bookmark\n/var/vpn/theme\n/var/vpn/themes\n Done\n"
    assert len(echoed) == 1024 * 1024 + 12, "no more is read"


def test_output_without_an_end_is_cut_and_the_session_goes_on(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_OUTPUT", 1_000_000)
    simulator.appliance("gw").write_file("/var/tmp/big", "x" * 100_000)
    endless, again = ssh(simulator, "shell while true; do cat /var/tmp/big; done", "shell echo again")
    assert "Killed" in endless.stderr
    assert 900_000 < len(endless.stdout) < 1_000_100
    assert again.stdout == " Done\nagain\n Done\n"


@pytest.mark.fact("ssh-acl")
def test_acls_and_unreachable_nodes(simulator: Simulator, node: Node) -> None:
    simulator.appliance("gw").unreachable()
    with pytest.raises(ConnectionError):
        ssh(simulator, "show version")
    simulator.appliance("gw").unreachable(False)
    (made,) = outputs(simulator, "add ns acl deny22 DENY -destPort = 22 -protocol TCP -priority 10")
    assert "ERROR" not in made
    acls.apply(node.running, "nsacl", simulator.fleet.appliances["gw"])
    with pytest.raises((TimeoutError, asyncssh.Error, OSError)):
        with_connection_briefly(simulator)


def with_connection_briefly(simulator: Simulator) -> None:
    async def main() -> None:
        async with asyncio.timeout(0.5):
            await connect(simulator)

    asyncio.run(main())


def test_a_reboot_ends_connections(simulator: Simulator) -> None:
    async def work(connection: Any) -> None:
        process = await connection.create_process(term_type="xterm")
        await process.stdout.readuntil("> ")
        await asyncio.get_running_loop().run_in_executor(None, simulator.appliance("gw").reboot)
        await connection.wait_closed()

    with_connection(simulator, work)
    assert ssh(simulator, "show version")


@pytest.mark.fact("ssh-files")
def test_files_are_copied(simulator: Simulator, node: Node) -> None:
    async def work(connection: Any) -> None:
        async with connection.start_sftp_client() as sftp:
            assert sorted(await sftp.listdir("/var/vpn")) == ["bookmark", "theme", "themes"]
            attributes = await sftp.stat("/var/vpn/theme/x.php")
            assert (attributes.size, attributes.permissions, attributes.uid) == (6, 0o100644, 65534)
            async with sftp.open("/var/tmp/new", "w") as file:
                await file.write("text")
            async with sftp.open("/var/tmp/new", "a") as file:
                await file.write(" more")
            assert await sftp.readlink("/nsconfig") == "/flash/nsconfig"
            assert await sftp.realpath("/nsconfig/../x") == "/flash/x"
            await sftp.mkdir("/var/tmp/d")
            await sftp.chmod("/var/tmp/new", 0o600)
            await sftp.rename("/var/tmp/new", "/var/tmp/d/new")
            with pytest.raises(asyncssh.SFTPFailure):
                await sftp.rmdir("/var/tmp/d")
            for missing in (sftp.stat, sftp.listdir, sftp.remove, sftp.readlink):
                with pytest.raises(asyncssh.SFTPError):
                    await missing("/missing/x")
            with pytest.raises(asyncssh.SFTPError):
                async with sftp.open("/var/tmp/big", "wb") as file:
                    await file.write(b"x", 1024 * 1024 * 1024)

    with_connection(simulator, work)
    file = node.files["/var/tmp/d/new"]
    assert (bytes(file.content), file.mode, file.owner) == (b"text more", 0o600, "root")
    with pytest.raises((asyncssh.Error, OSError)):
        with_connection(simulator, lambda connection: connection.start_sftp_client(), user="reader")


@pytest.mark.fact("ssh-files")
def test_scp_in_both_directions(simulator: Simulator, tmp_path: Path) -> None:
    (tmp_path / "sent").write_bytes(b"new")

    async def work(connection: Any) -> None:
        await asyncssh.scp(tmp_path / "sent", (connection, "/var/tmp/there"))
        await asyncssh.scp(tmp_path / "sent", (connection, "/var/tmp"))
        await asyncssh.scp((connection, "/var/tmp/there"), tmp_path / "back")
        with pytest.raises(asyncssh.SFTPError, match="No "):
            await asyncssh.scp((connection, "/var/tmp/missing"), tmp_path / "back")
        assert {"sent", "there"} <= set(await (await connection.start_sftp_client()).listdir("/var/tmp"))

    with_connection(simulator, work)
    assert (tmp_path / "back").read_bytes() == b"new"


@pytest.mark.fact("ssh-files")
def test_file_transfer_is_bounded(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """All open files together, what an attribute asks for, and the sessions of a connection."""
    monkeypatch.setattr(file_transfer, "MOST_BYTES", 5_000_000)
    monkeypatch.setattr(file_tree, "MOST_BYTES", 8_000_000)

    async def work(connection: Any) -> None:
        sftp = await connection.start_sftp_client()
        async with sftp.open("/var/tmp/a", "wb") as file:
            await file.write(b"x" * 2_000_000)
        opened = [await sftp.open("/var/tmp/a", "rb") for _ in range(2)]
        for asked in (
            sftp.open("/var/tmp/a", "rb"),
            opened[0].truncate(2_000_000_000),
            sftp.truncate("/var/tmp/a", 2_000_000_000),
            sftp.truncate("/var/tmp/a", 2**63),
        ):
            with pytest.raises(asyncssh.SFTPFailure):
                await asked
        await sftp.truncate("/var/tmp/a", 3_000_000)
        others = [await connection.start_sftp_client() for _ in range(file_transfer.MOST_TRANSFERS - 1)]
        assert await others[-1].exists("/var/tmp/a")
        with pytest.raises((asyncssh.Error, OSError)):
            await (await connection.start_sftp_client()).exists("/var/tmp/a")

    with_connection(simulator, work)

    async def one_after_the_other(connection: Any) -> None:
        for _ in range(2 * file_transfer.MOST_TRANSFERS):
            async with connection.start_sftp_client() as sftp:
                assert await sftp.exists("/var/tmp/a")
            await sftp.wait_closed()

    with_connection(simulator, one_after_the_other)


def test_the_sessions_of_a_connection_are_bounded(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those that ask for nothing; a session that ends makes room."""
    monkeypatch.setattr(ssh_server, "MOST_SESSIONS", 3)

    async def work(connection: Any) -> None:
        for _ in range(4):
            assert "NetScaler" in str((await connection.run("show version")).stdout)
        for _ in range(3):
            await connection.create_process(term_type="xterm")
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.create_process()

    with_connection(simulator, work)


def test_no_operation_on_files_is_left_to_the_real_machine() -> None:
    harmless = {"channel", "close", "connection", "convert_attrs", "env", "exit", "format_longname", "logger"}
    inherited = {name for name in dir(asyncssh.SFTPServer) if not name.startswith("_")} - harmless
    assert sorted(name for name in inherited if name not in vars(FileTransfer)) == []


# A hostile shell


@pytest.mark.fact("shell-hostile")
def test_a_banner_before_each_answer(simulator: Simulator) -> None:
    simulator.appliance("gw").fault("shell_banner")
    assert "\x1b[2J" in outputs(simulator, "shell echo a")[0]
    simulator.appliance("gw").clear_faults()
    simulator.appliance("gw").fault("shell_banner", value="hello\n")
    assert outputs(simulator, "shell echo a") == [" Done\nhello\na\n Done\n"]


@pytest.mark.fact("shell-hostile")
def test_odd_names_in_each_directory(simulator: Simulator) -> None:
    simulator.appliance("gw").fault("shell_odd_names")
    listed, found, counted = outputs(
        simulator, "shell ls /var/vpn", "shell find /var/vpn/theme -print0", "shell ls -l /var/vpn/theme | wc -l"
    )
    assert "\na\nb\n" in listed
    assert "\x1b[2J" in listed
    assert "/var/vpn/theme/$(id)\0" in found
    assert "/var/vpn/theme/a\nb\0" in found
    assert int(counted.split()[1]) > 10
    simulator.appliance("gw").clear_faults()
    assert outputs(simulator, "shell ls /var/vpn/theme") == [" Done\nx.php\n Done\n"]


@pytest.mark.fact("shell-hostile")
def test_a_stalled_answer(simulator: Simulator) -> None:
    simulator.appliance("gw").fault("shell_stalled", seconds=30)

    async def work(connection: Any) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await connection.run("shell echo a")

    with_connection(simulator, work)


@pytest.mark.fact("shell-hostile")
def test_an_answer_that_is_cut(simulator: Simulator) -> None:
    simulator.appliance("gw").fault("shell_cut")
    with pytest.raises((asyncssh.Error, OSError)):
        outputs(simulator, "shell echo 0123456789", "shell echo again")


@pytest.mark.fact("shell-hostile")
def test_an_answer_without_an_end(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "_ENDLESS_BYTES", 3_000_000)
    simulator.appliance("gw").fault("shell_endless")
    (answer,) = outputs(simulator, "shell echo a")
    assert answer.startswith(" Done\na\n Done\n-rw")
    assert 2_900_000 < len(answer) < 3_100_000


def test_what_is_no_ssh_is_dropped(simulator: Simulator) -> None:
    place = simulator.ready["appliances"]["gw"]["nodes"][0]
    with socket.create_connection((place["address"], place["ssh_port"]), timeout=60) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n" + bytes(100_000))
        while connection.recv(65536):
            pass
    for _ in range(30):  # more than may wait at the same time, one after the other
        with socket.create_connection((place["address"], place["ssh_port"]), timeout=60) as connection:
            assert connection.recv(100).startswith(b"SSH-2.0-")
    assert ssh(simulator, "show version")


def test_too_many_sessions_and_wrong_passwords(simulator: Simulator) -> None:
    """A session beyond MaxSessions is refused when it is opened (sshd_config(5))."""

    async def work(connection: Any) -> None:
        waiting = [await connection.create_process(term_type="xterm") for _ in range(10)]
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.run("show version")
        for process in waiting:
            process.close()

    with_connection(simulator, work)
    assert ssh(simulator, "show version")


def test_asyncssh_is_loaded_only_where_a_fleet_asks_for_ssh() -> None:
    """The modules that import asyncssh are imported by each other, and by a function of the running fleet."""
    sources = Path(simulator_package.__file__).parent
    needs = {
        path.relative_to(sources.parent).with_suffix("").as_posix().replace("/", "."): at_import(path)
        for path in sources.rglob("*.py")
    }
    loading = {"asyncssh"}
    while more := {name for name, imported in needs.items() if imported & loading} - loading:
        loading |= more
    served = {"simulator.shell.ssh_server", "simulator.shell.file_transfer", "simulator.server.ssh_acceptor"}
    assert loading - {"asyncssh"} == served


def at_import(path: Path) -> set[str]:
    """Return the modules that a module imports when it is imported itself."""
    names = set()
    for item in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(item, ast.Import):
            names |= {
                name.name.partition(".")[0] if name.name.startswith("asyncssh") else name.name for name in item.names
            }
        elif isinstance(item, ast.ImportFrom):
            module = item.module or ""
            names |= (
                {"asyncssh"}
                if module.startswith("asyncssh")
                else {module, *(f"{module}.{name.name}" for name in item.names)}
            )
    return names
