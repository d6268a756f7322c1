# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of Gateway's objects: local users, authentication policies, and session policies of two syntaxes."""

from __future__ import annotations

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.classic import (
    is_classic,
    is_classic_name,
)

from simulator.configuration.check_registry import checks
from simulator.configuration.environment import Environment
from simulator.configuration.passwords import hashed
from simulator.configuration.rows import Rows
from simulator.types import BINDINGS, Row
from simulator.types.errors import NitroError
from simulator.types.gateway import AUTHENTICATION_ACTIONS, LOCAL_ACTION

SESSION_POLICY = "vpnsessionpolicy"
_SESSION_BINDINGS = tuple(binding for binding in BINDINGS.values() if binding.child == SESSION_POLICY)


def classic_rule(rule: str) -> bool:
    """True for a rule of the older policy syntax."""
    return is_classic(rule) or is_classic_name(rule.strip())


def subtype(configuration: Rows, action: str) -> str:
    """Return the kind of authentication of an action, in the words of policysubtype."""
    if action == LOCAL_ACTION:
        return LOCAL_ACTION
    return next(
        (kind for name, kind in AUTHENTICATION_ACTIONS.items() if (action,) in configuration.table(name)),
        LOCAL_ACTION,
    )


@checks("aaauser")
def _user(configuration: Rows, row: Row, old: Row | None, env: Environment) -> None:
    """Replace the password by its hash."""
    password = row.pop("password", None)
    if password is not None:
        row["_hash"] = hashed(password, env.salt)


@checks("authenticationepaaction")
def _scan(configuration: Rows, row: Row, old: Row | None, env: Environment) -> None:
    if "csecexpr" not in row and "deviceposture" not in row:
        raise NitroError(1095, "csecexpr")


@checks("authenticationpolicy")
def _authentication(configuration: Rows, row: Row, old: Row | None, env: Environment) -> None:
    if old is not None and subtype(configuration, row["action"]) != subtype(configuration, old["action"]):
        raise NitroError(2228)


@checks(SESSION_POLICY)
def _session(configuration: Rows, row: Row, old: Row | None, env: Environment) -> None:
    """Refuse to change the syntax of a bound policy if others are bound (error list 2226 and 2227)."""
    if old is not None and _bound(configuration, row["name"]):
        check_syntax(configuration, row, env)


def check_syntax(configuration: Rows, policy: Row, env: Environment) -> None:
    """Refuse a session policy beside bound ones of the other syntax (error list 2226 and 2227)."""
    classic = classic_rule(policy["rule"])
    for binding in _SESSION_BINDINGS:
        for bound in configuration.table(binding.name).values():
            other = configuration.table(SESSION_POLICY).get((bound[binding.child_key],))
            if other and other["name"] != policy["name"] and classic_rule(other["rule"]) != classic:
                raise NitroError(2227 if classic else 2226)


def _bound(configuration: Rows, name: str) -> bool:
    return any(
        bound[binding.child_key] == name
        for binding in _SESSION_BINDINGS
        for bound in configuration.table(binding.name).values()
    )
