# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The text of an exported ns.conf, and which of its lines are commands. Pure.

Editors, terminal programs and mail change a file on its way: a byte order mark, UTF-16, a head before the first line, ``> `` before each line. What is no
command is counted, since an object may stand in it.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_HEADER = re.compile(r"#\s*NS(\d{1,5}\.\d{1,5}):? Build (\d{1,5}\.\d{1,5})(?!\d)")
"""The first line that a release writes."""
VERBS = re.compile(
    r"add|alias|alter|apply|archive|batch|bind|check|clear|close|cls|config|convert|count|create|diff|disable|dump|enable|exit|expire|export|flush|"
    r"force|help|history|import|init|install|join|kill|link|lock|logout|man|migrate|open|ping|ping6|query|quit|reboot|release|rename|renumber|"
    r"reset|restart|restore|resync|rm|save|scp|send|set|shell|show|shutdown|sign|source|start|stat|stop|switch|sync|test|top|traceroute|"
    r"traceroute6|unalias|unbind|unlink|unlock|unset|update|upgrade|upload|validate|whoami",
    re.IGNORECASE,
)
"""The first words of commands (command reference 12.0, 13.1 and 14.1)."""
ENDS = ("done",)
"""The lines that the command line prints after what it was asked for."""
_LINE_END = re.compile(r"\r\n?|[\n\v\f\x1c-\x1e\x85\u2028\u2029]")
"""Editors know more line ends than one: what stands behind any of them would else be lost in the line before."""
_LINE = re.compile(r"[^\r\n]+")
_OTHER_DASH = re.compile(r"\s[\u2010-\u2015\u2212\ufe58\ufe63\uff0d][A-Za-z]")
"""An option as text programs and mail write it: the appliance would not read it either, and its value is lost."""
_CHANGES = re.compile(
    r"(?:^|[^a-z0-9\s])\s*(add|bind|create|enable|import|link|set)\s+(?!cli\b)[a-z0-9]", re.IGNORECASE
)
"""What may have made an object and stands in a head, behind a prompt or a mark."""
_NOUN = re.compile(r"[a-z0-9][a-z0-9._-]*", re.IGNORECASE)
_LOOKED_AT = 200
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True)
class ConfigurationText:
    """The lines of a file.

    :ivar build: the release that saved it, such as ``13.0 47.22``; "" where the file does not say
    :ivar strange: how many lines are neither a command nor a comment, and may have been one
    :ivar first: the number of the first of them
    :ivar is_complete: the last line has an end
    """

    commands: tuple[str, ...] = ()
    build: str = ""
    strange: int = 0
    first: int = 0
    is_complete: bool = True

    @property
    def why_incomplete(self) -> str:
        """Return why an object that is not in the commands may have been in the file; "" where the commands are all."""
        parts = []
        if self.strange:
            verb = "line is no command" if self.strange == 1 else "lines are no commands"
            parts.append(f"{self.strange} {verb} (the first is line {self.first})")
        if not self.is_complete:
            parts.append("the last line has no end, so the file may be cut off")
        return "; ".join(parts)


def decoded(content: bytes) -> str:
    """Return the text of a file, without a byte order mark. A name in it may have any encoding, so bytes that are not UTF-8 are replaced."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, errors="replace")
    return content.decode(_without_mark(content[:_LOOKED_AT]), errors="replace")


def _without_mark(head: bytes) -> str:
    """Return the encoding of a file without a byte order mark: in UTF-16 one half of an English text is zero bytes."""
    even, odd = head[::2], head[1::2]
    if len(head) > 1 and not any(odd) and all(even):
        return "utf-16-le"
    return "utf-16-be" if len(head) > 1 and not any(even[: len(odd)]) and all(odd) else "utf-8"


def configuration_text(text: str) -> ConfigurationText:
    """Return the lines of a text that are commands, and how many are neither a command nor a comment, or have an option that is none.

    What stands before the line of the release is the head of a terminal program: a release writes nothing there. A change in it is counted.
    """
    lines = _LINE_END.split(text)
    start, build = _header(lines)
    commands: list[str] = []
    strange = [number for number, line in enumerate(lines[:start], 1) if _CHANGES.search(line[:_LOOKED_AT])]
    for number, line in enumerate(lines[start:], start + 1):
        if is_command(line):
            commands.append(line)
        if _OTHER_DASH.search(line) or not (is_command(line) or _is_nothing(line)):
            strange.append(number)
    return ConfigurationText(tuple(commands), build, len(strange), strange[0] if strange else 0, not lines[-1])


def release_of(text: str) -> str:
    """Return the release that saved a text, such as ``13.0 47.22``; "" where the text does not say."""
    return _header(map(re.Match.group, _LINE.finditer(text)))[1]


def _header(lines: Iterable[str]) -> tuple[int, str]:
    """Return the index of the line of the release, and the release; 0 and "" where a command stands before it, or there is none."""
    for number, line in enumerate(lines):
        found = _HEADER.match(line.strip())
        if found:
            return number, f"{found[1]} {found[2]}"
        if is_command(line):
            break
    return 0, ""


def is_command(line: str) -> bool:
    """Return True if a line begins with a verb and a noun, and has nothing in both that no person can see."""
    words = line[:_LOOKED_AT].split(None, 3)[:3]
    if len(words) < 2 or not VERBS.fullmatch(words[0]) or not _NOUN.fullmatch(words[1]):
        return False
    return not any(unicodedata.category(character) in ("Cc", "Cf", "Co", "Cn") for word in words for character in word)


def _is_nothing(line: str) -> bool:
    """Return True for an empty line, a comment, and the end that the command line prints."""
    text = line.strip()
    return not text or text.startswith("#") or text.lower() in ENDS
