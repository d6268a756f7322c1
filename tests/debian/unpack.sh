#!/usr/bin/env bash
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Usage: unpack.sh FOLDER PACKAGE...  Gets Debian packages, and unpacks them into the folder: nothing is installed.
# One at a time, because apt-get refuses to renew its lists while another one does.
set -euo pipefail
folder=$1
shift
for program in apt-get dpkg-deb flock; do command -v "$program" > /dev/null || { echo "$program is not installed." >&2; exit 1; }; done
mkdir -p "$folder"
work=$(mktemp -d "$folder/.work.XXXXXX")
trap 'rm -rf "$work"' EXIT
get() { (cd "$work" && apt-get -qq -o APT::Sandbox::User="$(id -un)" download "$@"); }
exec 9< "$0"
flock 9
# A machine that is new has no list of packages yet.
get "$@" 2> /dev/null || { apt-get -qq update && get "$@"; }
for package in "$work"/*.deb; do dpkg-deb --extract "$package" "$folder"; done
