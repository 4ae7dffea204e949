# SPDX-License-Identifier: BSD-3-Clause
"""Benchmark programs as this project has them: one program a question, `contender/parameters` the
name of what it measures, each contender in a process of its own. Of all figures less is better."""

import dataclasses
import json
import os
import re
import subprocess

# What Google Benchmark appends to say how it measured. As POSIX has expressions, like all here.
HOW = "/(real_time|manual_time|min_time:[0-9.]+|iterations:[0-9]+)"
UNITS = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}


@dataclasses.dataclass(frozen=True)
class Name:
    contender: str
    cell: str

    @staticmethod
    def parse(text):
        contender, _, cell = re.sub(HOW, "", text).partition("/")
        return Name(contender, cell)


def names(program):
    """In the program's order."""
    listed = subprocess.run([program, "--benchmark_list_tests"], check=True, text=True,
                            capture_output=True)
    return [Name.parse(line) for line in listed.stdout.split()]


def measure(program, contender, cells, options=()):
    """{cell: {figure: value}} of one contender, measured in one new process. `cells`: an expression.
    `time_ns` is the median where single runs were timed. A wrong answer is a RuntimeError."""
    environment = dict(os.environ)
    if contender.endswith("_passive"):
        environment["OMP_WAIT_POLICY"] = "passive"  # read when a process begins
    run = subprocess.run([program, f"--benchmark_filter=^{contender}/?({cells})({HOW})*$",
                          "--benchmark_format=json", *options],
                         text=True, capture_output=True, env=environment)
    if run.returncode != 0 or not run.stdout.strip():
        raise RuntimeError(f"{os.path.basename(program)}: {contender}: "
                           f"ended with {run.returncode}: {run.stderr.strip()[-300:]}")
    found = {Name.parse(one["name"]).cell: figures(program, one)
             for one in json.loads(run.stdout)["benchmarks"]}
    if not found:
        raise RuntimeError(f"{os.path.basename(program)}: {contender}: has no {cells}")
    return found


def figures(program, one):
    """Of one benchmark, as Google Benchmark writes it."""
    if one.get("error_occurred"):
        raise RuntimeError(f"{os.path.basename(program)}: {one['name']}: {one['error_message']}")
    wanted = ("p50_ns", "p99_ns", "p999_ns", "begun_after_max", "allocations", "bytes_a_task",
              "cpu_ms_a_second")
    found = {figure: one[figure] for figure in wanted if figure in one}
    found["time_ns"] = found.get("p50_ns", one["real_time"] * UNITS[one["time_unit"]])
    return found
