# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""As much of the REST API of AWX as the modules of awx.awx 24.6.1 ask for: collections of objects, their associations, settings and roles.

It keeps what the modules send, and refuses what AWX refuses of a survey and of a path (``awx/api/views/__init__.py``, ``awx/main/constants.py``). It is no AWX:
whether a real one takes each value is not shown by it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

PREFIX = "/api/v2/"
TEMPLATES = {"job_templates": "job_template", "workflow_job_templates": "workflow_job_template", "projects": "project"}
ROLES = ("admin_role", "read_role", "member_role", "execute_role", "approval_role", "use_role")
MOUNTS = ("z", "O", "ro", "rw")
SURVEY_TYPES = ("text", "textarea", "password", "multiplechoice", "multiselect", "integer", "float")
Thing = dict[str, Any]


class Api:
    """What AWX would keep.

    :ivar things: by collection, its objects
    :ivar links: by the address of an association, the numbers of its objects
    :ivar changes: how often something was made or changed
    """

    def __init__(self) -> None:
        self.things: dict[str, list[Thing]] = {}
        self.links: dict[str, list[int]] = {}
        self.surveys: dict[str, Thing] = {}
        self.settings: Thing = {"AWX_ISOLATION_SHOW_PATHS": []}
        self.changes = 0
        self._number = 0
        self.add("credential_types", {"name": "Machine", "namespace": "ssh"})

    def add(self, collection: str, values: Thing) -> Thing:
        """Make an object of a collection."""
        self._number += 1
        number = self._number
        url = f"{PREFIX}{collection}/{number}/"
        roles = {role: {"id": number * 100 + at} for at, role in enumerate(ROLES)}
        made = {
            "scm_revision": "",
            **values,
            "id": number,
            "url": url,
            "type": TEMPLATES.get(collection, collection.removesuffix("s")),
            "related": {"survey_spec": f"{url}survey_spec/"},
            "summary_fields": {"object_roles": roles},
        }
        self.things.setdefault(collection, []).append(made)
        self.changes += 1
        if values.get("kind") == "constructed":
            self.add(
                "inventory_sources",
                {"name": f"Auto-created source for: {values['name']}", "inventory": number, "source": "constructed"},
            )
        return made

    def named(self, collection: str, name: str) -> Thing:
        """Return the only object with a name."""
        (found,) = (one for one in self.things[collection] if name in (one.get("name"), one.get("hostname")))
        return found

    def linked(self, thing: Thing, association: str) -> list[str]:
        """Return the names of what is associated with an object."""
        numbers = self.links.get(f"{thing['url']}{association}/", [])
        return [
            next(one[key] for key in ("name", "identifier", "hostname") if key in one)
            for number in numbers
            for one in self._all()
            if one["id"] == number
        ]

    def with_role(self, team: str, role: str) -> set[str]:
        """Return the names of what a team has a role on."""
        own = self.named("teams", team)["id"]
        return {
            one["name"]
            for one in self._all()
            if own in self.links.get(f"{PREFIX}roles/{one['summary_fields']['object_roles'][role]['id']}/teams/", [])
        }

    def _all(self) -> Iterator[Thing]:
        for things in self.things.values():
            yield from things

    # -- requests -----------------------------------------------------------------------------------------------------

    def answer(self, method: str, path: str, query: Thing, body: Thing) -> tuple[int, Any]:
        """Return the status and the content of an answer."""
        words = path.removeprefix(PREFIX).strip("/").split("/")
        if words[0] == "settings":
            return self._settings(method, body)
        if words[-1] == "survey_spec":
            return self._survey(method, path, body)
        if words[-1] == "create_approval_template":
            made = self.add("workflow_approval_templates", body)
            self._by_number("workflow_job_template_nodes", int(words[1]))["unified_job_template"] = made["id"]
            return 201, made
        if len(words) == 1:
            return self._collection(method, words[0], query, body)
        if len(words) == 2:
            return self._object(method, words[0], int(words[1]), body)
        return self._association(method, path, body)

    def _by_number(self, collection: str, number: int) -> Thing:
        return next(one for one in self.things.get(collection, []) if one["id"] == number)

    def _collection(self, method: str, name: str, query: Thing, body: Thing) -> tuple[int, Any]:
        if method == "POST":
            return 201, self.add(name, body)
        things = (
            [one for part in TEMPLATES for one in self.things.get(part, [])]
            if name == "unified_job_templates"
            else self.things.get(name, [])
        )
        found = [one for one in things if all(_fits(one, key, value) for key, value in query.items())]
        return 200, {"count": len(found), "next": None, "previous": None, "results": found}

    def _object(self, method: str, collection: str, number: int, body: Thing) -> tuple[int, Any]:
        thing = self._by_number(collection, number)
        if method == "DELETE":
            self.things[collection].remove(thing)
            return 204, None
        if method == "PATCH":
            self.changes += any(thing.get(key) != value for key, value in body.items())
            thing.update(body)
        return 200, thing

    def _association(self, method: str, path: str, body: Thing) -> tuple[int, Any]:
        numbers = self.links.setdefault(path, [])
        if method == "POST":
            self.changes += 1
            if body.get("disassociate"):
                numbers.remove(body["id"])
            else:
                numbers.append(body["id"])
            return 204, None
        found = [one for one in self._all() if one["id"] in numbers]
        return 200, {"count": len(found), "next": None, "previous": None, "results": found}

    def _settings(self, method: str, body: Thing) -> tuple[int, Any]:
        if method == "PATCH":
            for path in body.get("AWX_ISOLATION_SHOW_PATHS", []):
                if path.count(":") == 2 and path.rpartition(":")[2] not in MOUNTS:
                    return 400, {"AWX_ISOLATION_SHOW_PATHS": [f"{path}: not a mount type"]}
            self.changes += self.settings != {**self.settings, **body}
            self.settings.update(body)
        return 200, self.settings

    def _survey(self, method: str, path: str, body: Thing) -> tuple[int, Any]:
        if method == "GET":
            return 200, self.surveys.get(path, {})
        if method == "POST":
            wrong = [problem for question in body["spec"] if (problem := problem_of_question(question))]
            if wrong:
                return 400, {"error": wrong}
            self.changes += self.surveys.get(path) != body
            self.surveys[path] = body
        return 200, {}


def problem_of_question(question: Thing) -> str:
    """Return why AWX refuses a question of a survey; "" where it takes it."""
    missing = [key for key in ("type", "question_name", "variable", "required") if key not in question]
    if missing or question["type"] not in SURVEY_TYPES or " " in question["variable"]:
        return f"{question}: {missing or 'a wrong type or variable'}"
    if any(not isinstance(question[key], int) for key in ("min", "max") if key in question):
        return f"{question['variable']}: min and max are integers"
    default = question.get("default")
    if question["type"] == "integer":
        return (
            "" if default is None or isinstance(default, int) else f"{question['variable']}: its default is no integer"
        )
    if default is not None and not isinstance(default, str):
        return f"{question['variable']}: its default is no text"
    if question["type"] == "multiplechoice" and not (
        all(isinstance(one, str) for one in question.get("choices", [None])) and default in question["choices"]
    ):
        return f"{question['variable']}: its choices are not texts, or the default is none of them"
    return ""


def _fits(thing: Thing, key: str, value: str) -> bool:
    if key.startswith("or__") or key in ("page_size", "order_by"):
        return True
    if key == "organization" and key not in thing:
        return True
    return str(thing.get(key)) == value


@contextmanager
def running(api: Api) -> Iterator[str]:
    """Give the address at which the API answers."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 -- the name of the standard library
            """Say nothing."""

        def handle_any(self) -> None:
            parts = urlsplit(self.path)
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.loads(content) if content.strip() else {}
            status, answer = api.answer(self.command, parts.path, dict(parse_qsl(parts.query)), body or {})
            text = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("X-API-Product-Name", "AWX")
            self.send_header("X-API-Product-Version", "24.6.1")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: N815 -- the names of the standard library

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
