# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Attacks every VIP of a story until the file ``under-attack`` is gone. Fails at the first answer that isn't our block."""

from __future__ import annotations

import http.client
import json
import ssl
import sys
import time
from pathlib import Path

PATHS = ("/vpn/../vpns/cfg/smb.conf", "/vpn/%2e%2e/%76pns/cfg/smb.conf")


def main(story: Path) -> str | None:
    """Attack, and return what went wrong."""
    context = ssl.create_default_context(cafile=str(story / "ca.pem"))
    appliances = json.loads((story / "ready.json").read_text(encoding="utf-8"))["appliances"]
    signal = story / "under-attack"
    began = False
    while not began or signal.exists():
        for name, appliance in appliances.items():
            vip = appliance["vservers"][0]
            for path in PATHS:
                connection = http.client.HTTPSConnection(vip["address"], vip["port"], timeout=5, context=context)
                connection.request("GET", path, headers={"User-Agent": "attack"})
                answer = connection.getresponse()
                if answer.status != 403 or not answer.getheader("X-Request-Reference"):
                    return f"{name} answered {path} with {answer.status}: {answer.read()!r}"
                connection.close()
        if not began:
            signal.touch()
            began = True
        time.sleep(0.01)
    return None


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
