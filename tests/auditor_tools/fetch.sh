#!/usr/bin/env bash
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Puts the programs that an auditor of records uses, ssh-keygen and jq, into a folder's bin/, for the tests: nothing where they are installed,
# else programs of Debian's packages, which are unpacked and not installed.
set -euo pipefail
folder=$1
help="The tests of signatures need ssh-keygen and jq: on Debian and Ubuntu, apt install openssh-client jq."
mkdir -p "$folder/bin"
packages=()
command -v ssh-keygen > /dev/null || packages+=(openssh-client)
command -v jq > /dev/null || packages+=(jq libjq1 libonig5)
if ((${#packages[@]})); then
  echo "Getting ${packages[*]} from Debian into $folder ..."
  "$(dirname "$0")"/../debian/unpack.sh "$folder" "${packages[@]}" || { echo "$help" >&2; exit 1; }
  for program in ssh-keygen jq; do
    [[ -x $folder/usr/bin/$program ]] || continue
    printf '#!/bin/sh\nLD_LIBRARY_PATH=$(echo "%s"/usr/lib/*) exec "%s/usr/bin/%s" "$@"\n' "$folder" "$folder" "$program" > "$folder/bin/$program"
    chmod 0755 "$folder/bin/$program"
  done
fi
touch "$folder/ready"
