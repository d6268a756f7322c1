# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The responses of responder actions."""

from __future__ import annotations

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import Request

from simulator.network.responses import RawResponse, one_line
from simulator.node.firmware import HTML_PAGES
from simulator.node.node import Node
from simulator.traffic import responder
from simulator.traffic.closing import closed, not_evaluable
from simulator.traffic.policy_banks import NotEvaluable, Vserver, evaluate_text
from simulator.types import TYPES


async def responder_response(node: Node, vserver: Vserver | None, request: Request) -> RawResponse | None:
    """Return the response of a responder policy, or None if the request passes."""
    try:
        action = responder.evaluate_policies(node, vserver, request)
        if action is None or action.upper() == "NOOP":
            return None
        if action.upper() in ("RESET", "DROP"):
            return await closed(node, action.upper())
        return _act(node, action, request)
    except NotEvaluable as problem:
        return not_evaluable(problem)


def _act(node: Node, name: str, request: Request) -> RawResponse | None:
    action = node.running.find(TYPES["responderaction"], name)
    if action is None or action["type"] == "noop":
        return None
    if action["type"] == "respondwith":
        text = evaluate_text(node, action["target"], request)
        if text is None:
            return None
        # The target is the raw response, to the last byte (CTX267679: status line and an empty line). Without Content-Length
        # the end of the connection ends it.
        head = text.partition("\r\n\r\n")[0].lower()
        return RawResponse(
            _status(text), raw=text.encode("latin-1", "replace"), close="\r\ncontent-length:" not in head
        )
    if action["type"] == "redirect":
        location = evaluate_text(node, action["target"], request)
        if location is None:
            return None
        reason = evaluate_text(node, action["reasonphrase"], request) if action.get("reasonphrase") else None
        return RawResponse(
            action.get("responsestatuscode", 302),
            [("Location", one_line(location)), ("Cache-Control", "no-cache")],
            reason=one_line(reason) if reason else None,
            close=True,
        )
    page = node.files.get(f"{HTML_PAGES}/{action.get('htmlpage', '')}")
    if page is None:
        raise NotEvaluable(f"there is no page {action.get('htmlpage', '')}")
    reason = evaluate_text(node, action["reasonphrase"], request) if action.get("reasonphrase") else None
    return RawResponse(
        action.get("responsestatuscode", 200),
        [("Content-Type", "text/html")],
        bytes(page.content),
        reason=one_line(reason) if reason else None,
    )


def _status(text: str) -> int:
    word = text[:16].split(" ")[1:2]
    return int(word[0]) if word and word[0][:3].isascii() and word[0][:3].isdigit() and len(word[0]) == 3 else 200
