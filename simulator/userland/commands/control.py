# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commands that control the shell, or carry out other commands."""

from __future__ import annotations

import posixpath
import re
from collections import deque

from simulator.node.disk import DIRECTORY, LINK, REGULAR
from simulator.node.file_tree import FileProblem
from simulator.userland.interpreter import HOME, Call, Command, ExitShell, Pause, decoded, encoded
from simulator.userland.options import UsageError

_MOST_ARGUMENTS = 5000


def _change_directory(call: Call) -> int:
    target = call.arguments[0] if call.arguments else HOME
    try:
        place = call.tree.resolve(call.path(target))
        call.tree.names(place)
    except FileProblem as problem:
        call.complain(f"{target}: {problem}")
        return 2
    call.shell.directory = place
    return 0


def _exit(call: Call) -> int:
    word = call.arguments[0] if call.arguments else str(call.shell.status)
    if not word.isdecimal():
        raise UsageError(f"exit: Illegal number: {word}\n")
    raise ExitShell(int(word) & 255)


def _export(call: Call) -> int:
    for word in call.arguments:
        name, given, value = word.partition("=")
        if not re.fullmatch(r"[A-Za-z_]\w*", name):
            raise UsageError(f"export: {word}: bad variable name\n")
        if given:
            call.shell.variables[name] = value
    return 0


def _unset(call: Call) -> int:
    for name in call.arguments:
        call.shell.variables.pop(name, None)
    return 0


def _read(call: Call) -> int:
    names = [word for word in call.arguments if word != "-r"] or ["REPLY"]
    if any(name.startswith("-") for name in names):
        raise UsageError("read: illegal option\n")
    line = call.streams.input.read_line()
    call.shell.budget.spend(len(line))
    words = decoded(line.removesuffix(b"\n")).strip(" \t").split(None, len(names) - 1)
    for place, name in enumerate(names):
        call.shell.variables[name] = words[place] if place < len(words) else ""
    return 0 if line else 1


async def _shell(call: Call) -> int:
    """sh, bash: a script as an argument of -c, of a file, or from the input."""
    arguments = list(call.arguments)
    if arguments and arguments[0] == "-c":
        if len(arguments) < 2:
            raise UsageError(f"{call.name}: -c requires an argument\n")
        return await call.shell.nested(arguments[1], call.streams, arguments[2:] or [call.name])
    if arguments and arguments[0].startswith("-") and arguments[0] != "-s":
        raise UsageError(f"{call.name}: Illegal option {arguments[0]}\n")
    if arguments and arguments[0] != "-s":
        data = call.content(arguments[0])
        return 127 if data is None else await call.shell.nested(decoded(data), call.streams, arguments)
    data = call.streams.input.read()
    return await call.shell.nested(decoded(data), call.streams, [call.name, *arguments[1:]])


async def _xargs(call: Call) -> int:
    separator = "\0" if "0" in call.options else None
    data = decoded(call.streams.input.read())
    words = [word for word in data.split(separator) if word] if separator else _quoted_words(data)
    if len(words) > _MOST_ARGUMENTS * 10:
        raise UsageError("xargs: argument list too long\n")
    command = list(call.options.operands) or ["echo"]
    replaced = call.options.value("I")
    if replaced:
        lines = [word.strip() for word in data.split("\n") if word.strip()]
        sets = ([_with_line(call, part, replaced, line) for part in command] for line in lines)
    else:
        count = call.options.value("n", str(_MOST_ARGUMENTS))
        if not re.fullmatch(r"[1-9]\d{0,5}", count):
            raise UsageError(f"xargs: illegal argument count: {count}\n")
        size = int(count)
        sets = ([*command, *words[place : place + size]] for place in range(0, len(words), size))
    status = 0
    for one in sets:
        if await call.shell.execute(one, call.streams):
            status = 1
    return status


def _with_line(call: Call, part: str, replaced: str, line: str) -> str:
    call.shell.budget.spend(len(part) + part.count(replaced) * len(line))
    return part.replace(replaced, line)


def _quoted_words(data: str) -> list[str]:
    """Return the words of the input of xargs, which knows quotes and backslashes."""
    found = re.findall(r"(?:[^\s'\"\\]|\\.|'[^'\n]*'|\"[^\"\n]*\")+", data)
    return [re.sub(r"\\(.)|'([^']*)'|\"([^\"]*)\"", lambda match: "".join(match.groups("")), word) for word in found]


def _echo(call: Call) -> int:
    words = call.arguments
    bare = bool(words) and words[0] == "-n"
    call.print(" ".join(words[1:] if bare else words) + ("" if bare else "\n"))
    return 0


_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "a": "\a", "b": "\b", "f": "\f", "v": "\v", '"': '"', "'": "'"}
_CONVERSION = re.compile(r"%(%|[-0 ]{0,3}\d{0,3}(?:\.\d{1,3})?[sdxXoubc])|\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(.))")


def _printf(call: Call) -> int:
    if not call.arguments:
        raise UsageError("usage: printf format [arguments ...]\n")
    form, waiting = call.arguments[0], deque(call.arguments[1:])
    while True:
        before, place = len(waiting), 0
        for match in _CONVERSION.finditer(form):
            call.streams.out.write(encoded(form[place : match.start()]) + encoded(_formatted(match, waiting)))
            place = match.end()
        call.streams.out.write(encoded(form[place:]))
        if not waiting or len(waiting) == before:
            return 0


def _formatted(match: re.Match[str], waiting: deque[str]) -> str:
    """Return what a conversion or an escape of printf becomes; a conversion takes the next argument."""
    if match[2] or match[3]:
        return bytes([int(match[2], 8) & 255 if match[2] else int(match[3], 16)]).decode("utf-8", "surrogateescape")
    if match[4]:
        return _ESCAPES.get(match[4], f"\\{match[4]}")
    if match[1] == "%":
        return "%"
    word = waiting.popleft() if waiting else ""
    kind, spec = match[1][-1], f"%{match[1][:-1]}"
    if kind in "sbc":
        return (spec + "s") % (word[:1] if kind == "c" else word)
    number = int(word, 0) if re.fullmatch(r"-?(0x[0-9a-fA-F]{1,16}|[1-9]\d{0,17}|0)", word) else 0
    return (spec + kind.replace("u", "d")) % number


# test, [

_FILE_TESTS = "efdLhrwxsugk"
_NUMBERS = {"-eq": 0, "-ne": 1, "-lt": 2, "-le": 3, "-gt": 4, "-ge": 5}


def _test(call: Call) -> int:
    words = list(call.arguments)
    if call.name == "[" and (not words or words.pop() != "]"):
        raise UsageError("[: missing ]\n")
    return int(not _any_of(call, words))


def _any_of(call: Call, words: list[str]) -> bool:
    """-o binds less than -a, which binds less than !."""
    for operator, decide in (("-o", any), ("-a", all)):
        if operator in words[1:-1] and len(words) > 3:
            place = words.index(operator, 1)
            return decide((_any_of(call, words[:place]), _any_of(call, words[place + 1 :])))
    if len(words) > 1 and words[0] == "!":
        return not _any_of(call, words[1:])
    return _one_test(call, words)


def _one_test(call: Call, words: list[str]) -> bool:
    if len(words) < 2:
        return bool(words) and bool(words[0])
    if len(words) == 3:
        left, operator, right = words
        if operator in ("=", "==", "!="):
            return (left == right) is not (operator == "!=")
        if operator in _NUMBERS:
            return _compared(left, operator, right)
        if operator in ("-nt", "-ot"):
            times = [file.modified if (file := call.tree.find(call.path(word))) else -1.0 for word in (left, right)]
            return times[0] > times[1] if operator == "-nt" else times[0] < times[1]
    if len(words) == 2 and words[0] in ("-n", "-z"):
        return bool(words[1]) is (words[0] == "-n")
    if len(words) == 2 and words[0][:1] == "-" and words[0][1:] in tuple(_FILE_TESTS):
        return _file_test(call, words[0][1:], words[1])
    raise UsageError(f"{call.name}: {words[-1] if len(words) > 3 else words[0]}: unexpected operator\n")


def _compared(left: str, operator: str, right: str) -> bool:
    for word in (left, right):
        if not re.fullmatch(r"\s*[-+]?\d{1,18}\s*", word):
            raise UsageError(f"test: {word}: bad number\n")
    a, b = int(left), int(right)
    return (a == b, a != b, a < b, a <= b, a > b, a >= b)[_NUMBERS[operator]]


def _file_test(call: Call, letter: str, operand: str) -> bool:
    file = call.tree.find(call.path(operand), follow=letter not in "Lh")
    if file is None:
        return False
    if letter in "rwx":
        return bool(file.mode & 0o111) or file.kind == DIRECTORY if letter == "x" else True
    bits = {"u": 0o4000, "g": 0o2000, "k": 0o1000}
    kinds = {"f": REGULAR, "d": DIRECTORY, "L": LINK, "h": LINK}
    if letter in bits:
        return bool(file.mode & bits[letter])
    return letter == "e" or (len(file.content) > 0 if letter == "s" else file.kind == kinds[letter])


def _which(call: Call) -> int:
    """which, command -v, type: where a command is."""
    operands = call.arguments[1:] if call.name == "command" and call.arguments[:1] == ["-v"] else call.arguments
    status = 0
    for word in operands:
        places = (posixpath.join(place, word) for place in call.shell.variables.get("PATH", "").split(":"))
        found = next((place for place in places if call.tree.find(place) is not None), None)
        if found is None:
            status = 1
        else:
            call.print(f"{found}\n")
    return status


def _sleep(call: Call) -> int:
    word = call.arguments[0] if call.arguments else ""
    if not re.fullmatch(r"\d{1,6}(\.\d{1,3})?", word):
        raise UsageError("usage: sleep seconds\n")
    raise Pause(float(word))


def _set(call: Call) -> int:
    """set, shift and others that change how a shell works are not known, except `set` without an option that changes it."""
    for word in call.arguments:
        if word not in ("+e", "+x", "+u"):
            raise UsageError(f"{call.name}: Illegal option {word}\n")
    return 0


TABLE = {
    ":": Command(lambda call: 0),
    "true": Command(lambda call: 0),
    "false": Command(lambda call: 1),
    "cd": Command(_change_directory),
    "exit": Command(_exit),
    "logout": Command(_exit),
    "export": Command(_export),
    "unset": Command(_unset),
    "set": Command(_set, usage_status=2),
    "read": Command(_read, usage_status=2),
    "echo": Command(_echo),
    "printf": Command(_printf),
    "test": Command(_test, usage_status=2),
    "[": Command(_test, usage_status=2),
    "sh": Command(_shell, usage_status=2),
    "bash": Command(_shell, usage_status=2),
    "which": Command(_which),
    "command": Command(_which),
    "sleep": Command(_sleep),
    "xargs": Command(_xargs, "0n:I:r", "usage: xargs [-0r] [-I replstr] [-n number] [utility [argument ...]]"),
}
