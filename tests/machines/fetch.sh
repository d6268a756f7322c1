#!/usr/bin/env bash
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Puts what a controller and execution nodes need into a folder's bin/: ansible-runner and receptorctl of PyPI in an environment of their own, and the
# daemon of Receptor and sshd from Debian's packages, which are unpacked and not installed. Where one is not to be had, it says so, and the tests that
# need it skip.
set -euo pipefail
folder=$1 python=$2
here=$(cd "$(dirname "$0")" && pwd)
echo "Making $folder from tests/machines/requirements.txt ..."
"$python" -m venv --clear "$folder"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes --requirement "$here/requirements.txt"
unpack() { "$here"/../debian/unpack.sh "$folder/debian" "$@"; }
if ! command -v receptor > /dev/null; then
  echo "Getting receptor from Debian into $folder ..."
  if unpack receptor; then
    ln -sf ../debian/usr/bin/receptor "$folder/bin/receptor"
  else
    echo "receptor was not found: the tests of a Receptor mesh are skipped, those of the other pipes are not." >&2
  fi
fi
if ! command -v sshd > /dev/null; then
  echo "Getting sshd from Debian into $folder ..."
  unpack openssh-server libwrap0 libwtmpdb0 || echo "sshd was not found: the test of ssh pipes is skipped." >&2
fi
