#!/usr/bin/env bash
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Gets the country data of Debian's package tor-geoipdb (IPFire Location Database, CC BY-SA 4.0) into a folder: for the tests
# only, and never into the repository. It is unpacked, not installed.
set -euo pipefail
folder=$1
help="The tests at full scale need the files geoip and geoip6 of Debian's package tor-geoipdb. Where apt-get can't bring it, get the
package by other means, unpack it, and put both files into $folder. The other tests run without: .venv/bin/pytest tests/unit"
command -v apt-get dpkg-deb > /dev/null || { echo "$help" >&2; exit 1; }
mkdir -p "$folder"
work=$(mktemp -d "$folder/.work.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
get() { apt-get -qq -o APT::Sandbox::User="$(id -un)" download tor-geoipdb; }
# A machine that is new has no list of packages yet.
get 2> /dev/null || { apt-get -qq update && get; } || { echo "$help" >&2; exit 1; }
dpkg-deb --extract ./*.deb .
mv usr/share/tor/geoip6 usr/share/tor/geoip "$folder/" # geoip last: where it is, both are
