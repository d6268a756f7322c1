# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The account that is wanted, the account that an appliance has, and whether it is ours.

A user and a command policy have no comment. So a command policy of ours has a mark in its expression (:data:`needed_rights.MARK`), and a user is ours if
one of these policies is bound to it, or if it has no rights yet and accepts our password: a run was ended between two steps.
Sources: NITRO reference, systemuser, systemcmdpolicy and their bindings; command reference, system user.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ...appliance.nitro.appliance import Address, Appliance
from ...appliance.nitro.session import Row, Session
from ...foundation.errors import InvalidInput, NitroError, NotFound
from ...judgement.inspection.rights import GROUP_BINDING, MEMBER_BINDING, SUPERUSER, USER_BINDING
from ...policies.command_patterns import MARK

POLICY = "systemcmdpolicy"
USER = "systemuser"
FIRST_PRIORITY = 100
LONGEST_PASSWORD = 127
"""Characters (NITRO reference, systemuser)."""
API_ONLY_SINCE = (13, 0)
"""allowedManagementInterface is absent from the reference of 12.x, and in the vendor's Go SDK."""
# Two characters less than a name may have, so that a second command policy can have a suffix (NITRO reference, systemcmdpolicy).
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,28}")
_BUILT_IN = re.compile(r"(?:read-only|operator|network|superuser|sysadmin|partition-.*)", re.IGNORECASE)


@dataclass(frozen=True)
class WantedAccount:
    """The account that an appliance shall have.

    :ivar patterns: the expressions of its command policies; none where the account shall be removed
    :ivar api_only: the user may use NITRO only, and neither the command line nor SSH
    """

    name: str
    password: str = field(repr=False)
    patterns: tuple[str, ...] = ()
    api_only: bool = True

    @property
    def policies(self) -> dict[str, str]:
        """The expressions of the command policies, by name, in the order of their priorities."""
        return {self.policy_name(number): pattern for number, pattern in enumerate(self.patterns, start=1)}

    def policy_name(self, number: int) -> str:
        return self.name if number == 1 else f"{self.name}_{number}"

    def is_policy_name(self, name: str) -> bool:
        """True if a command policy of this account may have that name."""
        return re.fullmatch(rf"{re.escape(self.name)}(?:_[2-9])?", name, re.IGNORECASE) is not None

    def require_usable(self, host: str, administrator: Appliance) -> None:
        """:raises InvalidInput: where the name is that of an administrator, or name or password cannot be used"""
        where = f"{host}: netscaler_user is {self.name!r}"
        if self.name.lower() in (administrator.user.lower(), SUPERUSER):
            raise InvalidInput(
                f"{where}, the administrator that makes the user: name the user to make in netscaler_user, such as tourniquet, and the "
                "administrator in admin_user. Nothing was sent."
            )
        if not _NAME.fullmatch(self.name) or _BUILT_IN.fullmatch(self.name):
            raise InvalidInput(
                f"{where}: write up to 29 letters, digits, and _ . -, and no name of a built-in command policy. Nothing was sent."
            )
        if not 1 <= len(self.password) <= LONGEST_PASSWORD or not self.password.isprintable():
            raise InvalidInput(
                f"{host}: netscaler_password must have 1 to {LONGEST_PASSWORD} characters that can be printed. Nothing was sent."
            )
        if self.password == administrator.password:
            raise InvalidInput(
                f"{host}: netscaler_password is the password of {administrator.user}: give the user one of its own. Nothing was sent."
            )


@dataclass(frozen=True)
class FoundAccount:
    """What an appliance has of an account.

    :ivar user: the row of the user; None where there is none
    :ivar policies: the expressions of the command policies that have names of the account, by name
    :ivar bound: by command policy that is bound to the user, its priority
    :ivar groups: those that the user is a member of
    :ivar others: by command policy that has a name of the account, the other users and groups that it is bound to
    :ivar logs_on: True if the appliance accepts the password that is wanted; None where that was not tried
    """

    user: Row | None = None
    policies: Mapping[str, str] = field(default_factory=dict)
    bound: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    others: Mapping[str, Sequence[str]] = field(default_factory=dict)
    logs_on: bool | None = None

    @property
    def marked(self) -> set[str]:
        """The names of the command policies that a run of ours has made."""
        return {name for name, pattern in self.policies.items() if MARK in pattern}

    @property
    def of_the_account(self) -> dict[str, str]:
        """The command policies that go with the account, by name: those of ours, and those that are bound to the user.

        Another policy may have such a name by chance; where others have one that is bound, a run is refused.
        """
        return {name: pattern for name, pattern in self.policies.items() if name in self.marked or name in self.bound}

    @property
    def is_ours(self) -> bool:
        """True if a run of ours has made the user."""
        return bool(self.marked & self.bound.keys()) or (not self.bound and bool(self.logs_on))


def read_account(session: Session, wanted: WantedAccount) -> FoundAccount:
    """Read what a node has of an account. The password is not tried.

    :raises NitroError: where something cannot be read
    """
    rows = session.read(POLICY)
    policies = {
        name: str(row.get("cmdspec", ""))
        for row in rows
        if wanted.is_policy_name(name := str(row.get("policyname", "")))
    }
    try:
        user = next(iter(session.read(USER, wanted.name)), None)
    except NotFound:
        user = None
    bound: dict[str, str] = {}
    others: dict[str, list[str]] = {}
    for binding in _bindings(session, "systemuser_binding", USER_BINDING):
        holder, policy = str(binding.get("username", "")), str(binding.get("policyname", ""))
        if holder.lower() == wanted.name.lower():
            bound[policy] = str(binding.get("priority", ""))
        elif policy in policies:
            others.setdefault(policy, []).append(f"the user {holder}")
    for binding in _bindings(session, "systemgroup_binding", GROUP_BINDING):
        policy = str(binding.get("policyname", ""))
        if policy in policies:
            others.setdefault(policy, []).append(f"the group {binding.get('groupname')}")
    groups = tuple(
        str(binding.get("groupname", ""))
        for binding in _bindings(session, "systemgroup_binding", MEMBER_BINDING)
        if str(binding.get("username", "")).lower() == wanted.name.lower()
    )
    return FoundAccount(user, policies, bound, groups, others)


def _bindings(session: Session, type_name: str, binding: str) -> Iterator[Row]:
    """Yield the bindings of one kind of all users or groups, by one read."""
    for row in session.read(type_name, query={"bulkbindings": "yes"}):
        found = row.get(binding)
        yield from (one for one in found if isinstance(one, dict)) if isinstance(found, list) else ()


def logs_on(appliance: Appliance, wanted: WantedAccount, node: Address) -> str:
    """Log on to a node as the user, and read what each playbook reads first.

    :param appliance: with any user; the settings of the connection count
    :returns: why it does not work, or ""
    :raises TourniquetError: where the node cannot be reached
    """
    own = replace(appliance, user=wanted.name, password=wanted.password)
    try:
        with Session(own, node) as session:
            session.read("nsconfig")
    except NitroError as error:
        return str(error)
    return ""


def accepts_password(appliance: Appliance, wanted: WantedAccount, node: Address) -> bool:
    """Return True if a node accepts user and password, whatever rights the user has.

    :raises TourniquetError: where the node cannot be reached
    """
    own = replace(appliance, user=wanted.name, password=wanted.password)
    try:
        with Session(own, node):
            return True
    except NitroError:
        return False


def problem_with(found: FoundAccount, wanted: WantedAccount, *, adopt: bool) -> str:
    """Return why the account cannot be changed, with the fix; "" where it can.

    :param adopt: a person says that user and command policies of these names are ours
    """
    name = wanted.name
    taken = sorted(found.policies.keys() - found.marked)
    shared = [f"{policy} ({', '.join(holders)})" for policy, holders in sorted(found.others.items())]
    strange = sorted(policy for policy in found.bound if not wanted.is_policy_name(policy))
    choose = "choose another name in netscaler_user"
    take = "or take it over: -e bootstrap_adopt=true"
    if shared:
        return f"others have the command policy too: {'; '.join(shared)}. A change of it would change their rights: unbind it there, or {choose}"
    if strange:
        return f"the user {name} has other command policies ({', '.join(strange)}): unbind them, or {choose}"
    if found.groups:
        return f"the user {name} is a member of {', '.join(found.groups)}, which gives it other rights: unbind it, or {choose}"
    if taken and not adopt:
        return f"the command policy {', '.join(taken)} exists, and bootstrap.yml did not make it: {choose}, {take}"
    if found.user is not None and not found.is_ours and not adopt:
        return f"the user {name} exists, and bootstrap.yml did not make it: {choose}, {take}"
    return ""
