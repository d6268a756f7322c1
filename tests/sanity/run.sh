#!/usr/bin/env bash
# Runs ansible-test sanity on what the tarball of the collection holds, with a home and virtual environments of its own.
# usage: tests/sanity/run.sh [options of ansible-test sanity]
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
work=$root/.cache/sanity
bin=$root/.venv/bin
content=$work/collections/ansible_collections/tourniquet/netscaler

rm -rf "$work/collections" "$work/tarball" "$work/source"
mkdir -p "$work/source" "$work/home/.ansible/test/cache" "$content/tests/sanity"
git -C "$root" ls-files -z | tar -C "$root" --null --files-from - -c | tar -C "$work/source" -x
"$bin/ansible-galaxy" collection build --output-path "$work/tarball" "$work/source" >/dev/null
tar -xzf "$work"/tarball/*.tar.gz -C "$content"
cp "$root"/tests/sanity/ignore-*.txt "$content/tests/sanity/"
# ansible-test looks at the files that git lists; in the working tree of the project these would be none.
git -C "$content" init --quiet
git -C "$content" add --all --force

for version in 24_2 25_2; do # of ansible-core 2.19, and of 2.20 and 2.21
  cp "$root/tests/sanity/get_pip.py" "$work/home/.ansible/test/cache/get_pip_$version.py"
done

cd "$content"
python=$("$bin/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
# No variable of this shell decides: of Ansible, Python or Git. Those of pip say where the package index is.
mapfile -t index < <(env | grep -E '^(PIP_|SSL_CERT_|REQUESTS_CA_|HTTPS?_PROXY|NO_PROXY|https?_proxy|no_proxy)' || true)
exec env -i PATH="$bin:/usr/local/bin:/usr/bin:/bin" HOME="$work/home" LC_ALL=C.UTF-8 "${index[@]}" \
  "$bin/ansible-test" sanity --local --python "$python" "$@"
