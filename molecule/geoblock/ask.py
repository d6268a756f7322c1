# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ask a virtual server from a given address: ask.py <address> <host> <port> prints the status, or 0 where nothing came."""

import http.client
import sys

source, host, port = sys.argv[1:]
client = http.client.HTTPConnection(host, int(port), timeout=60, source_address=(source, 0))
try:
    client.request("GET", "/")
    print(client.getresponse().status)
except (OSError, http.client.HTTPException):
    print(0)
