# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What editors and terminal programs do to an exported ns.conf on its way."""

from __future__ import annotations

import codecs

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.nsconf_rows import read_rows
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.nsconf_text import (
    configuration_text,
    decoded,
    is_command,
    release_of,
)

TEXT = "#NS13.0 Build 47.22\nset ns config -IPAddress 192.0.2.1\nadd vpn vserver gw SSL 198.51.100.1 443\n"
PUTTY = "=~=~=~= PuTTY log 2020.01.13 20:00:00 =~=~=~=\nlogin as: nsroot\n> show ns runningConfig\n"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
        (PUTTY + TEXT + "Done\n").encode(),
    ],
)
def test_every_form_of_a_file_is_the_same_configuration(content: bytes) -> None:
    found = configuration_text(decoded(content))
    assert (found.build, len(found.commands), found.why_incomplete) == ("13.0 47.22", 2, "")
    assert release_of(decoded(content)) == "13.0 47.22"


def test_what_stands_before_the_first_command_is_no_head_where_nothing_names_a_release() -> None:
    found = configuration_text("> add vpn vserver gw SSL 198.51.100.1 443\nset ns config -IPAddress 192.0.2.1\n")
    assert (found.build, found.why_incomplete) == ("", "1 line is no command (the first is line 1)")


def test_a_release_that_is_named_behind_a_command_is_a_comment() -> None:
    """Else all that stands before it would be a head, and nobody would read it."""
    found = configuration_text(f"add lb vserver a HTTP 198.51.100.2 80\n{TEXT}")
    assert (found.build, len(found.commands)) == ("", 3)


def test_a_name_in_another_encoding_is_no_gap() -> None:
    found = configuration_text(decoded(b"add lb vserver caf\xe9 HTTP 198.51.100.2 80\n"))
    assert (len(found.commands), found.why_incomplete) == (1, "")


@pytest.mark.parametrize(
    "line", ["", "add", "add \x00vpn vserver", "add vpn vser\x00ver gw", "add ~ x", "adding vpn x"]
)
def test_it_is_no_command(line: str) -> None:
    assert not is_command(line)


def test_two_gaps_are_both_told() -> None:
    assert configuration_text("x\ny\nadd ns ip 192.0.2.1 255.255.255.0").why_incomplete == (
        "2 lines are no commands (the first is line 1); the last line has no end, so the file may be cut off"
    )


@pytest.mark.parametrize(
    "line",
    [
        "> add vpn vserver gw SSL 198.51.100.1 443",
        "gw-amsterdam> enable ns feature SSLVPN",
        "\x00set ns param -x",
        "+bind vpn vserver gw -policy p",
    ],
)
def test_a_change_in_the_head_is_no_head(line: str) -> None:
    """A file of two parts has the line of the release in its middle, and the marks of a mail in front of each line before."""
    assert configuration_text(f"{line}\n{TEXT}").why_incomplete == "1 line is no command (the first is line 1)"
    assert configuration_text(f"> set cli mode -page OFF\n{PUTTY}{TEXT}").why_incomplete == ""


@pytest.mark.parametrize("dash", "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d")
def test_an_option_behind_the_dash_of_a_text_program_is_told_and_not_absent(dash: str) -> None:
    found = read_rows(f"{TEXT}add ns httpProfile p {dash}http2 ENABLED\nadd lb vserver a HTTP 198.51.100.2 80\n")
    assert found.incomplete == "1 line is no command (the first is line 4)"
    assert "http2" not in found.rows["nshttpprofile"][0], "it is not known, and not DISABLED"
    assert read_rows(f'{TEXT}add ns httpProfile p -comment "a {dash} b"\n').incomplete == ""


@pytest.mark.parametrize("end", "\v\f\x1c\x85\u2028\u2029")
def test_no_line_is_lost_in_the_line_before_it(end: str) -> None:
    found = configuration_text(
        f"{TEXT}add lb vserver a HTTP 198.51.100.2 80{end}add vpn vserver b SSL 198.51.100.3 443\n"
    )
    assert len(found.commands) == 4
    assert configuration_text(f"{TEXT}add lb vserver a{end}HTTP 198.51.100.2 80\n").strange == 1
