# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The body of a request, read whole, or the front end's answer to one that cannot be read."""

from __future__ import annotations

from simulator.network.requests import BodyBroken, BodyTooLarge, HttpRequest
from simulator.network.responses import RawResponse, error_page, http_date


class Unreadable(Exception):
    """A request body that cannot be read, with the front end's response."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        page = error_page(status, text)
        headers = [("Date", http_date()), ("Server", "Apache"), ("Content-Type", "text/html; charset=iso-8859-1")]
        self.response = RawResponse(status, headers, page, close=True)


async def read_body(request: HttpRequest) -> bytes:
    """Return the whole body. Raises Unreadable."""
    try:
        return await request.read()
    except BodyTooLarge:
        raise Unreadable(413, "The requested resource does not allow request data of that size.") from None
    except BodyBroken:
        raise Unreadable(400, "Your browser sent a request that this server could not understand.") from None
