# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a person settles the open facts that no experiment settles, and why none does. Pure."""

from __future__ import annotations

from collections.abc import Mapping

BY_HAND: Mapping[str, str] = {
    # Sessions
    "session_limit": "It would lock other administrators out. On a spare VPX: log on until a log-on is refused, and count.",
    "session_limit_code": "As session_limit: the errorcode of the log-on that is refused.",
    "interface_refused_code": "It needs a user. Make one with allowedmanagementinterface CLI, and log on at NITRO.",
    "session_idle_seconds": "It takes half an hour. Log on without a timeout, wait, and read something.",
    "kill_all_spares_caller": "It ends the sessions of others. On a spare VPX: POST systemsession?action=kill with all true, then read something.",
    # Bindings and traffic
    "end_skips_later_banks": "It needs traffic through two bind points. Bind a policy with END globally, another one to a virtual server, and read both hits.",
    "appfw_order": "It needs traffic. Bind a blocking profile and a responder policy for one URL, ask for it, and see which one answers.",
    "appfw_default_actions": "It needs traffic. Make a profile with a deny URL, leave denyurlaction out, and ask for the URL.",
    "appfw_deny_url_sees": "It needs traffic. Make a deny URL for /abc, and ask for /%61bc.",
    "rewrite_actions_see": "It needs traffic. Bind two rewrite policies, the second one for the text that the first one inserts.",
    "rewrite_undef_keeps_actions": "It needs traffic. Bind a rewrite policy that matches, and behind it one that is undefined with NOREWRITE.",
    "gateway_answers_rewritten": "It changes what users of a Gateway get. On a spare VPX: bind a response policy that adds a header, and open the log-on page.",
    "disabled_vserver": "It needs a client. Disable a virtual server of a spare VPX, and connect to it: refused, or reset.",
    "gateway_logon": "It needs the log-on page. Open it in a browser, and look in its requests for /cgi/login or /p/u/.",
    "logon_needs_origin": "It needs the password of a user. Send a log-on to /cgi/login with and without the header Origin.",
    "portal_idle_seconds": "It takes long. Log on at a Gateway, send nothing, and see in `show aaa session` when it ends.",
    "kill_of_nothing": "A build that ignores the name would end the sessions of all. On a spare VPX: kill aaa session -userName nobody.",
    "kill_logout_method": "It ends the session of a user. Kill one of your own, and read LogoutMethod in ns.log.",
    "session_kill_ends_connections": "It ends the session of a user. Open an ICA connection of your own, kill your AAA session, and see whether it stays.",
    "access_log_format": "Logs hold addresses. Read the last lines of /var/log/httpaccess.log after a request to a Gateway.",
    "counters_lag_seconds": "It needs traffic. Send a request that a policy matches, and read its hits every tenth of a second.",
    "drop_seconds": "It needs traffic. Bind a policy with DROP, send a request, and measure how long the connection stays open.",
    "cs_bank_order": "It needs traffic. Bind a policy to a content switching virtual server and another one to its target, and see which one answers.",
    # High availability and saving
    "secondary_write": "Nothing is written to a secondary. On a spare pair: add a responder action there, and see errorcode and warning.",
    "ha_sync_seconds": "As secondary_write: watch how long the action stays.",
    "save_reaches_secondary": "Nothing is saved. On a spare pair: save on the primary, and read lastconfigsavetime on both nodes.",
    "file_sync_seconds": "It needs a file in /nsconfig. On a spare pair: make one on the primary, and watch for it on the secondary.",
    "boot_seconds": "It needs a restart: measure from the restart to the first answer of NITRO.",
    "boot_answer": "It needs a restart: ask NITRO all the time, and note what answers while it starts.",
    "save_seconds": "Nothing is saved. Measure your next save.",
    "disk_full_code": "It needs a full disk. On a spare VPX: fill /var, and make a file.",
    "timezone_at_boot": "It changes the clock. On a spare VPX: set another time zone, and read nsconfig.",
    # Access control lists
    "acl_limit": "An ACL that is not applied may be applied by somebody else, so none is made. On a spare VPX: add ACLs until one is refused.",
    "acl_dataset_changes": "As acl_limit: apply an ACL with a data set, change the set, and send a packet.",
    "acl_renumber": "Renumbering changes all ACLs. On a spare VPX: add ACLs at 2 and 3, renumber, and read their priorities.",
    "extended_acl_ttl_saved": "Nothing is saved. On a spare VPX: add an ACL with a ttl, save, and read ns.conf.",
    "acl_twins": "As acl_limit: add the same ACL under another name and priority.",
    "acl_ttl_clock": "As acl_limit: add an ACL with a ttl, apply it a minute later, and read its ttl.",
    "nsacl6_ttl": "As acl_limit: add an nsacl6 with a ttl.",
    # Locations
    "missing_location_code": "A DELETE would remove a location that has this range. Delete one that you know is not there, and read the errorcode.",
    "custom_location_limit": "It fills the database. On a spare VPX: add locations until one is refused.",
    "location_load_seconds": "It replaces the location file. Measure your next load: read loading of locationparameter.",
    "language_location_case": "An evaluation has no client address. Bind a policy with MATCHES_LOCATION in lower case, and send a request.",
    "language_location_less_specific": "As language_location_case: with a pattern that has more qualifiers than the row.",
    "language_location_wildcard": "As language_location_case: with matchwildcardtoany NO, and * for a qualifier that has a value.",
    "language_other_address_family": "An evaluation has no connection. Bind a policy with CLIENT.IP.SRC, and send a request over IPv6.",
    # Partitions
    "partitions_inherit_features": "It needs a new partition. Make one, and read its nsfeature.",
    "auditmessages_in_partition": "It needs a partition. Switch to one, and read auditmessages.",
    # Nodes
    "ssh_exit_status": "It needs SSH. ssh USER@NSIP 'show nothing'; echo $?",
    "ssh_shell_input": "It needs SSH. echo x | ssh USER@NSIP 'shell cat'",
    "grep_knows_blank": "It needs the shell. printf 'a b' | grep 'a\\sb'",
    "nsconfig_is_link": "It needs the shell. ls -ld /nsconfig",
    "systemfile_follows_links": "It needs a link. Make one below /var/tmp in the shell, and read the directory with systemfile.",
    "systemfile_create_exclusive": "It needs two clients at the same moment. Create the same file from two of them in a loop, and count successes.",
    "lbmonitor_disable": "It may disable all monitors of a type. On a spare VPX: disable one of two monitors of a type, and read both.",
    "signed_executables_since": "It needs several releases. GET systemsignedexereport on each: the first one that knows it.",
    "named_rnat_since": "It changes address translation. On a spare VPX of 12.1: add rnat NAME NETWORK.",
    "skip_systemaccess_policyeval": "It needs the shell. nsapimgr_wr.sh -ys skip_systemaccess_policyeval after a restart.",
}
"""By fact."""

FURTHER: Mapping[str, str] = {
    "empty_unset": "Where an unset of nothing is refused, it needs a user: unset a user of yours with its name alone.",
    "policy_bound_twice": "Where a second binding at a virtual server is refused, -e globally=true settles it.",
    "set_limit": "Where 5,001 entries are accepted, add more until one is refused.",
    "systemfile_limit": "Where 2 MiB and one byte are accepted, make larger files until one is refused.",
}
"""By fact that an experiment settles only in some positions, how a person settles the others."""
