#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What does a task that throws nothing pay for tracebacks? Counts the instructions of a task under
callgrind, with the headers as they are and with the probe's catch clause taken out."""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
CLAUSE = "    } catch (TraceProbe&) {\n"
FEW, MANY = 1_000_000, 2_000_000


def instructions(program, tasks, folder):
    run = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", program, str(tasks)],
                         check=True, capture_output=True, text=True)
    return int(re.search(r"Collected : (\d+)", run.stderr).group(1))


def per_task(name, include, folder, library):
    program = folder / name
    subprocess.run(["g++", "-std=c++20", "-O2", f"-I{include}", str(ROOT / "benchmarks/guard.cpp"), library,
                    "-lhwloc", "-lbacktrace", "-pthread", "-o", str(program)], check=True)
    size = subprocess.run(["size", str(program)], check=True, capture_output=True, text=True)
    text = int(size.stdout.splitlines()[1].split()[0])
    each = (instructions(program, MANY, folder) - instructions(program, FEW, folder)) / (MANY - FEW)
    print(f"{name:10} {each:8.4f} instructions a task {text:10} bytes of text")


def main():
    library = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "build/release/engine/libreactor.a")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        shutil.copytree(ROOT / "include", folder / "include")
        header = folder / "include/reactor/detail/execute.hpp"
        text = header.read_text()
        assert text.count(CLAUSE) == 1
        header.write_text(text.replace(CLAUSE, ""))
        per_task("guarded", ROOT / "include", folder, library)
        per_task("unguarded", folder / "include", folder, library)


if __name__ == "__main__":
    main()
