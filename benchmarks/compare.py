#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Measures the cells of one benchmark program, each contender in turn, several rounds, and prints
medians, spread, and the ratio to the first contender. Medians of noisy machines are compared within
one call of this program, never across calls."""

import argparse
import re
import statistics
import sys

sys.dont_write_bytecode = True
import measured  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", default="", help="those whose name matches this expression")
    arguments = parser.parse_args()

    times = {name: [] for name in measured.names(arguments.program)
             if re.search(arguments.only, f"{name.contender}/{name.cell}")}
    for _ in range(arguments.rounds):
        for name, rounds in times.items():
            found = measured.measure(arguments.program, name.contender, name.cell)
            rounds.append(found[name.cell]["time_ns"])

    first = {}  # the first contender's median, by cell
    for name, rounds in times.items():
        median = statistics.median(rounds)
        contender, base = first.setdefault(name.cell, (name.contender, median))
        print(f"{name.contender + '/' + name.cell:45} {median:14,.1f} ns   "
              f"{min(rounds):14,.1f} to {max(rounds):14,.1f}   {median / base:6.3f} x {contender}")


if __name__ == "__main__":
    main()
