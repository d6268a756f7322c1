# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Use nitroapi, in the environment of the third-party clients: `python nitroapi_calls.py ADDRESS:PORT CA` prints the results."""

from __future__ import annotations

import json
import sys

from nitroapi import API

POLICY = {"name": "p", "rule": "TRUE", "action": "NOOP"}


def main(place: str, ca_file: str) -> None:
    seen = {}
    with API("nsroot", "nsroot", f"https://{place}", logging=False, verify_ssl=ca_file) as api:
        seen["made"] = "headers" in api.request("/config/responderpolicy", {"responderpolicy": POLICY})
        seen["twice"] = api.request("/config/responderpolicy", {"responderpolicy": POLICY})
        change = {"responderpolicy": {"name": "p", "comment": "c"}}
        seen["changed"] = api.request("/config/responderpolicy", change, "PUT")["message"]
        seen["rows"] = api.request("/config/responderpolicy/p")["responderpolicy"][0]["comment"]
        seen["statistics"] = sorted(api.request("/stat/responderpolicy/p")["responderpolicy"][0])
        seen["system"] = api.request("/stat/system")["system"]["cpuusage"] != ""
        seen["saved"] = api.request("/config/nsconfig?action=save", {"nsconfig": {}})["errorcode"]
        seen["removed"] = api.request("/config/responderpolicy/p", method="DELETE")["message"]
        seen["gone"] = api.request("/config/responderpolicy/p")
    print(json.dumps(seen))


if __name__ == "__main__":
    main(*sys.argv[1:])
