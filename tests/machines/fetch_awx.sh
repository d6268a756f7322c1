#!/usr/bin/env bash
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Unpacks the collection awx.awx of PyPI's package ansible into a folder, for the argument specs of its modules.
set -euo pipefail
folder=$1 python=$2
here=$(cd "$(dirname "$0")" && pwd)
echo "Getting awx.awx from the package ansible into $folder ..."
rm -rf "$folder"
mkdir -p "$folder/.work"
trap 'rm -rf "$folder/.work"' EXIT
"$python" -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes --dest "$folder/.work" \
  --requirement "$here/awx-requirements.txt"
"$python" - "$folder" <<'END'
import pathlib, sys, zipfile
folder = pathlib.Path(sys.argv[1])
(wheel,) = (folder / ".work").glob("ansible-*.whl")
with zipfile.ZipFile(wheel) as opened:
    opened.extractall(folder, [name for name in opened.namelist() if name.startswith("ansible_collections/awx/awx/")])
END
