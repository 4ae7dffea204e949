# SPDX-License-Identifier: BSD-3-Clause
# Sourced by tests of programs: what the last command, whose output is in $output and code in $code,
# should have come to.

fail() {
  printf '%s\n' "$1" "$output" >&2
  exit 1
}

# expect <code> <text...>
expect() {
  [[ $code -eq $1 ]] || fail "ended with $code, expected $1"
  local text
  for text in "${@:2}"; do
    [[ $output == *"$text"* ]] || fail "said nothing of '$text'"
  done
}
