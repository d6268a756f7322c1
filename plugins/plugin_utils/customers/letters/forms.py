# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The forms of a letter: text, an HTML page that loads and runs nothing, and a mail that is ready to be sent. Nothing is sent. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ...foundation.errors import InvalidInput
from ..customer import Contact
from .letter import Letter

TEXT, PAGE = "text.j2", "page.j2"
_SHOWN = ("to", "date", "number", "label")


class Forms:
    """The templates of a letter.

    :param directories: with templates, the first one that has a template counts
    """

    def __init__(self, directories: Iterable[Path]) -> None:
        loader = jinja2.FileSystemLoader([str(directory) for directory in directories])
        self._environment = ImmutableSandboxedEnvironment(
            loader=loader,
            undefined=jinja2.StrictUndefined,
            autoescape=lambda name: name == PAGE,
            trim_blocks=True,
            keep_trailing_newline=True,
        )

    def text(self, letter: Letter) -> str:
        """Return the letter as plain text.

        :raises InvalidInput: where the template is not valid
        """
        return self._rendered(TEXT, letter)

    def page(self, letter: Letter) -> str:
        """Return the letter as an HTML page.

        :raises InvalidInput: where the template is not valid
        """
        return self._rendered(PAGE, letter)

    def mail(self, letter: Letter, recipients: Iterable[Contact]) -> bytes:
        """Return the letter as a mail that a mail program opens as a draft (X-Unsent), to those recipients who have an address.

        :raises InvalidInput: where a template is not valid
        """
        message = EmailMessage(policy=SMTP)
        message["Subject"] = f"[{letter.label}] {letter.subject}"
        message["From"] = _address(letter.contact)
        to = [_address(contact) for contact in recipients if contact.mail]
        if to:
            message["To"] = to
        message["Date"] = format_datetime(letter.written)
        message["X-Unsent"] = "1"
        message.set_content(self.text(letter))
        message.add_alternative(self.page(letter), subtype="html")
        # Without it the same letter would be another file each time.
        digest = hashlib.sha256(f"{letter.customer}\0{letter.number}\0{letter.written}".encode()).hexdigest()
        message.set_boundary(f"letter-{digest[:32]}")
        return message.as_bytes()

    def _rendered(self, name: str, letter: Letter) -> str:
        words = {key: letter.wording.text("words", key) for key in _SHOWN}
        date = letter.wording.moment(letter.written)
        try:
            template = self._environment.get_template(name)
            return template.render(letter=letter, words=words, date=date, language=letter.wording.language)
        except jinja2.TemplateError as error:
            raise InvalidInput(f"templates/letters/{name}: {error.message or error}. Correct the template.") from error


def _address(contact: Contact) -> Address:
    return Address(contact.name, addr_spec=contact.mail)
