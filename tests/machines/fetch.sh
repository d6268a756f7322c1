#!/usr/bin/env bash
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Puts what a controller and execution nodes need into a folder's bin/: ansible-runner and receptorctl of PyPI in an environment of their own, and the
# daemon of Receptor from Debian's package, which is unpacked and not installed. Where that is not to be had, it says so, and the tests that need it skip.
set -euo pipefail
folder=$1 python=$2
here=$(cd "$(dirname "$0")" && pwd)
echo "Making $folder from tests/machines/requirements.txt ..."
"$python" -m venv --clear "$folder"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement "$here/requirements.txt"
command -v receptor > /dev/null && exit
if command -v apt-get dpkg-deb > /dev/null; then
  work=$(mktemp -d "$folder/.work.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  echo "Getting receptor from Debian into $folder ..."
  get() { (cd "$work" && apt-get -qq -o APT::Sandbox::User="$(id -un)" download receptor); }
  # A machine that is new has no list of packages yet.
  if get 2> /dev/null || { apt-get -qq update && get; }; then
    dpkg-deb --extract "$work"/receptor_*.deb "$folder/debian"
    ln -sf ../debian/usr/bin/receptor "$folder/bin/receptor"
    exit
  fi
fi
echo "receptor was not found: the tests of a Receptor mesh are skipped, those of the other pipes are not." >&2
