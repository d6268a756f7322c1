# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An experiment as data: its requests in order, how its answers are read, and what it removes again. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from ...appliance.nitro.session import Reply
from ...appliance.nitro.url_encoding import encode_args, encode_name
from ...appliance.objects.ownership import Owner
from .large_values import sent

OWNER = Owner("prove", 1)
NAME = f"{OWNER.name}__"
"""The start of the name of each scratch object and file."""

Value = int | str | bool
"""A position, or what is read in an answer: never text of the appliance, only numbers and words of this package."""


class Risk(StrEnum):
    """What an experiment does to an appliance."""

    READ = "read"  # reads only
    SCRATCH = "scratch"  # objects of its own, which no traffic reaches
    GATEWAY = "gateway"  # the same, and bindings at a Gateway, which sees requests of others
    GLOBAL = "global"  # the same, and bindings for the whole appliance


@dataclass(frozen=True)
class Request:
    """One request to NITRO.

    :ivar label: its name in the experiment
    :ivar path: after /nitro/v1/config/; a name in it is encoded already
    :ivar payload: of a write
    :ivar args: NITRO's args, as they are before they are encoded
    :ivar headers: besides those of every request
    :ivar must_succeed: without its success the experiment settles nothing
    """

    label: str
    method: str
    path: str
    payload: Mapping[str, Any] | None = None
    args: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    must_succeed: bool = False

    @property
    def sent_path(self) -> str:
        """The path with its encoded args, after /nitro/v1/config/."""
        return self.path + (f"?args={encode_args(self.args)}" if self.args else "")

    @property
    def sent_payload(self) -> Mapping[str, Any] | None:
        """The payload with its large values."""
        return None if self.payload is None else sent(self.payload)

    @property
    def text(self) -> str:
        """The request in one line, args as they are before they are encoded. A large value is described."""
        args = ", ".join(f"{name}: {json.dumps(value)}" for name, value in self.args.items())
        parts = [self.method, f"/nitro/v1/config/{self.path}", f"args {{{args}}}" if args else ""]
        parts += [f"{name}: {value}" for name, value in self.headers.items()]
        parts.append("" if self.payload is None else json.dumps(self.payload, default=str))
        return " ".join(part for part in parts if part)


@dataclass(frozen=True)
class Pause:
    """A time in which nothing is sent, in seconds."""

    seconds: float

    @property
    def text(self) -> str:
        return f"wait {self.seconds:g} s"


@dataclass(frozen=True)
class ClientRequest:
    """A request to the virtual server of the Gateway that the operator names, as a client sends it."""

    label: str
    url: str
    headers: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        return f"to the Gateway: GET {self.url} " + " ".join(f"{name}: {value}" for name, value in self.headers)


Step = Request | Pause | ClientRequest


@dataclass(frozen=True)
class Observation:
    """What is read in the answers to some requests.

    :ivar text: in words
    """

    text: str
    read: Callable[..., Value]


@dataclass(frozen=True)
class Sign:
    """An observation that has a value.

    :ivar labels: the requests whose answers are read
    """

    labels: tuple[str, ...]
    observation: Observation
    value: Value

    @property
    def about(self) -> str:
        """Describe what is read."""
        return f"{self.observation.text} of {' and '.join(repr(label) for label in self.labels)}"

    @property
    def text(self) -> str:
        return f"{self.about} is {word(self.value)}"

    def seen(self, answers: Mapping[str, Reply]) -> Value:
        """Return what the answers show."""
        return self.observation.read(*(answers[label] for label in self.labels))

    def holds(self, answers: Mapping[str, Reply]) -> bool:
        seen = self.seen(answers)
        return type(seen) is type(self.value) and seen == self.value


@dataclass(frozen=True)
class Reading:
    """A position of a fact, and the signs that show it together."""

    position: Value
    signs: tuple[Sign, ...]


@dataclass(frozen=True)
class Question:
    """An open fact, and how its position is read. No reading, or more than one, leaves it open."""

    fact: str
    readings: tuple[Reading, ...]

    def position(self, answers: Mapping[str, Reply]) -> Value | None:
        """Return the position that the answers show; None where they show none."""
        found = [reading.position for reading in self.readings if all(sign.holds(answers) for sign in reading.signs)]
        return found[0] if len(found) == 1 else None

    def seen(self, answers: Mapping[str, Reply]) -> dict[str, Value]:
        """Return what the decision rests on, in words: the observations with their values."""
        signs = (sign for reading in self.readings for sign in reading.signs)
        return {sign.about: sign.seen(answers) for sign in signs}


@dataclass(frozen=True)
class Experiment:
    """Requests in order, and the facts that their answers settle.

    :ivar removals: sent at the end in every case, in this order; an object that is not there is no error
    :ivar needs: what the appliance must have, so that anything is settled, in words; "" for nothing
    :ivar only_where: facts that an earlier experiment must have settled in these positions; otherwise nothing of it is sent
    """

    id: str
    risk: Risk
    steps: tuple[Step, ...]
    questions: tuple[Question, ...]
    removals: tuple[Request, ...] = ()
    needs: str = ""
    only_where: tuple[tuple[str, Value], ...] = ()

    @property
    def facts(self) -> tuple[str, ...]:
        return tuple(question.fact for question in self.questions)

    def with_values(self, values: Mapping[str, str]) -> Experiment:
        """Return it with the values of the operator in the places of their names, such as ``{gateway}``."""
        return replace(
            self,
            steps=tuple(_step_with(step, values) for step in self.steps),
            removals=tuple(_request_with(request, values) for request in self.removals),
        )


def word(value: Value) -> str:
    """Return a position as it is written in a fleet file."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _step_with(step: Step, values: Mapping[str, str]) -> Step:
    if isinstance(step, Request):
        return _request_with(step, values)
    if isinstance(step, ClientRequest):
        return replace(step, headers=tuple((name, _text_with(value, values)) for name, value in step.headers))
    return step


def _request_with(request: Request, values: Mapping[str, str]) -> Request:
    return replace(
        request,
        path=_text_with(request.path, {name: encode_name(value) for name, value in values.items()}),
        args={name: _text_with(value, values) for name, value in request.args.items()},
        payload=_value_with(request.payload, values),
    )


def _value_with(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {name: _value_with(item, values) for name, item in value.items()}
    if isinstance(value, list):
        return [_value_with(item, values) for item in value]
    if value == "{port}":
        return int(values["port"])
    return _text_with(value, values) if isinstance(value, str) else value


def _text_with(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text
