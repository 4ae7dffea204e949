#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# demo_test.sh <the fingerprint program>: what it says of a tree, and its exit codes.
set -uo pipefail
fingerprint=$(realpath "$1")

source "$(dirname "${BASH_SOURCE[0]}")/../expect.sh"

run() {
  output=$("$fingerprint" "$@" 2>&1)
  code=$?
}

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
cd "$tree" || exit 1
mkdir -p '[id]/deep' 'other, with a comma' empty
for i in 1 2 3; do printf '%s' "$i" >"[id]/deep/$i"; done
printf 'four' >'other, with a comma/4'
ln -s 4 'other, with a comma/link'

run '[id]' 'other, with a comma'
expect 0 "files                  4" "bytes                  7" "Every file could be read" \
  "are those of the plain loop" "/planted/amid/the/others" "No such file or directory" "Of 5 tasks"

run empty
expect 0 "There are no files."

run nowhere
expect 2 "nowhere"

output=$("$fingerprint" empty 2>&1 >/dev/full)
code=$?
expect 2 "standard output"
output=$("$fingerprint" '[id]' 2>&1 >/dev/full)
code=$?
expect 2 "standard output"
