# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ten daily readings (fact sheet crisis 6.5), each with what it finds and with ordinary lines beside that it must not find."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.own_runs import OwnTest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.bookmarks import Bookmarks
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.known_of_appliance import (
    administrators,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.node_clock import NodeClock

from tests.played_together import played_together
from tests.unit.plugin_utils.traces.log_reading.stage import (
    ALL_QUIET,
    HOST,
    NOW,
    OURS,
    access,
    cef,
    command,
    denied,
    engine,
    examine,
    known,
    lines,
    session,
    shell,
    traces,
)

ARMED = (
    "Nov 28 04:10:00 <local1.info> gw nsaaad[2100]: call to authenticate user :pitboss NSPPE;$(id) unexpectedly died"
)
GENUINE = "Nov 28 04:10:00 <local0.crit> gw pitboss[99]: NSPPE-00 (123) unexpectedly died"
VERIEXEC = (
    "Nov 28 04:00:00 <kern.crit> gw kernel: MAC/veriexec: no fingerprint (file=/var/tmp/a b fsid=1 fileid=2 gppid=3)"
)


def test_ordinary_lines_are_no_findings() -> None:
    ordinary = {
        "ns.log": lines(
            command("show ns config", "monitor", "192.0.2.77", time="03:20:00"),
            command("add lb vserver v HTTP 192.0.2.1 80", time="03:20:00"),
            command("set responder policy tq_x", "tourniquet", "192.0.2.200", time="03:30:00"),
            ALL_QUIET,
            session("LOGIN", "17", "203.0.113.5", time="04:00:00"),
            session("TCPCONNSTAT", "17", "203.0.113.77", "203.0.113.77", time="04:00:00"),
            engine("04:00:01", "AAA Message", '"Authentication is rejected for jansen"'),
            denied("203.0.113.5", "/favicon.ico", "theirs", time="04:00:01"),
            cef("203.0.113.5", "/favicon.ico", "theirs", time="04:00:01"),
            engine(
                "04:00:02",
                "APPFW APPFW_STARTURL",
                "203.0.113.5 9-PPE0 - theirs Disallow Illegal URL: https://a/x <blocked>",
            ),
        ),
        "messages": lines("Nov 28 04:00:00 <syslog.info> gw syslogd: kernel boot file is /ns-13.1-53.24"),
        "httpaccess.log": lines(access("/vpn/index.html", 200), access("/vpn/media/x.png", 404)),
        "httperror.log": lines(
            "[Sat Nov 28 04:05:00.000000 2026] [core:notice] [pid 9] AH00094: Command line: '/bin/httpd'"
        ),
        "nsvpn.log": lines(
            "Nov 28 04:10:00 <local1.info> gw nsaaad[2100]: call to authenticate user :j.jansen@site.example"
        ),
        "sh.log": lines(shell("ls /var/log", name="sh")),
        "cron": lines("Nov 28 04:10:00 <cron.info> gw /usr/sbin/cron[1]: (root) CMD (   nsfsyncd -p)"),
    }
    found = examine(ordinary)
    assert traces(found) == []
    assert found.own == 1
    assert found.examination.exit_code == 0
    assert [str(one) for one in found.examination.not_seen] == []


@played_together(
    ("files", "found"),
    [
        ({"nsvpn.log": [ARMED]}, ("attempt", "shell syntax in a user name")),
        ({"messages": [ARMED]}, ("attempt", "armed text")),
        ({"httpaccess.log": [access("/vpn/../vpns/cfg/smb.conf", 403)]}, ("attempt", "attack that httpd refused: 203.0.113.9 status 403")),
        (
            {"httpaccess.log": [access("/vpn/%2e%2e/%76pns/cfg/smb", 200)]},
            ("attempt", "attack answered by httpd with success: 203.0.113.9 status 200"),
        ),
        (
            {"ns.log": [engine("04:00:00", "RESPONDER Message", '"tq_x blocked client=203.0.113.9 url=/vpn/../vpns/cfg/smb.conf"')]},
            ("attempt", "attack that a policy logged: 203.0.113.9"),
        ),
        (
            {"ns.log": [denied("203.0.113.9", "/a/../b", "tq_appfw_log")]},
            ("attempt", "attack that the application firewall logged: 203.0.113.9 not blocked"),
        ),
        (
            {"ns.log": [denied("203.0.113.9", "/vpn/../vpns/cfg/smb.conf", "theirs", "blocked")]},
            ("attempt", "attack that the application firewall logged: 203.0.113.9 blocked"),
        ),
        (
            {"ns.log": [cef("203.0.113.9", "/vpn/../vpns/cfg/smb.conf?a\\=b", "theirs")]},
            ("attempt", "attack that the application firewall logged: 203.0.113.9 not blocked"),
        ),
        (
            {"httpaccess.log": [access("/vpn/media/a.png", 404, size=9000)]},
            ("compromise", "large answer with status 404 from a directory for static files: /vpn/media/a.png"),
        ),
        ({"ns.log": [command("add system user support1 x", source="127.0.0.1")]},
            ("compromise", "system user or right changed from the appliance itself: nsroot from 127.0.0.1")),
        ({"ns.log": [command("add system user x y", "admin", "203.0.113.9")]}, ("review", "system user or right changed: admin from 203.0.113.9")),
        (
            {"ns.log": [command("set authentication epaAction e -defaultEPAGroup NO_AUTH")]},
            ("compromise", "end-point scan set to let everybody in: nsroot from 192.0.2.44"),
        ),
        (
            {"ns.log": [command("unbind vpn vserver gw -policy ldap", "admin", "203.0.113.9")]},
            ("review", "authentication weakened or changed: admin from 203.0.113.9"),
        ),
        (
            {"ns.log": [command("rm lb vserver v", "admin", "203.0.113.9")]},
            ("review", "changing commands, neither ours nor of a known administrator: admin from 203.0.113.9"),
        ),
        (
            {"ns.log": [command('login root "********"', "root", "203.0.113.9", "ERROR: Invalid username or password")]},
            ("review", "failed log-on at the management address from a public address: 203.0.113.9"),
        ),
        (
            {"ns.log": [session("LOGIN", "17", "203.0.113.5"), session("TCPCONNSTAT", "17", "203.0.113.5", "198.51.100.9")]},
            ("review", "session used from another network than its log-on: 198.51.100.9"),
        ),
        (
            {"ns.log": [session("LOGIN", "17", "203.0.113.5"), session("HTTPREQUEST", "17", "198.51.100.9")]},
            ("review", "session used from another network than its log-on: 198.51.100.9"),
        ),
        (
            {"ns.log": [session("LOGIN_FAILED", str(n), "198.51.100.9", user=f"u{n}") for n in range(10)]},
            ("review", "one address with log-ons of many users: 198.51.100.9"),
        ),
        ({"ns.log": [engine("04:00:00", "AAA Message", '"Authentication is rejected for \x80\xff\x01abc"')]},
            ("compromise", "bytes of memory in a rejected log-on")),
        (
            {"ns.log": [engine("04:00:00", "AAA Message", '"Authentication is rejected for M\xc3\xbcller"')]},
            ("review", "name with letters beyond ASCII in a rejected log-on"),
        ),
        (
            {"nsvpn.log": ["Nov 28 04:10:00 <local1.info> gw nsaaad[2100]: call to authenticate user :a${IFS}b"]},
            ("attempt", "shell syntax in a user name"),
        ),
        ({"messages": [GENUINE]}, ("review", "crash of a process")),
        (
            {"ns.log": [engine("04:05:00", "SSLVPN Message", '"DTLS handshake: Internal Error"')], "messages": [GENUINE]},
            ("attempt", "DTLS error followed by a crash within 10 minutes"),
        ),
        ({"messages": [VERIEXEC]}, ("review", "executable without a valid signature was run: /var/tmp/a b")),
        (
            {"ns.log": [ALL_QUIET, ALL_QUIET.replace("11/28/2026:04:00:00", "11/28/2026:03:30:00")]},
            ("review", "times go back by more than 10 minutes"),
        ),
        (
            {"ns.log": [ALL_QUIET.replace("11/28/2026:04", "11/27/2026:04"), ALL_QUIET]},
            ("review", "no line for more than 12 hours: 2026-11-27 04:00:00+00:00 to 2026-11-28 04:00:00+00:00"),
        ),
        (
            {"httperror.log": ["[Sat Nov 28 04:05:00 2026] [core:notice] [pid 9] AH00094: Command line: '/bin/httpd -f /etc/httpd.conf'"]},
            ("review", "start of httpd without a boot"),
        ),
        (
            {"httperror.log": ["[Sat Nov 28 04:05:00 2026] [:error] [pid 9] PHP Warning: x in /var/netscaler/logon/a.css on line 3"]},
            ("compromise", "PHP runs a file that is no .php file: /var/netscaler/logon/a.css"),
        ),
        ({"ns.log": ["Nov 28 04:00:00 <local0.info> gw nsconfigd[1]: x"]}, ("review", "no line of the packet engine")),
    ],
)  # fmt: skip
def test_each_reading_finds_its_trace(files: dict[str, list[str]], found: tuple[str, str]) -> None:
    assert traces(examine({name: lines(*texts) for name, texts in files.items()})) == [found]


def test_a_session_without_a_log_on_is_found_once_the_log_reaches_far_enough_back() -> None:
    used = session("TCPCONNSTAT", "99", "198.51.100.9", "198.51.100.9")
    early = engine("04:00:00", "SSLVPN LOGIN", "User x").replace("11/28/2026", "11/27/2026")
    middle = early.replace("11/27/2026:04", "11/27/2026:15")
    assert (
        traces(examine({"ns.log": lines(early, middle, used)}))
        == [
            ("review", "no line for more than 12 hours: 2026-11-27 15:00:00+00:00 to 2026-11-28 04:30:00+00:00"),
            ("review", "session without a log-on: 198.51.100.9"),
        ][::-1]
    )
    short = examine({"ns.log": lines(ALL_QUIET, used)})
    assert traces(short) == []
    (told,) = short.examination.not_seen
    assert (told.is_gap, told.what) == (False, "log-ons of 1 line about sessions")


def test_a_network_with_ordinary_log_ons_is_benign() -> None:
    texts = lines(session("LOGIN", "1", "203.0.113.5"), session("TCPCONNSTAT", "99", "203.0.113.200", "203.0.113.200"))
    found = examine({"ns.log": texts})
    assert traces(found) == []
    assert found.examination.not_seen == ()


def test_the_log_on_of_yesterday_explains_the_session_of_today() -> None:
    marks = Bookmarks()
    first = lines(session("LOGIN", "17", "203.0.113.5"))
    examine({"ns.log": first}, marks)
    assert marks.sessions == {"17": "203.0.113.0/24"}
    again = examine({"ns.log": first + lines(session("TCPCONNSTAT", "17", "198.51.100.9", "198.51.100.9"))}, marks)
    assert traces(again) == [("review", "session used from another network than its log-on: 198.51.100.9")]


def test_armed_text_stays_armed_until_it_is_gone_and_comes_first() -> None:
    marks, files = (
        Bookmarks(),
        {"messages": lines(ARMED), "ns.log": lines(command("add system user a b", source="127.0.0.1"))},
    )
    first, again = examine(files, marks), examine(files, marks)
    assert traces(first)[0] == ("attempt", "armed text")
    assert traces(again) == [("attempt", "armed text")]
    assert len(again.armed) == 1
    assert (
        traces(examine({"messages": b""}, marks))
        == [("review", "log emptied, replaced or removed without a rotation")] * 2
    )


def test_armed_text_is_looked_for_where_the_job_looks() -> None:
    quiet = lines(ALL_QUIET)
    found = examine({"ns.log": quiet, "ns.log.0": lines(ARMED), "ns.log.1": lines(ARMED)})
    assert sorted(traces(found)) == [("attempt", "armed text"), ("attempt", "shell syntax in a user name")]
    fixed = examine({"ns.log": quiet, "ns.log.0": lines(ARMED)}, what=known(is_armable=False))
    assert traces(fixed) == [("attempt", "shell syntax in a user name")]
    assert fixed.armed == ()


@pytest.mark.parametrize(
    "text",
    [
        "NSPPE-00 unexpectedly died said pitboss $(id)",
        "missed too many heartbeats: PPE pitboss",
        "PITBOSS nsppe UNEXPECTEDLY DIED",
    ],
)
def test_armed_text_is_recognised_in_any_order(text: str) -> None:
    line = f"Nov 28 04:10:00 <local0.info> x  11/28/2026:04:10:00 GMT gw 0-PPE-0 : default AAA LOGIN_FAILED 1 0 :  User {text} - Client_ip 203.0.113.9"
    assert traces(examine({"ns.log": lines(line)})) == [("attempt", "armed text: 203.0.113.9")]


def test_a_command_is_ours_only_where_account_address_and_time_fit() -> None:
    def own(**changes: str) -> int:
        return examine(
            {
                "ns.log": lines(
                    command(
                        "rm lb vserver v",
                        **{"user": "tourniquet", "source": "192.0.2.200", "time": "03:30:00"} | changes,
                    )
                )
            }
        ).own

    assert own() == 1
    assert [own(user="nsroot"), own(source="192.0.2.201"), own(time="01:00:00")] == [0, 0, 0]


def test_a_probe_is_ours_only_where_run_address_and_time_fit() -> None:
    def found(**changes: str) -> int:
        probe = {"client": "192.0.2.200", "agent": "tourniquet-probe/0123456789", "time": "03:30:00"} | changes
        return len(traces(examine({"httpaccess.log": lines(access("/vpn/../vpns/cfg/smb.conf", 403, **probe))})))

    assert found() == 0
    assert [found(client="203.0.113.9"), found(agent="tourniquet-probe/other"), found(time="01:00:00")] == [1, 1, 1]


def test_a_first_level_trace_is_told_even_of_an_administrator() -> None:
    assert traces(examine({"ns.log": lines(command("add system user a b"))})) == []
    assert traces(examine({"ns.log": lines(command("add system user a b", source="192.0.2.200"))})) == [
        ("review", "system user or right changed: nsroot from 192.0.2.200")
    ]


def test_many_addresses_are_bounded_and_the_rest_is_counted() -> None:
    texts = [access("/vpn/../vpns/cfg/smb.conf", 403, client=f"203.0.{n // 250}.{n % 250 + 1}") for n in range(300)]
    found = examine({"httpaccess.log": lines(*texts)})
    assert len(traces(found)) == 50
    assert found.notes == ["192.0.2.11: 250 more lines of: attack that httpd refused"]


def test_a_clock_that_is_wrong_is_told_and_corrected() -> None:
    found = examine(
        {"messages": lines(GENUINE.replace("Nov 28", "Dec  2"))}, clock=NodeClock(NOW, ahead=timedelta(days=4))
    )
    (crash,) = found.examination.findings
    assert crash.time is not None
    assert crash.time.isoformat() == "2026-11-28T04:10:00+00:00"


def test_a_log_level_of_none_is_found() -> None:
    found = examine({}, parameters={"loglevel": ["NONE"]})
    assert traces(found) == [("review", "no line of the packet engine")]


def test_an_administrator_is_a_user_with_or_without_a_network() -> None:
    one, two = administrators(HOST, ["jan@192.0.2.0/24", "monitor"])
    assert one.is_it("jan", "192.0.2.9")
    assert not one.is_it("jan", "198.51.100.1")
    assert not one.is_it("jan", "")
    assert two.is_it("monitor", "")
    with pytest.raises(InvalidInput, match=r"gw: admins has 'jan@x': write a user, or a user with the network"):
        administrators(HOST, ["jan@x"])


def test_a_probe_whose_client_the_log_has_lost_is_for_review() -> None:
    """access_log_format loopback: httpd logs its own address for the clients of a Gateway."""

    def found(**changes: str) -> list[tuple[str, str]]:
        probe = {"client": "127.0.0.1", "agent": "tourniquet-probe/0123456789", "time": "03:30:00"} | changes
        return traces(examine({"httpaccess.log": lines(access("/vpn/../vpns/cfg/smb.conf", 200, **probe))}))

    review = ("review", "request that names a run of ours at its time, and the log has no client: status 200")
    assert found() == [review]
    for changes in (
        {"agent": "tourniquet-probe/other"},
        {"time": "01:00:00"},
        {"agent": "curl"},
        {"client": "203.0.113.9"},
    ):
        assert found(**changes)[0][0] == "attempt", changes


def test_violations_by_our_own_requests_are_ours() -> None:
    tag = "tq-alarm-0011223344556677"
    own = replace(OURS, tests=(OwnTest("run", NOW - timedelta(minutes=29), "192.0.2.200", tag),))
    ours = (denied("192.0.2.200", f"/{tag}-0-/", "tq_appfw_log"), cef("192.0.2.200", f"/{tag}-0-/", "tq_appfw_log"))
    probe = denied("192.0.2.200", "/vpn/../vpns/cfg/smb.conf", "tq_appfw_log", time="03:30:00")
    replayed = denied("203.0.113.9", f"/{tag}-0-/", "tq_appfw_log")
    found = examine({"ns.log": lines(probe, *ours, replayed)}, what=known(own=own))
    assert found.own == 3
    assert traces(found) == [("attempt", "attack that the application firewall logged: 203.0.113.9 not blocked")]
