# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bodies of answers without sense, with text that must reach no result: it has the word evil."""

from __future__ import annotations

from typing import Any

HOSTILE: list[dict[str, Any]] = [
    {},
    {"errorcode": "0; drop", "message": "<script>", "severity": ["ERROR"]},
    {"errorcode": 0, "message": "\x1b[2J", "x": [{"priority": "<b>", "name": "evil-name", "hits": "1e9", "ttl": {}}]},
    {"errorcode": 0, "policyevaluation": [{"pitboolresult": "evil-name", "pitrefresult": "evil-name"}]},
    {"errorcode": 0, "nsfeature": {"feature": "evil-name", "lastconfigchangedtime": "evil-name"}},
    {"errorcode": 0, "a": [{"feature": [[["evil-name"]]], "policyname": ["evil-name"], "comment": {"evil-name": 1}}]},
    {"errorcode": 10**9, "message": "evil-name", "severity": "evil-name"},
]
