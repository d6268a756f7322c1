# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The scripts of the administrator at a boot, and the jobs of cron."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest

from simulator.node import crontab, jobs

KNOB = "nsapimgr_wr.sh -ys skip_systemaccess_policyeval="


def node(lab: Any) -> Any:
    return lab.simulator.fleet.appliances["gw"].primary


def text(lab: Any, path: str) -> str:
    found: str = lab.simulator.appliance("gw").state()["nodes"][0]["files"].get(path, "")
    return found


def booted(lab: Any, path: str, script: str) -> str:
    """Boot with a script, and return what /var/log/messages has of it."""
    appliance = lab.simulator.appliance("gw")
    appliance.write_file(path, script)
    appliance.reboot()
    return "\n".join(re.findall(rf"{re.escape(path)}: (.*)", text(lab, "/var/log/messages")))


@pytest.mark.fact("rc-netscaler")
@pytest.mark.parametrize(
    ("script", "knob"),
    [
        (f"{KNOB}0\n", 0),
        (f"  /netscaler/{KNOB}0 > /dev/null 2>&1\n", 0),
        (f"{KNOB}0\n{KNOB}1\n", 1),
        (f"# {KNOB}0\n", 1),
        (f"false && {KNOB}0\n", 1),
        (f"if [ -f /nsconfig/rc.netscaler ]; then\n {KNOB}0\nfi\n", 0),
        (f"for value in 1 0; do {KNOB}$value; done\n", 0),
        (f"exit 3\n{KNOB}0\n", 1),
        (f"{KNOB}2\n", 1),
        (f"shell {KNOB}0\n", 1),
        (f"echo '{KNOB}0'\n", 1),
        (f"while true; do\n true\ndone\n{KNOB}0\n", 1),
    ],
)
def test_rc_netscaler_is_carried_out_as_a_script(lab: Any, script: str, knob: int) -> None:
    """In the order of its lines and by the rules of the shell; an endless one is ended."""
    booted(lab, "/nsconfig/rc.netscaler", script)
    assert node(lab).skip_systemaccess_policyeval == knob


@pytest.mark.fact("boot-order", "boot-messages")
def test_the_scripts_at_a_boot(lab: Any) -> None:
    """nsbefore.sh, then the packet engine with its knobs, nsafter.sh, then ns.conf, rc.netscaler. What they print is in messages."""
    appliance = lab.simulator.appliance("gw")
    for name in ("rc.netscaler", "nsafter.sh", "nsbefore.sh"):
        appliance.write_file(f"/nsconfig/{name}", f"echo {name} >> /var/tmp/order\ndate +%Y\nnosuchcommand -x\n")
    appliance.reboot()
    assert text(lab, "/var/tmp/order").split() == ["nsbefore.sh", "nsafter.sh", "rc.netscaler"]
    messages = re.findall(r"Jan 15 03:00:\d\d <user\.notice> \w+ /nsconfig/(\S+): (.*)", text(lab, "/var/log/messages"))
    assert messages == [
        (name, line)
        for name in ("nsbefore.sh", "nsafter.sh", "rc.netscaler")
        for line in ("2020", "nosuchcommand: not found")
    ]
    booted(lab, "/nsconfig/nsbefore.sh", f"{KNOB}0\n")
    assert node(lab).skip_systemaccess_policyeval == 1, "the packet engine starts later"
    booted(lab, "/nsconfig/nsafter.sh", f"{KNOB}0\n")
    assert node(lab).skip_systemaccess_policyeval == 0


@pytest.mark.fact("boot-kernel")
def test_each_boot_is_in_messages(lab: Any) -> None:
    lab.simulator.appliance("gw").upgrade("13.0 47.24")
    shape = r"Jan 15 03:00:\d\d <syslog\.info> \w+ syslogd: kernel boot file is /ns-13\.0-(\S+)"
    assert re.findall(shape, text(lab, "/var/log/messages")) == ["47.22", "47.24"]


@pytest.mark.fact("boot-messages")
def test_what_a_script_prints_is_bounded(lab: Any) -> None:
    printed = booted(
        lab, "/nsconfig/rc.netscaler", "for i in 1 2 3; do cat /nsconfig/rc.netscaler; done\n" + "x" * 3000 + "\n" * 100
    )
    assert 1 < len(printed.splitlines()) <= 50
    assert max(map(len, printed.splitlines())) <= 500


@pytest.mark.fact("cron-log", "cron-jobs")
def test_jobs_of_the_appliance(lab: Any) -> None:
    """The system's own jobs, as in the test data of the scanner for CVE-2019-19781."""
    lab.simulator.appliance("gw").advance(3600)
    lines = text(lab, "/var/log/cron").splitlines()
    shape = r"Jan 15 0[34]:\d\d:00 <cron\.info> gw1 /usr/sbin/cron\[\d+\]: \(root\) CMD \((.*)\)"
    found = [re.fullmatch(shape, line) for line in lines]
    assert all(found)
    commands = [match[1] for match in found if match]
    assert commands.count("   nsfsyncd -p") == 60
    assert {command: commands.count(command) for command in sorted(set(commands))} == {
        "   adjkerntz -a": 2,
        "   newsyslog": 1,
        "   nsfsyncd -p": 60,
        "   nslog.sh dozip": 1,
    }


@pytest.mark.fact("cron-log", "cron-jobs", "cron-users")
def test_a_job_of_nobody(lab: Any) -> None:
    """What an intruder leaves is carried out each minute, as that user; a boot does not end it."""
    appliance = lab.simulator.appliance("gw")
    appliance.write_file(
        "/var/cron/tabs/nobody", "*/5 * * * * id -un >> /tmp/id; touch /nsconfig/x\n@reboot echo up > /tmp/up\n"
    )
    appliance.advance(15 * 60)
    assert text(lab, "/tmp/id") == "nobody\n" * 3
    assert (node(lab).files["/tmp/id"].owner, "/nsconfig/x" in node(lab).files) == ("nobody", False)
    line = r"Jan 15 03:05:00 <cron\.info> gw1 /usr/sbin/cron\[\d+\]: \(nobody\) CMD \(id -un >> /tmp/id; touch /nsconfig/x\)"
    assert len(re.findall(line, text(lab, "/var/log/cron"))) == 1
    appliance.reboot()
    assert text(lab, "/tmp/up") == "up\n"
    appliance.advance(300)
    assert text(lab, "/tmp/id") == "nobody\n", "the memory disk is new"


@pytest.mark.fact("cron-jobs")
def test_without_its_job_nothing_is_rotated(lab: Any) -> None:
    appliance = lab.simulator.appliance("gw")
    appliance.write_file("/etc/crontab", "* * * * * root nosuchcommand\n")
    appliance.write_file("/var/log/httperror.log", "x" * 200_000)
    appliance.advance(7200)
    assert "/var/log/httperror.log.0.gz" not in appliance.state()["nodes"][0]["files"]
    appliance.write_file("/etc/crontab", "30 * * * * root /usr/sbin/newsyslog\n")
    appliance.advance(1700)
    assert "/var/log/httperror.log.0.gz" not in appliance.state()["nodes"][0]["files"]
    appliance.advance(200)
    assert "/var/log/httperror.log.0.gz" in appliance.state()["nodes"][0]["files"]


def test_a_jump_of_the_clock_is_bounded(lab: Any) -> None:
    """Of years only the last day's jobs are carried out; a clock that goes back repeats nothing."""
    appliance = lab.simulator.appliance("gw")
    appliance.write_file("/var/cron/tabs/root", "0 * * * * date +\\%d >> /var/tmp/days%the input\n")
    appliance.advance(3 * 365 * 86400)
    assert len(text(lab, "/var/tmp/days").split()) == 24
    appliance.fault("clock_skew", seconds=-86400)
    assert len(text(lab, "/var/tmp/days").split()) == 24


def test_the_scripts_of_a_jump_are_bounded(lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An endless job is ended, and not carried out for each minute that is caught up; so many scripts run at most."""
    appliance = lab.simulator.appliance("gw")
    appliance.write_file("/var/cron/tabs/root", "* * * * * echo x >> /tmp/x; while true; do true; done\n")
    appliance.advance(86400)
    assert text(lab, "/tmp/x") == "x\n"
    appliance.advance(60)
    assert text(lab, "/tmp/x") == "x\n" * 2
    monkeypatch.setattr(jobs, "MOST_SCRIPTS", 50)
    appliance.write_file("/var/cron/tabs/root", "* * * * * echo y >> /tmp/y\n" * 4)
    appliance.advance(3600)
    assert text(lab, "/tmp/y") == "y\n" * 50


def test_the_work_of_a_jump_is_bounded(lab: Any) -> None:
    """Jobs that end just before they are killed use up what all jobs of a jump may do."""
    appliance = lab.simulator.appliance("gw")
    busy = f"echo x >> /tmp/x; for i in {'1 ' * 6000}; do :; done"
    appliance.write_file("/var/cron/tabs/root", f"* * * * * {busy}\n")
    appliance.advance(86400)
    assert 1 < text(lab, "/tmp/x").count("x") <= 3 * jobs.MOST_SHARES


def test_crontabs_are_bounded(lab: Any) -> None:
    for number in range(70):
        lab.simulator.appliance("gw").write_file(f"/var/cron/tabs/u{number:02d}", "* * * * * x\n" * 300)
    found = jobs.known(node(lab))
    assert len(found) == jobs.MOST_JOBS
    assert crontab.jobs(b"# " + b"x" * 70_000 + b"\n* * * * * y\n", "root") == ()


@pytest.mark.fact("cron-jobs")
@pytest.mark.parametrize(
    ("line", "moment", "due"),
    [
        ("*/5 8-18/2 * * *", "2020-01-15T10:05", True),
        ("*/5 8-18/2 * * *", "2020-01-15T11:05", False),
        ("0 0 1 jan mon", "2020-01-06T00:00", True),
        ("0 0 1 jan mon", "2020-01-01T00:00", True),
        ("0 0 1 jan mon", "2020-01-02T00:00", False),
        ("0 0 * * 7", "2020-01-05T00:00", True),
        ("1,31 0-5 * * *", "2020-01-05T05:31", True),
        ("@daily", "2020-01-05T00:00", True),
        ("@hourly", "2020-01-05T00:01", False),
    ],
)
def test_fields_of_a_crontab(line: str, moment: str, due: bool) -> None:
    """As crontab(5) says: of day and weekday one is enough."""
    (job,) = crontab.jobs(f"MAILTO=x\n# {line} root y\n{line} root y z\n".encode())
    assert (job.user, job.command) == ("root", "y z")
    assert job.due(datetime.fromisoformat(moment)) is due


@pytest.mark.parametrize(
    "line",
    ["61 * * * * root x", "* * * foo * root x", "* * * *", "*/0 * * * * root x", "5-1 * * * * root x", "@never root x"],
)
def test_a_line_that_cron_does_not_understand_is_left_out(line: str) -> None:
    assert [job.command for job in crontab.jobs(f"{line}\n* * * * * root y\n".encode())] == ["y"]
