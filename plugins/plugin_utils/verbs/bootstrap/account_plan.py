# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The steps that make, change or remove an account, as NITRO requests and as commands. Pure. No command has a password."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ...appliance.nitro.url_encoding import encode_args, encode_name
from ...appliance.objects.nsconf_writer import quote
from ...judgement.inspection.rights import USER_BINDING
from .account import FIRST_PRIORITY, POLICY, USER, FoundAccount, WantedAccount

HIDDEN = "********"
INTERFACE = "allowedmanagementinterface"


@dataclass(frozen=True)
class AccountStep:
    """One request of the plan.

    :ivar line: the command, with the password hidden
    :ivar undo: the command that undoes it; "" where there is none
    """

    line: str
    undo: str
    method: str
    path: str
    body: Mapping[str, Any] | None = field(default=None, repr=False)

    @property
    def sets_something(self) -> bool:
        """True if the request of a user has more than its name."""
        return len((self.body or {}).get(USER, {})) > 1

    @property
    def without_interface(self) -> AccountStep | None:
        """The same step for a release that does not know the management interface of a user; None where it does not name one."""
        user = (self.body or {}).get(USER, {})
        if INTERFACE not in user:
            return None
        rest = {name: value for name, value in user.items() if name != INTERFACE}
        return replace(self, line=self.line.replace(_API_ONLY, ""), body={USER: rest})


_API_ONLY = " -allowedManagementInterface API"


def steps_to(found: FoundAccount, wanted: WantedAccount, *, knows_interfaces: bool, rotate: bool) -> list[AccountStep]:
    """Return the steps to the account, in an order in which the user never has rights that it shall not have.

    :param knows_interfaces: the release knows the management interface of a user
    :param rotate: set the password where the appliance does not accept it
    """
    return [
        *_policy_steps(found, wanted),
        *_user_steps(found, wanted, knows_interfaces=knows_interfaces, rotate=rotate),
        *_binding_steps(found, wanted),
        *_leftover_steps(found, wanted, kept=wanted.policies.keys()),
    ]


def steps_away(found: FoundAccount, wanted: WantedAccount) -> list[AccountStep]:
    """Return the steps that remove the account: bindings, user, and the command policies of ours or that were bound to it."""
    unbound = [_unbind(wanted, policy, priority) for policy, priority in found.bound.items()]
    user = [] if found.user is None else [_remove_user(wanted)]
    return [*unbound, *user, *(_remove_policy(name, pattern) for name, pattern in found.of_the_account.items())]


def _policy_steps(found: FoundAccount, wanted: WantedAccount) -> Iterator[AccountStep]:
    for name, pattern in wanted.policies.items():
        body = {POLICY: {"policyname": name, "action": "ALLOW", "cmdspec": pattern}}
        arguments = f"{quote(name)} ALLOW {quote(pattern)}"
        if name not in found.policies:
            yield AccountStep(
                f"add system cmdPolicy {arguments}", f"rm system cmdPolicy {quote(name)}", "POST", POLICY, body
            )
        elif found.policies[name] != pattern:
            undo = f"set system cmdPolicy {quote(name)} ALLOW {quote(found.policies[name])}"
            yield AccountStep(f"set system cmdPolicy {arguments}", undo, "PUT", POLICY, body)


def _user_steps(
    found: FoundAccount, wanted: WantedAccount, *, knows_interfaces: bool, rotate: bool
) -> Iterator[AccountStep]:
    name, limited = quote(wanted.name), wanted.api_only and knows_interfaces
    if found.user is None:
        row: dict[str, Any] = {"username": wanted.name, "password": wanted.password, "externalauth": "DISABLED"}
        if limited:
            row[INTERFACE] = ["API"]
        line = f"add system user {name} {HIDDEN} -externalAuth DISABLED{_API_ONLY if limited else ''}"
        yield AccountStep(line, f"rm system user {name}", "POST", USER, {USER: row})
        return
    if rotate and found.logs_on is False:
        body: dict[str, Any] = {USER: {"username": wanted.name, "password": wanted.password}}
        yield AccountStep(f"set system user {name} {HIDDEN}", "", "PUT", USER, body)
    before = str(found.user.get("externalauth", "ENABLED")).upper()
    if before != "DISABLED":
        body = {USER: {"username": wanted.name, "externalauth": "DISABLED"}}
        undo = f"set system user {name} -externalAuth {quote(before)}"
        yield AccountStep(f"set system user {name} -externalAuth DISABLED", undo, "PUT", USER, body)
    if limited and _interfaces(found) != {"API"}:
        body = {USER: {"username": wanted.name, INTERFACE: ["API"]}}
        undo = f"unset system user {name} -allowedManagementInterface"
        yield AccountStep(f"set system user {name}{_API_ONLY}", undo, "PUT", USER, body)


def _interfaces(found: FoundAccount) -> set[str]:
    """Return the interfaces that the user may use; NITRO has them as a list, or as one text."""
    value = (found.user or {}).get(INTERFACE, ())
    words = value.split() if isinstance(value, str) else value
    return {str(word).upper() for word in words} if isinstance(words, list | tuple) else set()


def _binding_steps(found: FoundAccount, wanted: WantedAccount) -> Iterator[AccountStep]:
    for number, policy in enumerate(wanted.policies):
        priority = str(FIRST_PRIORITY + 10 * number)
        if found.bound.get(policy) == priority:
            continue
        if policy in found.bound:
            yield _unbind(wanted, policy, found.bound[policy])
        words = f"system user {quote(wanted.name)} {quote(policy)}"
        row = {"username": wanted.name, "policyname": policy, "priority": priority}
        yield AccountStep(f"bind {words} {priority}", f"unbind {words}", "PUT", USER_BINDING, {USER_BINDING: row})


def _leftover_steps(found: FoundAccount, wanted: WantedAccount, kept: Any) -> Iterator[AccountStep]:
    """Remove the command policies of an earlier run that needed more of them."""
    for name in sorted(found.marked - set(kept)):
        if name in found.bound:
            yield _unbind(wanted, name, found.bound[name])
        yield _remove_policy(name, found.policies[name])


def _unbind(wanted: WantedAccount, policy: str, priority: str) -> AccountStep:
    words = f"system user {quote(wanted.name)} {quote(policy)}"
    path = f"{USER_BINDING}/{encode_name(wanted.name)}?args={encode_args({'policyname': policy})}"
    return AccountStep(f"unbind {words}", f"bind {words} {quote(priority)}", "DELETE", path)


def _remove_user(wanted: WantedAccount) -> AccountStep:
    name = quote(wanted.name)
    undo = f"add system user {name} {HIDDEN} -externalAuth DISABLED"
    return AccountStep(f"rm system user {name}", undo, "DELETE", f"{USER}/{encode_name(wanted.name)}")


def _remove_policy(name: str, pattern: str) -> AccountStep:
    undo = f"add system cmdPolicy {quote(name)} ALLOW {quote(pattern)}"
    return AccountStep(f"rm system cmdPolicy {quote(name)}", undo, "DELETE", f"{POLICY}/{encode_name(name)}")
