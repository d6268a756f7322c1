# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The facts that the documents leave open: one switch for each, with its positions and its sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Switch:
    """A fact that the documents leave open: the default position, its meaning, and the sources.

    `positions` are the allowed values; a type allows every value of that type.
    """

    name: str
    default: Any
    positions: tuple[Any, ...] | type
    meaning: str
    source: str


OPEN_FACTS = (
    # Sessions
    Switch(
        "login_answer",
        "both",
        ("sessionid", "nitro_auth_token", "both"),
        "sessionid: JSON and the cookie sessionid; nitro_auth_token: the cookie NITRO_AUTH_TOKEN and an empty text/html body; both: JSON and both cookies",
        "telegraf issue 11478 and a trace of 2025 (sessionid); NITRO guide, a trace of 2017 and the vendor's Python SDK, which reads its "
        "token only from there (NITRO_AUTH_TOKEN); with both every client can log on",
    ),
    Switch(
        "session_limit",
        20,
        int,
        "the largest number of concurrent sessions on a node",
        "product FAQ, connection management",
    ),
    Switch("session_limit_code", 446, (446, 445), "errorcode of the next login", "community topic 250190; error list"),
    Switch(
        "interface_refused_code",
        354,
        (354, 257),
        "errorcode of a log-on at NITRO of an administrator who may use the CLI only (allowedmanagementinterface)",
        "no source: the Go SDK says only that access is not allowed",
    ),
    Switch("session_idle_seconds", 1800, int, "idle time of a session without a timeout in its login", "NITRO guide"),
    Switch(
        "kill_all_spares_caller",
        True,
        bool,
        "systemsession kill all:true does not end the caller's own session",
        "NITRO reference says yes, the Terraform provider's notes say no",
    ),
    # Errors
    Switch(
        "expression_error_status",
        599,
        (599, 400, 200),
        "HTTP status of 3081, 3073, 3092, 3098",
        "no source; Terraform provider issue 1336 reports that such an update was taken for a success",
    ),
    Switch("priority_taken_status", 599, (599, 409), "HTTP status of 3041", "no source"),
    Switch(
        "duplicate_responderaction_code",
        273,
        (273, 528, 724),
        "errorcode of a duplicate responderaction (HTTP 409)",
        "trace of 2018 has the 409; the code is open",
    ),
    Switch(
        "missing_responderaction_code",
        538,
        (538, 258),
        "errorcode of a missing responderaction",
        "rewriteaction has 538 (Terraform provider); responderaction inferred",
    ),
    Switch(
        "auditmessageaction_in_use_code",
        1070,
        (1070, 315, 832),
        "errorcode of deleting a log action that a policy uses",
        "no source; three texts of the error list fit",
    ),
    Switch(
        "label_in_use_code",
        1070,
        (1070, 315),
        "errorcode of deleting a policy label that a binding invokes",
        "no source",
    ),
    Switch(
        "unknown_attribute_code",
        278,
        (278, 1090),
        "errorcode of an unknown attribute in a payload",
        "Terraform provider issue 1447 (278); error list (1090)",
    ),
    Switch(
        "immutable_update",
        "refused",
        ("refused", "refused_if_different", "ignored"),
        "a PUT of an attribute that only a creation sets: refused with 278, also with the value that it has; refused with another value; "
        "or accepted, and the old value stays",
        "the vendor's acceptance tests of lbvserver, csvserver, server, service, servicegroup and sslcertkey (refused); NITRO guide, updating: "
        "it may appear to succeed while the old value stays (ignored); for other types no source",
    ),
    Switch(
        "named_singleton_code",
        278,
        (278, 1090, 258),
        "errorcode of a call that names an object of a type without names, such as nsconfig/x",
        "no source for the code; public clients expect an error",
    ),
    Switch(
        "address_taken_code",
        273,
        (273, 304, 1335),
        "errorcode of a second virtual server at an address and port, a second server with an address, and a second service of a protocol at "
        "a port of a server (HTTP 409)",
        "no source: Resource already exists, Address already in use and Server already exists are in the error list",
    ),
    # Answers
    Switch(
        "empty_unset",
        "systemuser",
        ("systemuser", "refused", "accepted"),
        "an unset that names no attribute: accepted for systemuser and 431 for others, 431 for all, or accepted for all",
        "error list (431); public clients send it for systemuser with the key alone and go on (Salt's module citrixns)",
    ),
    Switch(
        "stringmap_rebind",
        "replaced",
        ("replaced", "refused"),
        "an existing key of a string map is bound again: it has the new value, or 2867",
        "provider, acceptance test: the value of a key changes; error list 2867",
    ),
    Switch(
        "bind_action",
        "refused",
        ("refused", "accepted"),
        "a POST of a binding with action=bind: 1240, or a bind",
        "no source: the reference binds by PUT, older SDKs name unbind only",
    ),
    Switch("delete_body", "done", ("done", "empty"), "body of a successful DELETE", "no source"),
    Switch(
        "warning_answer",
        "209",
        ("209", "body"),
        "how warning=yes is answered: status 209 and a header, or 200 and the body",
        "NITRO guide, error handling (209); older client (body, on PUT and DELETE)",
    ),
    Switch(
        "warning_unasked",
        "swallowed",
        ("swallowed", "body"),
        "a warning without warning=yes in the request",
        "NITRO guide (swallowed); legacy Java SDK (body)",
    ),
    Switch("gzip", True, bool, "GET answers are compressed for clients that offer it", "telegraf issue 11478"),
    Switch(
        "put_bulk_onerror",
        "honoured",
        ("honoured", "ignored"),
        "X-NITRO-ONERROR on a PUT; ignored means exit",
        "NITRO guide shows it on a POST only",
    ),
    Switch(
        "extra_row_key",
        False,
        bool,
        "every row has _nextgenapiresource",
        "Terraform provider notes, newest builds; the vendor's Go SDK has it too: neither names a first build",
    ),
    Switch(
        "documented_defaults",
        "shown",
        ("shown", "hidden"),
        "GET shows the defaults of the attributes that the simulator only stores",
        "published answers of lbvserver, service, servicegroup and nsip show them; for the other types only their reference names defaults",
    ),
    Switch(
        "macroapi_remove_bindings",
        True,
        bool,
        "macroapi?action=remove unbinds too; false: 1240 for bindings",
        "NITRO guide: it deletes resources, and its examples add bindings; it does not show their removal",
    ),
    # Bindings
    Switch(
        "global_get_needs_type",
        True,
        bool,
        "GET of global bindings without args=type lists nothing",
        "ansible-collection-netscaleradc issue 378",
    ),
    Switch(
        "global_delete_ignores_priority",
        True,
        bool,
        "DELETE of a global binding drops all of that policy at that type",
        "ansible-collection-netscaleradc issue 378",
    ),
    Switch(
        "policy_bound_twice",
        "global_only",
        ("global_only", "accepted", "refused"),
        "the same policy at a second priority of one bind point; refused means 3118",
        "ansible-collection-netscaleradc issue 378 (global: taken); error list 3118",
    ),
    Switch(
        "vpn_binding_echoes_goto",
        False,
        bool,
        "GET of a Gateway's policy bindings shows gotopriorityexpression",
        "Terraform provider notes: hidden in stateflag",
    ),
    Switch(
        "where_used_lists_vpnvserver",
        True,
        bool,
        "responderpolicy_binding lists Gateway vservers (never on 12.x and older)",
        "12.x NITRO reference has no such list; newer clients name it",
    ),
    Switch("set_limit", 5000, int, "entries of a pattern set or data set", "error list 2900, product docs 13.1"),
    Switch(
        "set_removal",
        "with_members",
        ("with_members", "refused"),
        "removal of a set with members: they are removed with it, or it is refused (1070)",
        "command reference, rm policy patset: use in an expression is the only obstacle that it names; no source says what happens to members",
    ),
    Switch(
        "dataset_index_rule",
        False,
        bool,
        "data sets too need an index on every entry or on none",
        "command reference says so; the Terraform provider's test mixes them",
    ),
    Switch(
        "dataset_subnets",
        "accepted",
        ("accepted", "refused"),
        "a value of a data set of addresses that is a subnet, such as 192.0.2.0/24; refused: 2873, in IPv6 2881",
        "reference of 14.1-60.57 and the vendor's module policydataset_value_binding (accepted); Terraform provider issue 570 (refused on one build)",
    ),
    # Policies and traffic
    Switch(
        "end_skips_later_banks",
        False,
        bool,
        "END also ends the evaluation of later bind points",
        "the policy guide says both",
    ),
    Switch(
        "gateway_bind_points",
        "split",
        ("split", "request", "both"),
        "split: policies at AAA_REQUEST are evaluated on requests that the Gateway handles itself, those at REQUEST on the rest; request: "
        "only REQUEST is evaluated; both: both on all requests",
        "product page rate limiting with Gateway, CTX693187 (split); CTX477121 (request)",
    ),
    Switch(
        "global_policies_see_gateway",
        True,
        bool,
        "global policies are evaluated on requests at Gateway and authentication vservers",
        "CTX267679 (yes); community topic 249205 (not on one 13.0-85)",
    ),
    Switch(
        "gateway_paths_see_policies",
        True,
        bool,
        "policies are evaluated on requests for the OpenID configuration, doAuthentication.do and the form filler of a Gateway, before its own code",
        "no source: nobody says whether a policy is evaluated before the code of CVE-2023-3519, CVE-2023-4966 and CVE-2025-5777",
    ),
    Switch(
        "appfw_order",
        "before_responder",
        ("before_responder", "after_responder"),
        "when the application firewall sees a request: before or after responder policies; rewrite comes after both",
        "policy guide 9.2, p. 9 (no other feature can process a request that it rejects); no newer page gives the order",
    ),
    Switch(
        "appfw_default_actions",
        "block log stats",
        ("block log stats", "log stats", "none"),
        "what a profile without denyurlaction does at a deny URL",
        "command reference, appfw profile: the default is AS_DEFAULT_DISPOSITION, which it does not spell out",
    ),
    Switch(
        "appfw_deny_url_sees",
        "decoded",
        ("decoded", "raw"),
        "deny URLs are compared with the URL decoded (again and again, unless percentdecoderecursively is OFF), or as received",
        "command reference, appfw profile: percentDecodeRecursively; no source says it of deny URLs",
    ),
    Switch(
        "rewrite_actions_see",
        "rewritten",
        ("rewritten", "original"),
        "the expressions of a rewrite action are evaluated on the message that earlier actions changed, or on the message as received, where "
        "the first change of a text stays",
        "product page, binding a rewrite policy: the effect depends on what is performed before; how rewrite works: actions are collected first",
    ),
    Switch(
        "rewrite_undef_keeps_actions",
        False,
        bool,
        "NOREWRITE for an undefined policy keeps the actions of the policies that matched before",
        "command reference, rewrite param: NOREWRITE does not modify the message; a timeout may leave some rewrites performed",
    ),
    Switch(
        "gateway_answers_rewritten",
        True,
        bool,
        "response policies of rewrite are evaluated on answers that a Gateway makes itself, such as redirects to its log-on page",
        "no source: published configurations rewrite pages of the portal, which its web server sends",
    ),
    Switch(
        "disabled_vserver",
        "refuse",
        ("refuse", "reset"),
        "a new connection to a disabled virtual server is refused, or accepted and reset",
        "no source; product docs, downStateFlush, and CTX140147 say only that existing connections are terminated by a reset",
    ),
    Switch(
        "gateway_logon",
        "classic",
        ("classic", "nfactor"),
        "the portal theme of Gateways: a form for /cgi/login, or nFactor under /p/u/, where /cgi/login refuses every log-on",
        "github.com/slauger/check_netscaler_gateway, issue 7 (RfWebUI is nFactor); the default theme of a build has no source",
    ),
    Switch(
        "logon_needs_origin",
        True,
        bool,
        "builds from 13.1-63 on refuse a log-on at /cgi/login without an Origin header",
        "github.com/slauger/check_netscaler_gateway, issue 7; no vendor page",
    ),
    Switch(
        "portal_idle_seconds",
        1800,
        int,
        "idle time of a session at a Gateway or authentication vserver, 0: none",
        "command reference, vpn parameter: sessTimeout 30 minutes; it does not define idleness",
    ),
    Switch(
        "kill_of_nothing",
        "refused",
        ("refused", "done"),
        "kill of the sessions or connections of a user, a group or an address that has none: 258, or Done",
        "no source; provider notes on aaasession and rdpconnections say only that a kill of all succeeds without any",
    ),
    Switch(
        "kill_logout_method",
        "Explicit",
        ("Explicit", "InternalError"),
        "LogoutMethod in ns.log of a session that an administrator ends",
        "no source; samples in public log parsers have Explicit and TimedOut",
    ),
    Switch(
        "session_kill_ends_connections",
        False,
        bool,
        "kill aaa session ends the user's ICA, PCoIP and RDP connections too",
        "the vendor's advice for CVE-2023-4966 lists a kill command for each, so false; no source says that they stay",
    ),
    Switch(
        "access_log_format",
        "by_release",
        ("by_release", "plain", "loopback", "paired"),
        "the client in httpaccess.log: plain: its address; loopback: 127.0.0.1 for requests from a vserver; paired: `client -> address` "
        "and the process; by_release: plain before 13.1, then paired",
        "samples of 2019 and 2020 (plain, loopback), of 2022 and 2023 (paired); no release is named",
    ),
    Switch(
        "gateway_access_log",
        "by_release",
        ("by_release", "shared", "own"),
        "the log of what httpd answers at Gateways: shared: httpaccess.log; own: httpaccess-vpn.log; by_release: shared before 13.1, then own",
        "github.com/fox-it/dissect.target and the product page on logs name httpaccess-vpn.log, notes of 2020 do not; no release is named",
    ),
    Switch(
        "adm_user_in_log",
        "by_release",
        ("by_release", "always", "never"),
        "CMD_EXECUTED lines have `ADM_User NONE` behind the user; by_release: from 13.1 on",
        "product page on logs (2024, with), samples of 2020 (without), of 2024 (both) in github.com/elastic/integrations; no release is named",
    ),
    Switch(
        "evaluation_without_connection",
        "undefined",
        ("undefined", "error"),
        "policyevaluation of an expression that needs a connection",
        "no source",
    ),
    Switch(
        "counters_lag_seconds", 1.0, float, "delay until hits are shown", "monitoring practice; no figure documented"
    ),
    Switch(
        "drop_seconds", 120.0, float, "how long a connection stays open after DROP", "no source; DROP sends no answer"
    ),
    # High availability
    Switch(
        "secondary_write",
        "lost",
        ("lost", "refused"),
        "configuration written on a secondary: accepted with 1028, or refused with 368",
        "error list 1028; Terraform provider issue 1049",
    ),
    Switch(
        "ha_sync_seconds",
        0.0,
        float,
        "interval of a periodic sync of the secondary; 0: only at boot, failover and hasync",
        "no source",
    ),
    Switch(
        "save_reaches_secondary", True, bool, "save on the primary saves the secondary too", "oneops cookbook, comment"
    ),
    Switch(
        "file_sync_seconds",
        60.0,
        float,
        "delay until files under /nsconfig are on the secondary; 0: never",
        "CTX138748, file synchronisation about every minute",
    ),
    Switch(
        "boot_seconds",
        0.2,
        float,
        "duration of a reboot (minutes on a real appliance)",
        "Terraform provider PR 1400",
    ),
    Switch("boot_answer", "503", ("503", "reset"), "NITRO while booting", "Terraform provider PR 1400"),
    # Access control lists
    Switch(
        "missing_nsacl_code",
        258,
        (258, 864),
        "errorcode of a missing nsacl or nsacl6",
        "no source: error list 864 names it, other types of the same family have 258",
    ),
    Switch(
        "acl_limit",
        0,
        int,
        "the largest number of extended ACLs (0: no limit); one more is refused with 398",
        "error list 398; no number found",
    ),
    Switch(
        "nsacl_priority_type",
        "string",
        ("string", "number"),
        "how GET types an ACL's priority",
        "NITRO reference: Double, so a string; an xds-adaptor test expects a number",
    ),
    Switch(
        "acl_dataset_changes",
        "apply",
        ("apply", "at_once"),
        "when a change of a data set reaches the ACLs that use it",
        "no source; nsacl's aclchildcount hints at an expansion at apply",
    ),
    Switch(
        "acl_renumber",
        "times_ten",
        ("times_ten", "in_order"),
        "renumber makes 20 and 30 of 2 and 3, or 10 and 20",
        "command reference, renumber ns acls: multiples of 10, with the example 2, 3 to 20, 30",
    ),
    Switch(
        "extended_acl_ttl_saved",
        True,
        bool,
        "a save keeps extended ACLs that have a ttl",
        "documented as not saved for simple ACLs only",
    ),
    Switch(
        "acl_twins",
        "refused",
        ("refused", "accepted"),
        "an extended ACL with the conditions and the action of another one, at another name and priority; refused: 869, in IPv6 896",
        "error list 869 and 896 have the text, no source says when",
    ),
    Switch(
        "acl_ttl_clock",
        "add",
        ("add", "apply"),
        "the start of the ttl of an extended ACL: its creation, or the first apply",
        "no source: the command reference says only that it expires after this number of seconds",
    ),
    Switch(
        "nsacl6_ttl",
        "expires",
        ("expires", "kept", "refused"),
        "an extended IPv6 ACL with a ttl: it expires; it shows the ttl but stays; or the argument is unknown",
        "NITRO reference has it for both families; the product docs name IPv4",
    ),
    Switch(
        "simple_acls_in_running_config",
        True,
        bool,
        "nsrunningconfig shows simple ACLs",
        "command reference; a book says they are not shown",
    ),
    # Locations
    Switch(
        "missing_location_code",
        3014,
        (3014, 258),
        "errorcode of a missing custom location",
        "error list 3014; other types have 258",
    ),
    Switch(
        "custom_location_limit",
        0,
        int,
        "the largest number of custom locations (0: no limit); one more is refused with 1830",
        "error list 1830; the command reference recommends 500 at most",
    ),
    Switch(
        "location_load_seconds",
        0.0,
        float,
        "duration of loading a location file; the old one is used meanwhile",
        "NITRO reference (loading); product docs, static proximity database",
    ),
    # Partitions
    Switch(
        "partition_list_has_default",
        True,
        bool,
        "GET nspartition lists the default partition too",
        "NITRO reference: partitiontype is Default Partition or Current Partition; no trace of a list",
    ),
    Switch(
        "partitions_inherit_features",
        False,
        bool,
        "features that are enabled in the default partition are enabled in all others too",
        "no source: nsfeature is configured in each partition (product docs, admin partitions); the initial features of a new one are not documented",
    ),
    # Files and saving
    Switch("save_seconds", 0.0, float, "how long a save takes", "oneops cookbook: tens of seconds happen"),
    Switch(
        "disk_full_code",
        284,
        (284, 1190),
        "errorcode on a full disk: of a save, a file, an import",
        "error list, both texts fit; no trace",
    ),
    Switch(
        "timezone_at_boot",
        True,
        bool,
        "a new time zone of nsparam or nsconfig holds from the next boot on; false: at once",
        "no source; error list 1120 (some settings need a reboot) names none",
    ),
    Switch(
        "systemfile_limit",
        2 * 1024 * 1024,
        int,
        "the largest file that systemfile accepts, 0: no limit",
        "NITRO guide, file operations: 2 MB",
    ),
    Switch(
        "ssh_exit_status",
        "zero",
        ("zero", "command"),
        "the exit status of a command over SSH: always 0, or that of the command (1 after an error of the CLI)",
        "no source; public collectors look at the output only",
    ),
    Switch(
        "ssh_shell_input",
        "passed",
        ("passed", "empty"),
        "what a client sends is the input of `shell COMMAND` over SSH, or the command has none",
        "no source; the ssh connection of the vendor's Ansible collection copies files by piping them into shell dd",
    ),
    Switch(
        "grep_knows_blank",
        True,
        bool,
        "grep of the shell reads \\s as a blank outside of brackets; false: as the letter s",
        "no source: POSIX does not define it, published scanners rely on it; in brackets it is a backslash and the letter s",
    ),
    Switch(
        "nsconfig_is_link",
        True,
        bool,
        "/nsconfig is a symbolic link to /flash/nsconfig, so `find /nsconfig` finds the link only; false: a directory",
        "CTX114020 calls directories below it links to /flash; no listing of the root was found",
    ),
    Switch(
        "systemfile_follows_links",
        True,
        bool,
        "systemfile lists a symbolic link as the file that it leads to, and reads it; false: links are not there",
        "no source: filemode of the NITRO reference knows DIRECTORY only",
    ),
    Switch(
        "systemfile_changes_config",
        False,
        bool,
        "making or deleting a file counts as a change of the configuration (configchanged, lastconfigchangedtime)",
        "no source; a file is not a line of ns.conf",
    ),
    Switch(
        "systemfile_create_exclusive",
        True,
        bool,
        "one of two creations of a file at the same moment is refused; false: both succeed, and the last one stays",
        "no source: 1642 for an existing file is documented, but not that check and creation are atomic",
    ),
    Switch(
        "cs_bank_order",
        "lb_first",
        ("lb_first", "cs_first"),
        "of a request at a content switching vserver: the policies of the target are evaluated before those of the vserver itself, or after them",
        "policy guide 9.2 and a blog of 2008 (lb_first); a field report says that responder policies come before the CS policy",
    ),
    Switch(
        "cs_default_again",
        "refused",
        ("refused", "replaced"),
        "a second default target of a content switching vserver: 273, or it replaces the first",
        "no source",
    ),
    Switch(
        "appfw_signatures_answer",
        "text",
        ("text", "rows"),
        "appfwsignatures without a name: one object whose attribute response is the text of `show appfw signatures`, or a row for each set, "
        "with encryptedversion",
        "NITRO reference (response); two public programs read its text (github.com/grega-zoubek/WAF-helper, of a 14.1 73.33 of 2026); the "
        "test of a third one has rows",
    ),
    Switch(
        "deny_list_binding",
        "absent",
        ("absent", "shown"),
        "denylistglobal_binding, the bindings of the vendor's Global Deny List: an unknown type, or a row for each label",
        "NetScalerToolkit 2026, made of NITRO metadata of 13.1 and 14.1 (shown); absent from the Go SDK and the Ansible collection of 2026",
    ),
    Switch(
        "lbmonitor_disable",
        "type",
        ("type", "alone"),
        "a disabled monitor disables all monitors of its type, or itself alone",
        "NITRO reference, lbmonitor (type); its own text on the state of a bound monitor speaks of one",
    ),
    Switch(
        "signed_executables_since",
        "13.1",
        ("13.0", "13.1", "14.1"),
        "the first release that knows systemsignedexereport",
        "no source: the product page has no release; a triage report of 2025 names 13.1 and 14.1",
    ),
    Switch(
        "named_rnat_since",
        "13.0",
        ("12.1", "13.0"),
        "the first release whose rnat rules have names: add rnat NAME; older ones have set rnat NETWORK",
        "no source for the release: the NITRO reference of 12.0 has no names, the latest one has",
    ),
    Switch(
        "auditmessages_in_partition",
        "accepted",
        ("accepted", "refused"),
        "auditmessages in an admin partition: the messages of the node, or 2760",
        "no source",
    ),
    Switch(
        "skip_systemaccess_policyeval",
        1,
        (0, 1),
        "skip_systemaccess_policyeval of a node after a boot: 0 evaluates global policies on management traffic too",
        "CTX267679; default value by repute",
    ),
)
