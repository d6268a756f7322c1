# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commands that show the state of the machine, and those of the vendor."""

from __future__ import annotations

import posixpath
import re

from simulator.node.file_tree import FileProblem
from simulator.node.processes import Process, Socket
from simulator.userland.commands.listing import IDS, formatted
from simulator.userland.interpreter import Call, Command
from simulator.userland.options import UsageError, read

_KNOB = re.compile(r"([A-Za-z_][A-Za-z0-9_]{0,63})=(-?[A-Za-z0-9_.:]{1,64})")
_MOST_KNOBS = 200
_LONG, _SHORT = "%a %b %e %H:%M:%S %Z %Y", "%e%b%y"


def _line(text: str) -> Command:
    """Return a command without arguments that prints a line; names in braces stand for the state of the node."""

    def run(call: Call) -> int:
        if call.arguments:
            raise UsageError(f"usage: {call.name}\n")
        call.print(text.format(**_facts(call)) + "\n")
        return 0

    return Command(run)


def _facts(call: Call) -> dict[str, str]:
    node = call.node
    now, up = node.clock(), max(node.clock() - node.started_at, 0)
    days, rest = divmod(int(up), 86400)
    users = len(node.shell_sessions)
    name = str(node.running.table("nshostname").get((), {}).get("hostname", "")) or "ns"
    return {
        "user": call.shell.user,
        "host": name,
        "release": "8.4-NETSCALER" if node.appliance.branch < (13, 0) else "11.4-NETSCALER",
        "time": formatted("%H:%M", now),
        "up": (f"{days} days, " if days else "") + f"{rest // 3600}:{rest // 60 % 60:02d}",
        "users": f"{users} user{'' if users == 1 else 's'}",
        "boot": str(int(node.started_at)),
        "booted": formatted("%a %b %e %H:%M:%S %Y", node.started_at),
        "version": f"NetScaler {node.appliance.build}",
    }


def _id(call: Call) -> int:
    name = call.options.operands[0] if call.options.operands else call.shell.user
    if name not in IDS or name == "wheel":
        call.complain(f"{name}: no such user")
        return 1
    number, group = IDS[name], "wheel" if IDS[name] == 0 else name
    if "u" in call.options:
        call.print(f"{name if 'n' in call.options else number}\n")
    else:
        call.print(f"uid={number}({name}) gid={IDS[group]}({group}) groups={IDS[group]}({group})\n")
    return 0


def _uname(call: Call) -> int:
    facts = _facts(call)
    values = {
        "s": "FreeBSD",
        "n": facts["host"],
        "r": facts["release"],
        "v": f"FreeBSD {facts['release']} #0",
        "m": "amd64",
        "p": "amd64",
    }
    letters = [letter for letter, _ in call.options.given] or ["s"]
    chosen = "snrvm" if "a" in letters else [letter for letter in "snrvmp" if letter in letters]
    call.print(" ".join(values[letter] for letter in chosen) + "\n")
    return 0


def _date(call: Call) -> int:
    moment, form = call.node.clock(), _LONG
    if "r" in call.options:
        value = call.options.value("r")
        if not re.fullmatch(r"\d{1,11}", value):
            raise UsageError("date: illegal seconds\n")
        moment = float(value)
    for operand in call.options.operands:
        if not operand.startswith("+"):
            call.complain("settimeofday (timeval): Operation not permitted")  # the clock belongs to the fleet
            return 1
        form = operand[1:]
    call.print(formatted(form, moment) + "\n")
    return 0


def _host_name(call: Call) -> int:
    name = _facts(call)["host"]
    call.print((name.partition(".")[0] if "s" in call.options else name) + "\n")
    return 0


# Processes and sockets


def _ps(call: Call) -> int:
    """ps with the letters of auxww in any order, with or without a hyphen."""
    letters = "".join(word.removeprefix("-") for word in call.arguments)
    if not re.fullmatch(r"[auxwwefljm]*", letters) or set(letters) & set("fljm"):
        raise UsageError("usage: ps [-aceuwx]\n")
    processes = call.node.processes
    if "x" not in letters:
        processes = [process for process in processes if process.terminal != "-"]
    if "a" not in letters:
        processes = [process for process in processes if process.user == call.shell.user]
    width = 10_000 if letters.count("w") > 1 or not call.shell.terminal else 132 if "w" in letters else 80
    head = (
        "USER    PID %CPU %MEM   VSZ   RSS TT  STAT STARTED     TIME COMMAND"
        if "u" in letters
        else "  PID TT  STAT    TIME COMMAND"
    )
    call.print(f"{head}\n")
    for process in processes:
        call.shell.budget.spend(len(process.command))
        call.print(_process(call, process, "u" in letters)[:width] + "\n")
    return 0


def _process(call: Call, process: Process, long: bool) -> str:
    started = call.node.started_at if process.started is None else process.started
    recent = call.node.clock() - started < 86400
    time = f"{process.seconds // 60}:{process.seconds % 60:02d}.00"
    if not long:
        return f"{process.pid:5d} {process.terminal:>2}  {process.state:<5} {time:>8} {process.command}"
    shown = formatted("%I:%M%p" if recent else _SHORT, started).strip()
    return (
        f"{process.user:<7} {process.pid:4d} {process.cpu:4.1f} {process.memory:4.1f} {20480:5d} {4096:5d} {process.terminal:>2}  "
        f"{process.state:<4} {shown:>7} {time:>8} {process.command}"
    )


def _sockstat(call: Call) -> int:
    call.print(f"{'USER':<8} {'COMMAND':<10} {'PID':<5} {'FD':<2} {'PROTO':<6} {'LOCAL ADDRESS':<21} FOREIGN ADDRESS\n")
    for socket in _sockets(call):
        call.print(
            f"{socket.user:<8} {socket.command[:10]:<10} {socket.pid:<5} {socket.descriptor:<2} {socket.protocol:<6} {socket.local:<21} "
            f"{socket.foreign}\n"
        )
    return 0


def _sockets(call: Call) -> list[Socket]:
    chosen = call.node.sockets
    families = [letter for letter in "46" if letter in call.options]
    if families:
        chosen = [socket for socket in chosen if socket.protocol[-1] in families]
    if "l" in call.options and "c" not in call.options:
        chosen = [socket for socket in chosen if socket.foreign == "*:*"]
    if "c" in call.options and "l" not in call.options:
        chosen = [socket for socket in chosen if socket.foreign != "*:*"]
    return chosen


def _netstat(call: Call) -> int:
    call.print("Active Internet connections (including servers)\n")
    call.print(f"{'Proto':<5} {'Recv-Q':>6} {'Send-Q':>6}  {'Local Address':<22} {'Foreign Address':<22} (state)\n")
    for socket in call.node.sockets:
        listens = socket.foreign == "*:*"
        if listens and "a" not in call.options:
            continue
        places = [":".join(part.rsplit(":", 1)).replace(":", ".") for part in (socket.local, socket.foreign)]
        state = "" if socket.protocol.startswith("udp") else "LISTEN" if listens else "ESTABLISHED"
        call.print(f"{socket.protocol:<5} {0:6d} {0:6d}  {places[0]:<22} {places[1]:<22} {state}\n")
    return 0


def _sessions(call: Call) -> int:
    """w, who, last: the sessions of the shell."""
    facts, now = _facts(call), call.node.clock()
    if call.name == "w":
        call.print(f"{facts['time']}  up {facts['up']}, {facts['users']}, load averages: 0.00, 0.00, 0.00\n")
        call.print(f"{'USER':<16} {'TTY':<8} {'FROM':<39} {'LOGIN@':<6}  IDLE WHAT\n")
    for session in call.node.shell_sessions:
        since = formatted("%a %b %e %H:%M", session.since)
        if call.name == "w":
            shown = formatted("%I:%M%p" if now - session.since < 86400 else "%d%b%y", session.since)
            call.print(f"{session.user:<16} {session.terminal:<8} {session.client:<39} {shown:<6}     - -\n")
        elif call.name == "who":
            call.print(f"{session.user:<16} {session.terminal:<8} {since[4:]} ({session.client})\n")
        else:
            call.print(f"{session.user:<10} {session.terminal:<8} {session.client:<22} {since}   still logged in\n")
    if call.name == "last":
        call.print(f"\nutx.log begins {facts['booted']}\n")
    return 0


def _crontab(call: Call) -> int:
    if "l" not in call.options:
        raise UsageError("crontab: only -l is simulated\n")
    user = call.options.value("u") or call.shell.user
    try:
        data = call.tree.read(f"/var/cron/tabs/{posixpath.basename(user)}")
    except FileProblem:
        call.streams.err.write(f"crontab: no crontab for {user}\n".encode())
        return 1
    call.streams.out.write(data)
    return 0


_MOUNTS = (
    ("/dev/md0", "/", "ufs, local", 523_744, 392_808),
    ("devfs", "/dev", "devfs, local, multilabel", 1, 1),
    ("procfs", "/proc", "procfs, local", 4, 4),
    ("/dev/da0s1a", "/flash", "ufs, local, soft-updates", 1_587_030, 236_412),
    ("/dev/da0s1e", "/var", "ufs, local, soft-updates", 15_226_670, 1_205_234),
)


def _mount(call: Call) -> int:
    if call.arguments:
        raise UsageError("usage: mount\n")
    call.print("".join(f"{device} on {place} ({how})\n" for device, place, how, _, _ in _MOUNTS))
    return 0


def _df(call: Call) -> int:
    units, title = (1024, "Size") if "h" in call.options else (1, "1024-blocks" if "k" in call.options else "1K-blocks")
    full = call.node.active_fault("disk_full") is not None
    call.print(f"{'Filesystem':<12} {title:>11} {'Used':>9} {'Avail':>9} Capacity  Mounted on\n")
    for device, place, _, total, used in _MOUNTS:
        taken = total if full and place in ("/var", "/flash") else used
        numbers = [f"{number // units}{'M' if units > 1 else ''}" for number in (total, taken, total - taken)]
        call.print(
            f"{device:<12} {numbers[0]:>11} {numbers[1]:>9} {numbers[2]:>9} {100 * taken // total:6d}%    {place}\n"
        )
    return 0


def _sysctl(call: Call) -> int:
    facts, status = _facts(call), 0
    values = {
        "kern.boottime": f"{{ sec = {facts['boot']}, usec = 0 }} {facts['booted']}",
        "kern.hostname": facts["host"],
        "kern.osrelease": facts["release"],
        "kern.ostype": "FreeBSD",
        "kern.bootfile": f"/ns-{call.node.appliance.build.replace(' ', '-')}",
    }
    for name in call.options.operands:
        if name not in values:
            call.streams.err.write(f"sysctl: unknown oid '{name}'\n".encode("utf-8", "surrogateescape"))
            status = 1
        else:
            call.print((f"{name}: " if "n" not in call.options else "") + values[name] + "\n")
    return status


# Commands of the vendor


def _nsapimgr(call: Call) -> int:
    """nsapimgr -ys NAME=VALUE changes a knob of the running packet engine (CTX267679); a boot forgets it."""
    knob = _KNOB.fullmatch(call.options.value("y")[1:]) if call.options.value("y").startswith("s") else None
    knob = knob or (
        _KNOB.fullmatch(call.options.operands[0]) if call.options.value("y") == "s" and call.options.operands else None
    )
    if knob is None:
        raise UsageError("usage: nsapimgr -ys name=value\n")
    name, value, node = knob[1], knob[2], call.node.whole
    before = node.knobs.get(name, "0")
    if name == "skip_systemaccess_policyeval":
        before = str(node.skip_systemaccess_policyeval)
        if value not in ("0", "1"):
            raise UsageError(f"nsapimgr: {name}: {value} is not a valid value\n")
        node.skip_systemaccess_policyeval = int(value)
    elif len(node.knobs) >= _MOST_KNOBS and name not in node.knobs:
        raise UsageError("nsapimgr: too many values\n")
    else:
        node.knobs[name] = value
    call.print(f"Number of PEs running: 1\n\nChanging {name} from {before} to {value} ...  Done.\n")
    return 0


async def _nscli(call: Call) -> int:
    """nscli -U ADDRESS:USER:PASSWORD [COMMAND]: a command of the NetScaler CLI."""
    options = read("nscli", call.arguments, "U:", "usage: nscli [-U address:user:password] [command]")
    if call.shell.cli is None or call.shell.user != "root":
        raise UsageError("nscli: cannot connect\n")
    parts = options.value("U").split(":", 2)
    if "U" in options and len(parts) < 2:
        raise UsageError("usage: nscli [-U address:user:password] [command]\n")
    command = " ".join(options.operands)
    lines = [command] if command else call.streams.input.read().decode("utf-8", "surrogateescape").splitlines()
    for line in lines:
        if line.strip():
            call.shell.budget.step()
            call.print(await call.shell.cli(line))
    return 0


TABLE = {
    "ps": Command(_ps),
    "sockstat": Command(_sockstat, "46cln", "usage: sockstat [-46cln]"),
    "netstat": Command(_netstat, "an", "usage: netstat [-an]"),
    "id": Command(_id, "un", "usage: id [-un] [user]"),
    "whoami": _line("{user}"),
    "uptime": _line("{time}  up {up}, {users}, load averages: 0.00, 0.00, 0.00"),
    "uname": Command(_uname, "asnrvmp", "usage: uname [-amnprsv]"),
    "date": Command(_date, "ujr:", "usage: date [-ju] [-r seconds] [+format]"),
    "hostname": Command(_host_name, "s", "usage: hostname [-s]"),
    "w": Command(_sessions),
    "who": Command(_sessions),
    "last": Command(_sessions),
    "crontab": Command(_crontab, "lu:", "usage: crontab [-u user] -l"),
    "mount": Command(_mount),
    "df": Command(_df, "hk", "usage: df [-hk]"),
    "sysctl": Command(_sysctl, "n", "usage: sysctl [-n] name ..."),
    "nsapimgr": Command(_nsapimgr, "y:", "usage: nsapimgr -ys name=value"),
    "nsapimgr_wr.sh": Command(_nsapimgr, "y:", "usage: nsapimgr_wr.sh -ys name=value"),
    "nscli": Command(_nscli),
}
