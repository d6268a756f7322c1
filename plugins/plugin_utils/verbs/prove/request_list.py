# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Everything that a run sends, before it is sent: the requests around the experiments, and those of each. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ...appliance.nitro.file_limits import DIRECTORY
from ...change.records.lease_files import LOCK_FILE
from ...foundation.counted import counted
from .experiment import Experiment, Pause, Question, Request, Risk, Step, word
from .measurement import CHECKS, Allowed
from .reads import LOGIN

_LOCK = {"filelocation": DIRECTORY}
_EACH_RUN = (
    LOGIN,
    Request("state", "GET", "nsconfig"),
    Request("role, of a pair", "GET", "hanode"),
    Request("start-up file", "GET", "systemfile/rc.netscaler", args={"filelocation": "/nsconfig"}),
    Request("build", "GET", "nsversion"),
)
_OF_GATEWAY = tuple(
    Request("address of the Gateway", "GET", type_)
    for type_ in ("vpnvserver", "authenticationvserver", "csvserver", "lbvserver")
)
_OF_SCRATCH = (
    *CHECKS,
    Request(
        "take the lock",
        "POST",
        "systemfile",
        {
            "systemfile": {
                "filename": LOCK_FILE,
                "filelocation": DIRECTORY,
                "filecontent": "<who, when, why>",
                "fileencoding": "BASE64",
            }
        },
    ),
    Request("who has the lock", "GET", "systemfile", args=_LOCK),
    Request("confirm the lock before each experiment", "GET", f"systemfile/{LOCK_FILE}", args=_LOCK),
    Request("release the lock", "DELETE", f"systemfile/{LOCK_FILE}", args=_LOCK),
)
_LOGOUT = Request("logout", "POST", "logout", {"logout": {}})


def around(allowed: Allowed) -> tuple[Request, ...]:
    """Return the requests around the experiments: log-on, state, lock, and the checks before and after scratch objects."""
    return (
        *_EACH_RUN,
        *(_OF_GATEWAY if Risk.GATEWAY in allowed.risks else ()),
        *(_OF_SCRATCH if allowed.scratch else ()),
        _LOGOUT,
    )


def most_requests(allowed: Allowed) -> int:
    """Return the largest number of NITRO requests of a run at a standalone appliance where no earlier run has left something."""
    experiments = allowed.experiments()
    writing = [one for one in experiments if one.risk is not Risk.READ]
    own = [step for one in experiments for step in (*one.steps, *one.removals) if isinstance(step, Request)]
    # The lock is confirmed before each experiment that writes and before its removals, and what is there is read before and after them.
    confirmed = len(writing) + sum(bool(one.removals) for one in writing)
    return len(around(allowed)) + len(own) + confirmed + (len(CHECKS) if writing else 0)


def waits(allowed: Allowed) -> float:
    """Return the seconds in which nothing is sent."""
    return sum(step.seconds for one in allowed.experiments() for step in one.steps if isinstance(step, Pause))


def shown(step: Step) -> str:
    """Return a step in one line, with the label by which a decision names it."""
    return step.text if isinstance(step, Pause) else f"{step.text}   ({step.label})"


def listed(allowed: Allowed) -> list[str]:
    """Return every request of a run as lines."""
    experiments = allowed.experiments()
    lines = [
        (
            f"{counted(len(experiments), 'experiment')}, at most {counted(most_requests(allowed), 'request')}, and waits of {waits(allowed):g} s. "
            "Args are shown before they are encoded."
        )
    ]
    lines += ["around them:", *(f"  {shown(request)}" for request in around(allowed))]
    for experiment in experiments:
        lines += [f"{experiment.id} ({experiment.risk}) settles {', '.join(experiment.facts)}"]
        lines += [f"  {shown(step)}" for step in experiment.steps]
        lines += [f"  in every case: {request.text}" for request in experiment.removals]
    return lines


def decisions(experiment: Experiment) -> Iterator[tuple[Question, str]]:
    """Yield each question of an experiment with its decision rule in words."""
    for question in experiment.questions:
        readings = (
            f"{word(reading.position)} if {' and '.join(sign.text for sign in reading.signs)}"
            for reading in question.readings
        )
        yield question, "; ".join(readings) + "; otherwise not settled"
