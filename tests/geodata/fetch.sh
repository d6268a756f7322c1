#!/usr/bin/env bash
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Gets the country data of Debian's package tor-geoipdb (IPFire Location Database, CC BY-SA 4.0) into a folder: for the tests
# only, and never into the repository. It is unpacked, not installed.
set -euo pipefail
folder=$1
help="The tests at full scale need the files geoip and geoip6 of Debian's package tor-geoipdb. Where apt-get can't bring it, get the
package by other means, unpack it, and put both files into $folder. The other tests run without: .venv/bin/pytest tests/unit"
"$(dirname "$0")"/../debian/unpack.sh "$folder/debian" tor-geoipdb || { echo "$help" >&2; exit 1; }
mv "$folder"/debian/usr/share/tor/geoip6 "$folder"/debian/usr/share/tor/geoip "$folder/" # geoip last: where it is, both are
rm -r "$folder/debian"
