#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# ends_test.sh <the stress program>: its exit codes, and what it says last.
set -uo pipefail
stress=$1

source "$(dirname "${BASH_SOURCE[0]}")/../expect.sh"

run() {
  output=$("$stress" "$@" 2>&1)
  code=$?
}

run --seconds 0.1 --seed 7
expect 0 "seed 7" "runs" "parks" "wakes" "profile" "default"

run --provoke difference --seed 7 --profile churn --first 3
expect 1 "provoked" "program 3 of seed 7" "--seed 7 --profile churn" "--first 3" "not replayed"

run --profile nonsense
expect 2 "nonsense"

run --provoke hang --patience 1
expect 3 "HANG" "reactor/0" "dump_all_stacks" "To replay"

# Without job control a shell's background jobs ignore SIGINT; the program's own handler does not.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for signal in INT TERM; do
  : >"$log"
  "$stress" --seconds 1000 >"$log" 2>&1 &
  until [[ -s $log ]]; do :; done
  kill -s "$signal" $!
  wait $!
  code=$?
  output=$(<"$log")
  expect 0 "runs" "seconds"
done
