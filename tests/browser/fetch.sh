#!/usr/bin/env bash
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Makes the environment that tests/browser looks at reports with: selenium and csaf of PyPI, axe-core of npm where npm is installed.
set -euo pipefail
folder=$1 python=$2
here=$(cd "$(dirname "$0")" && pwd)
axe=axe-core@4.14.1
echo "Making $folder from tests/browser/requirements.txt ..."
"$python" -m venv --clear "$folder"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement "$here/requirements.txt"
if command -v npm > /dev/null; then
  work=$(mktemp -d "$folder/.work.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  (cd "$work" && npm pack --silent "$axe" > /dev/null && tar xzf axe-core-*.tgz)
  cp "$work/package/axe.min.js" "$folder/axe.min.js"
else
  echo "npm is not installed, so $axe is missing: make test-all skips what needs it." >&2
fi
