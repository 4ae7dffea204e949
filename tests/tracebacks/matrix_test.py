#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""An error tells where it was thrown, in whatever way its user is compiled and linked.

matrix_test.py <library to link> <compiler> <folder to work in>"""

import functools
import pathlib
import re
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
LIBRARY, COMPILER, WORK = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
WORK.mkdir(parents=True, exist_ok=True)
del sys.argv[1:4]
INCLUDE = HERE.parent.parent / "include"
COMMON = ["-std=c++20", "-Wall", "-Wextra", "-Werror", f"-I{INCLUDE}", "-pthread"]
LIBRARIES = [LIBRARY, "-lhwloc", "-lbacktrace", "-ldl"]


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, cwd=WORK, timeout=300)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


@functools.cache
def object_of(source, flags):
    """Compiled once for all that are compiled in the same way and only linked in another."""
    built = f"{source}.{'_'.join(flags)}.o"
    run([COMPILER, *COMMON, *flags, "-c", HERE / source, "-o", built])
    return built


def link(sources, flags, name, linked=()):
    compiled = tuple(flag for flag in flags if flag not in LINKED_ONLY)
    objects = [object_of(source, compiled) for source in sources]
    run([COMPILER, *flags, "-pthread", *objects, *LIBRARIES, *linked, "-o", name])


IS_CLANG = "clang" in run([COMPILER, "--version"])
LINKED_ONLY = {"-static", "-static-pie", "-no-pie", "-shared", "-rdynamic"}


class Matrix(unittest.TestCase):
    def tells(self, knows, *flags, plugin=False, also=(), linked=(), strip=False):
        """Compiles, links and runs with `flags`; what was thrown tells as much as `knows`."""
        name = self.id().rsplit(".", 1)[-1]
        built = [name]
        if plugin:
            built.append(f"{name}.so")
            link(("plugin.cpp", "failing.cpp"), (*flags, "-shared", "-fPIC"), f"{name}.so")
        link(("main.cpp", "failing.cpp", *also), flags, name, linked=(file.format(name) for file in linked))
        for file in built if strip else []:
            run(["cp", file, f"{file}.whole"])
            run(["strip", file])
        places = run([f"./{name}", knows, *(f"./{file}" for file in built[1:])])
        if strip:
            self.leads_to_the_functions(places)

    def leads_to_the_functions(self, places):
        """Module and offset are what addr2line wants, of the file that was not stripped."""
        lines = places.splitlines()
        self.assertGreaterEqual(len(lines), 3)
        for i, line in enumerate(lines):
            module, offset = line.split()
            found = run(["addr2line", "-f", "-C", "-e", f"{module}.whole", offset])
            self.assertIn(["failing::check(int)", "failing::parse(int)", "failing::load(int)"][i % 3], found)

    def test_not_optimised(self):
        self.tells("lines", "-O0", "-g")

    def test_optimised(self):
        self.tells("lines", "-O2", "-g", *whole_functions())

    def test_optimised_more(self):
        self.tells("lines", "-O3", "-g", *whole_functions())

    def test_line_tables_alone_not_optimised(self):
        self.tells("lines", "-O0", "-g1")

    def test_line_tables_alone(self):
        self.tells("lines", "-O2", "-g1", *whole_functions())

    def test_functions_split(self):
        self.tells("functions", "-O2", "-g")

    def test_linked_as_a_whole(self):
        self.tells("lines", "-O2", "-g", "-flto", *whole_functions())

    def test_static(self):
        self.tells("lines", "-O2", "-g", "-static", *whole_functions(), also=["no_udev.cpp"])

    def test_static_anywhere(self):
        self.tells("lines", "-O2", "-g", "-static-pie", "-fPIE", *whole_functions(), also=["no_udev.cpp"])

    def test_at_a_fixed_address(self):
        self.tells("lines", "-O2", "-g", "-no-pie", "-fno-pie", *whole_functions())

    def test_without_frame_pointer_and_types(self):
        self.tells("lines", "-O2", "-g", "-fomit-frame-pointer", "-fno-rtti", *whole_functions())

    def test_hidden_with_frame_pointer(self):
        self.tells("lines", "-O2", "-g", "-fvisibility=hidden", "-fno-omit-frame-pointer", *whole_functions())

    def test_without_debug_information(self):
        self.tells("functions", "-O2")

    def test_stripped(self):
        self.tells("places", "-O2", *whole_functions(), strip=True)

    def test_loaded_later(self):
        self.tells("lines", "-O2", "-g", "-fvisibility=hidden", *whole_functions(), plugin=True)

    def test_loaded_later_stripped(self):
        self.tells("places", "-O2", *whole_functions(), plugin=True, strip=True)

    def test_loaded_later_by_who_exports_its_own(self):
        self.tells("lines", "-O2", "-g", "-rdynamic", *whole_functions(), plugin=True)

    def test_linked_with_another_copy(self):
        self.tells("lines", "-O2", "-g", *whole_functions(), plugin=True, linked=["./{}.so"])

    def test_loaded_anew(self):
        flags = ("-O2", "-g", *whole_functions())
        text = (HERE / "failing.cpp").read_text()
        for line in sorted(map(int, re.findall(r"\(int\)\", (\d+)\}", text)), reverse=True):
            text = text.replace(f', {line}}}', f', {line + 7}}}')
        moved = WORK / "moved" / "failing.cpp"
        moved.parent.mkdir(exist_ok=True)
        moved.write_text(7 * "\n" + text)
        for source, library in [(HERE / "failing.cpp", "anew.so"), (moved, "another.so")]:
            run([COMPILER, *COMMON, *flags, f"-I{HERE}", "-shared", "-fPIC", source, "-o", library])
        link(("main.cpp", "failing.cpp"), flags, "anew")
        run(["./anew", "lines", "anew", "./anew.so", "./another.so"])


def whole_functions():
    """gcc moves what throws to a place of its own, with whatever line stands nearby."""
    return [] if IS_CLANG else ["-fno-reorder-blocks-and-partition"]


if __name__ == "__main__":
    unittest.main()
