#!/usr/bin/env bash
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Puts what a controller and execution nodes need into a folder's bin/: ansible-runner and receptorctl of PyPI in an environment of their own, and the
# daemon of Receptor from Debian's package, which is unpacked and not installed. Where that is not to be had, it says so, and the tests that need it skip.
set -euo pipefail
folder=$1 python=$2
here=$(cd "$(dirname "$0")" && pwd)
echo "Making $folder from tests/machines/requirements.txt ..."
"$python" -m venv --clear "$folder"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes --requirement "$here/requirements.txt"
command -v receptor > /dev/null && exit
echo "Getting receptor from Debian into $folder ..."
if "$here"/../debian/unpack.sh "$folder/debian" receptor; then
  ln -sf ../debian/usr/bin/receptor "$folder/bin/receptor"
  exit
fi
echo "receptor was not found: the tests of a Receptor mesh are skipped, those of the other pipes are not." >&2
