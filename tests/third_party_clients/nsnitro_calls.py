# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Use nsnitro, in the environment of the third-party clients: `python nsnitro_calls.py ADDRESS:PORT` prints the results."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import python2  # noqa: F401  urllib as this program knows it
from nsnitro import NSNitro
from nsnitro.nsexceptions import NSNitroError
from nsnitro.nsresources import (
    NSLBVServer,
    NSLBVServerServiceBinding,
    NSResponderAction,
    NSResponderPolicy,
    NSResponderPolicyLabel,
    NSResponderPolicyLabelBinding,
    NSRunningConfig,
    NSServer,
    NSService,
)
from nsnitro.nsresources.nsacl import NSAcl
from nsnitro.nsresources.nsacls import NSAcls
from nsnitro.nsresources.nsconfig import NSConfig
from nsnitro.nsresources.nscsvserverresponderpolicybinding import NSCSVServerResponderPolicyBinding
from nsnitro.nsresources.nsfeature import NSFeature
from nsnitro.nsresources.nshanode import NSHANode
from nsnitro.nsresources.nshardware import NSHardware
from nsnitro.nsresources.nshostname import NSHostname
from nsnitro.nsresources.nsip import NSIP
from nsnitro.nsresources.nssimpleacl import NSSimpleacl
from nsnitro.nsresources.nsversion import NSVersion

SEEN: dict[str, Any] = {}


def refused(call: Callable[..., Any], *arguments: Any) -> str:
    """Return the name of the error class: this library has one for each errorcode of the vendor's list."""
    try:
        call(*arguments)
    except NSNitroError as error:
        return type(error).__name__
    return "taken"


def reads(nitro: Any) -> None:
    SEEN["version"] = NSVersion.get(nitro).get_version()
    SEEN["hostname"] = NSHostname.get(nitro).get_hostname()
    SEEN["hardware"] = NSHardware.get(nitro).get_hwdescription()
    SEEN["addresses"] = [item.get_type() for item in NSIP.get_all(nitro)]
    SEEN["node"] = NSHANode.get_all(nitro)[0].options["state"]
    SEEN["timezone"] = NSConfig.get_all(nitro).get_timezone()


def services(nitro: Any) -> None:
    server = NSServer({"name": "backend", "ipaddress": "192.0.2.80"})
    NSServer.add(nitro, server)
    SEEN["twice"] = refused(NSServer.add, nitro, server)
    service = NSService(
        {"name": "svc", "servername": "backend", "servicetype": "HTTP", "port": 80, "ip": "", "clttimeout": ""}
    )
    NSService.add(nitro, service)
    vserver = NSLBVServer({"name": "shop2", "servicetype": "HTTP", "ipv46": "192.0.2.90", "port": 80})
    NSLBVServer.add(nitro, vserver)
    bound = NSLBVServerServiceBinding({"name": "shop2", "servicename": "svc"})
    NSLBVServerServiceBinding.add(nitro, bound)
    SEEN["bound"] = [item.get_servicename() for item in NSLBVServerServiceBinding.get(nitro, bound)]
    SEEN["up"] = NSLBVServer.get(nitro, vserver).get_curstate()
    NSServer.disable(nitro, server)
    SEEN["down"] = NSLBVServer.get(nitro, vserver).get_curstate()
    NSServer.enable(nitro, server)
    vserver.set_comment("changed")
    NSLBVServer.update(nitro, NSLBVServer({"name": "shop2", "comment": "changed"}))
    SEEN["comment"] = NSLBVServer.get(nitro, vserver).get_comment()
    SEEN["missing"] = refused(NSLBVServer.get, nitro, NSLBVServer({"name": "nope"}))
    NSLBVServerServiceBinding.delete(nitro, bound)
    NSLBVServer.delete(nitro, vserver)
    NSService.delete(nitro, service)
    NSServer.delete(nitro, server)
    SEEN["left"] = [item.get_name() for item in NSServer.get_all(nitro)]


def responder(nitro: Any) -> None:
    SEEN["turned"] = NSFeature.enable(nitro, NSFeature({"feature": ["RESPONDER"]})).errorcode
    action = NSResponderAction(
        {"name": "deny", "type": "respondwith", "target": '"HTTP/1.1 403 Forbidden\\r\\n\\r\\n"'}
    )
    NSResponderAction.add(nitro, action)
    policy = NSResponderPolicy(
        {
            "name": "block",
            "rule": 'HTTP.REQ.URL.SET_TEXT_MODE(URLENCODED).DECODE_USING_TEXT_MODE.CONTAINS("/vpns/ +%")',
            "action": "deny",
        }
    )
    NSResponderPolicy.add(nitro, policy)
    SEEN["rule"] = NSResponderPolicy.get(nitro, policy).get_rule() == policy.get_rule()
    SEEN["in use"] = refused(NSResponderAction.delete, nitro, action)
    bound = NSCSVServerResponderPolicyBinding(
        {
            "name": "switch",
            "policyname": "block",
            "priority": 100,
            "bindpoint": "REQUEST",
            "gotopriorityexpression": "END",
        }
    )
    NSCSVServerResponderPolicyBinding.add(nitro, bound)
    SEEN["bindings"] = [
        (item.get_policyname(), item.get_priority()) for item in NSCSVServerResponderPolicyBinding.get(nitro, bound)
    ]
    label = NSResponderPolicyLabel({"labelname": "label"})
    NSResponderPolicyLabel.add(nitro, label)
    inside = NSResponderPolicyLabelBinding(
        {"labelname": "label", "policyname": "block", "priority": 10, "gotopriorityexpression": "END"}
    )
    NSResponderPolicyLabelBinding.add(nitro, inside)
    SEEN["label"] = [item.get_policyname() for item in NSResponderPolicyLabelBinding.get(nitro, inside)]
    SEEN["running"] = "bind cs vserver switch -policyName block" in str(NSRunningConfig.get(nitro).get_response())
    NSResponderPolicyLabelBinding.delete(nitro, inside)
    NSResponderPolicyLabel.delete(nitro, label)
    NSCSVServerResponderPolicyBinding.delete(nitro, bound)
    action.set_newname("refuse")
    NSResponderAction.rename(nitro, action)
    SEEN["renamed"] = NSResponderPolicy.get(nitro, policy).get_action()
    NSResponderPolicy.delete(nitro, policy)
    NSResponderAction.delete(nitro, NSResponderAction({"name": "refuse"}))
    SEEN["policies"] = [item.get_name() for item in NSResponderPolicy.get_all(nitro)]


def lists(nitro: Any) -> None:
    rule = NSAcl(
        {
            "aclname": "a1",
            "aclaction": "DENY",
            "srcip": True,
            "srcipop": "=",
            "srcipval": "192.0.2.1-192.0.2.9",
            "priority": 10,
        }
    )
    NSAcl.add(nitro, rule)
    NSAcls.apply(nitro)
    SEEN["kernel"] = NSAcl.get(nitro, rule).options["kernelstate"]
    NSAcl.disable(nitro, rule)
    NSAcls.renumber(nitro)
    NSAcl.delete(nitro, rule)
    NSAcls.apply(nitro)
    SEEN["acls"] = len(NSAcl.get_all(nitro))
    simple = NSSimpleacl({"aclname": "s1", "aclaction": "DENY", "srcip": "192.0.2.1"})
    NSSimpleacl.add(nitro, simple)
    NSSimpleacl.delete(nitro, simple)
    SEEN["simple"] = len(NSSimpleacl.get_all(nitro))


def main() -> None:
    nitro = NSNitro(sys.argv[1], "nsroot", "nsroot", True)
    nitro.login()
    for part in (reads, services, responder, lists):
        part(nitro)
    SEEN["saved"] = NSConfig.save(nitro).errorcode
    nitro.logout()
    SEEN["wrong"] = refused(NSNitro(sys.argv[1], "nsroot", "wrong", True).login)
    print(json.dumps(SEEN))


if __name__ == "__main__":
    main()
