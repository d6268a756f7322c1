# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which commands each playbook sends, as examples in the words of the command line, which command policies are compared with. Pure data.

docs/how-to/least-privilege.md has a policy that allows them.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Read:
    """A read that every playbook needs.

    :ivar command: as the command line has it
    :ivar only_refusal: only a refusal counts: another error may be one of an older release
    """

    command: str
    type: str
    name: str | None = None
    area: str = "config"
    args: dict[str, str] = field(default_factory=dict)
    only_refusal: bool = False


_KINDS = ("lb", "cs", "vpn", "authentication")
_EVALUATION = {"expression": "HTTP.REQ.URL.LENGTH.GT(0)", "type": "HTTP_REQ", "input": "GET / HTTP/1.1\r\n\r\n"}

READS = (
    Read("show ns feature", "nsfeature"),
    Read("show ns license", "nslicense"),
    Read("show ns partition", "nspartition"),
    Read("show audit syslogParams", "auditsyslogparams"),
    *(Read(f"show {kind} vserver", f"{kind}vserver") for kind in _KINDS),
    Read("show ns runningConfig", "nsrunningconfig"),
    Read("show ns savedConfig", "nssavedconfig"),
    Read("show audit messageaction", "auditmessageaction"),
    Read("show responder action", "responderaction"),
    Read("show responder policy", "responderpolicy"),
    Read("show responder global", "responderglobal_responderpolicy_binding"),
    Read("show policy patset", "policypatset"),
    Read("show policy dataset", "policydataset"),
    Read("show policy expression", "policyexpression"),
    Read("show policy evaluation", "policyevaluation", args=_EVALUATION, only_refusal=True),
    Read("show system file rc.netscaler", "systemfile", "rc.netscaler", args={"filelocation": "/nsconfig"}),
    Read("show system file -fileLocation /var/tmp", "systemfile", args={"filelocation": "/var/tmp"}),  # noqa: S108 -- of the appliance
    Read("stat responder policy", "responderpolicy", area="stat"),
)
READING = "plan, status, verify, audit, impact"
_FILES = ("add system file tourniquet_x -fileLocation /var/tmp", "rm system file tourniquet_x -fileLocation /var/tmp")
_SAVE = ("save ns config",)

# By the playbooks, the commands that change something.
WRITES: dict[str, tuple[str, ...]] = {
    "apply, rollback": (
        *_FILES,
        *(
            f"{verb} {noun} tq_x"
            for noun in ("audit messageaction", "responder action", "responder policy", "policy patset")
            for verb in ("add", "rm")
        ),
        *("set responder action tq_x", "set responder policy tq_x"),
        *("bind policy patset tq_x x", "unbind policy patset tq_x x"),
        *("bind responder global tq_x 10 END", "unbind responder global tq_x"),
        *("enable ns feature RESPONDER", "disable ns feature RESPONDER"),
        *_SAVE,
    ),
    "lockdown, reopen": (
        *_FILES,
        *(f"{verb} {kind} vserver x" for kind in _KINDS for verb in ("disable", "enable")),
        *_SAVE,
    ),
    "apply of a whitelist": tuple(
        f"{verb} {kind} vserver x -policyName tq_x" for kind in _KINDS for verb in ("bind", "unbind")
    ),
}
