# SPDX-License-Identifier: BSD-3-Clause
"""Benchmark programs as this project has them: one program a question, `contender/parameters` the
name of what it measures, each contender in a process of its own. Of all figures less is better."""

import dataclasses
import json
import os
import re
import shutil
import subprocess

# What Google Benchmark appends to say how it measured. As POSIX has expressions, like all here.
HOW = "/(real_time|manual_time|min_time:[0-9.]+|iterations:[0-9]+)"
SECONDS_MAX = 600  # for what a contender has to measure in one round; it hangs, or is useless there
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


def run(program, contender, cells, options=(), under=(), **variables):
    """One new process; a wrong answer is a RuntimeError. `cells`: an expression."""
    environment = os.environ | variables
    if contender.endswith("_passive"):
        environment["OMP_WAIT_POLICY"] = "passive"  # read when a process begins
    if under and shutil.which(under[0]) is None:
        raise RuntimeError(f"{under[0]} is not installed: tools/setup --benchmarks")
    try:
        done = subprocess.run([*under, program,
                               f"--benchmark_filter=^{contender}/?({cells})({HOW})*$",
                               "--benchmark_format=json", *options],
                              text=True, capture_output=True, env=environment, timeout=SECONDS_MAX)
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"{os.path.basename(program)}: {contender}: "
                           f"has not ended after {SECONDS_MAX} s") from error
    if done.returncode != 0 or not done.stdout.strip():
        raise RuntimeError(f"{os.path.basename(program)}: {contender}: "
                           f"ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    return done


def measure(program, contender, cells, options=()):
    """{cell: {figure: value}} of one contender. `time_ns` is the median where single runs were
    timed."""
    done = run(program, contender, cells, options)
    found = {Name.parse(one["name"]).cell: figures(program, one)
             for one in json.loads(done.stdout)["benchmarks"]}
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


def count(program, contender, cells):
    """The same, of what callgrind counts: of each cell the instructions a task."""
    found = {}
    for cell in [name.cell for name in names(program) if name.contender == contender]:
        if not re.fullmatch(cells, cell):
            continue
        tasks = int(re.search(r"tasks:([0-9]+)", cell)[1])
        # Enough that it does not matter that to begin, and to write results down, takes some
        # thousands more or less.
        few, more = 20, max(100, min(5_000, 1_000_000 // tasks))
        without, counted = (instructions(program, contender, cell, runs)
                            for runs in (few, few + more))
        found[cell] = {"instructions_a_task": (counted - without) / more / tasks}
    return found


def instructions(program, contender, cell, runs):
    under = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
    done = run(program, contender, cell, under=under, RUNS=str(runs))
    figures(program, json.loads(done.stdout)["benchmarks"][0])
    counted = re.search(r"Collected : ([0-9]+)", done.stderr)
    if counted is None:
        raise RuntimeError(f"callgrind has not counted: {done.stderr.strip()[-300:]}")
    return int(counted[1])
