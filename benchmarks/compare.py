#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs each contender of a benchmark program in a process of its own, in turn, several rounds, and
prints medians, spread, and the ratio to the first contender. Medians of noisy machines are compared
within one call of this program, never across calls."""

import argparse
import json
import os
import re
import statistics
import subprocess


def names(program):
    listed = subprocess.run([program, "--benchmark_list_tests"], check=True, text=True,
                            capture_output=True)
    return listed.stdout.split()


def measure(program, name):
    """Nanoseconds of wall time an iteration: the median, where single ones were timed. A wrong answer ends the comparison."""
    environment = dict(os.environ)
    if "_passive/" in name:
        environment["OMP_WAIT_POLICY"] = "passive"  # read when a process begins
    run = subprocess.run([program, f"--benchmark_filter=^{name}$", "--benchmark_format=json"],
                         check=True, text=True, capture_output=True, env=environment)
    result = json.loads(run.stdout)["benchmarks"][0]
    if result.get("error_occurred"):
        raise SystemExit(f"{name}: {result['error_message']}")
    if "p50_ns" in result:
        return result["p50_ns"]
    return result["real_time"] * {"ns": 1, "us": 1e3, "ms": 1e6}[result["time_unit"]]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", default="", help="those whose name matches this expression")
    arguments = parser.parse_args()

    times = {name: [] for name in names(arguments.program) if re.search(arguments.only, name)}
    for _ in range(arguments.rounds):
        for name, measured in times.items():
            measured.append(measure(arguments.program, name))

    first = {}  # the first contender's median, by parameters
    for name, measured in times.items():
        contender, _, parameters = name.partition("/")
        median = statistics.median(measured)
        base = first.setdefault(parameters, (contender, median))
        print(f"{name:45} {median:14,.1f} ns   {min(measured):14,.1f} to {max(measured):14,.1f}"
              f"   {median / base[1]:6.3f} x {base[0]}")


if __name__ == "__main__":
    main()
