# SPDX-License-Identifier: BSD-3-Clause
"""What the compiler does not check: include direction, memory orders and their table, what may touch
the machine, formatting, and that the documents quote programs that are compiled."""

import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 else ".").resolve()
CODE = (".hpp", ".cpp")

# Each may include what stands before its own row, and env, assert, counters (engine/README.md).
LAYERS = [
    {"assert", "line", "not_cancelled", "process_mutex"},
    {"native_queue", "tick_clock", "keeper", "topology"},
    {"cpu_loan", "help_cost"},
    {"env", "install", "demangle", "modules", "thrown"},
    {"trace_store", "symbolize"},
    {"traceback"},
    {"known_causes"},
    {"stop_notice", "seat"},
    {"counters", "parker", "epoch", "error_latch", "range_queue", "pace", "slab", "solo_runs",
     "in_flight_count", "failure_map", "cpu_quota", "failure", "native_env", "end_signal", "listeners",
     "first_failure", "run_counts", "try_lock", "pool", "steady_time",
     "queued_deadlines", "pull_window", "on_this_thread"},
    {"known_pace", "idle", "limits", "alarm", "alone_row", "bench", "roll_call", "shelf", "resolve", "completion_order",
     "trace_probe"},
    {"offers", "slot_table"},
    {"batch"},
    {"inbox", "run_control", "callbacks", "slot_errors", "crowd"},
    {"shared", "traced_job"},
    {"participant", "solo", "future_state", "sight", "head_start"},
    {"caller", "worker", "submission"},
    {"whereabouts", "posted"},
    {"submitted_run", "submitted_call"},
    {"stream_part"},
    {"stragglers", "watchdog"},
    {"crew"},
    {"core"},
    {"stream_run"},
    {"stream_end"},
    {"reactor"},
]
# The algorithms: templates over Env that must not reach around it.
ALGORITHMS = ["parker", "limits", "epoch", "error_latch", "range_queue", "pace", "slab", "solo_runs",
              "in_flight_count", "alone_row", "head_start", "failure_map", "trace_store", "install", "counters", "idle", "stop_notice",
              "alarm", "bench", "seat", "roll_call", "shelf", "offers", "batch", "try_lock", "inbox", "pool", "shared", "participant", "solo", "caller",
              "worker", "end_signal", "listeners", "first_failure", "completion_order", "submission", "future_state", "queued_deadlines",
              "stragglers", "watchdog", "crew"]
AROUND_ENV = re.compile(
    r"std::(atomic\b|thread\b|jthread|mutex\b|condition_variable|chrono|this_thread)"
    r"|thread_local|\bsyscall\(|\bpthread_|\bstd::atomic_thread_fence")

ATOMIC_CALL = re.compile(r"\.(load|store|exchange|fetch_add|fetch_sub|fetch_or|fetch_and|"
                         r"compare_exchange_weak|compare_exchange_strong)\(")
STRONG = re.compile(r"memory_order_(acquire|release|acq_rel|seq_cst)")
TAG = re.compile(r"// ORDER O(\d+): ")


def files(*folders, suffixes=CODE):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in suffixes:
                yield path


def read(path):
    return path.read_text(encoding="utf-8")


def statement_at(lines, i):
    """The statement that begins on line i, to its semicolon or brace."""
    text = ""
    for line in lines[i:i + 5]:
        text += line.split("//")[0]
        if text.rstrip().endswith((";", "{", "}")):
            break
    return text


class Includes(unittest.TestCase):
    def includes(self, path):
        return re.findall(r'#include ["<]([^">]+)[">]', read(path))

    def test_public_headers_use_the_standard_library_only(self):
        for path in files("include"):
            for name in self.includes(path):
                with self.subTest(file=path.name, include=name):
                    self.assertTrue(name.startswith("reactor/") or re.fullmatch(r"[a-z_]+", name)
                                    or name == "cxxabi.h")

    def test_layers_of_the_engine(self):
        level = {name: i for i, layer in enumerate(LAYERS) for name in layer}
        for path in files("engine"):
            self.assertIn(path.stem, level, f"{path.name} has no place among the layers")
            for name in self.includes(path):
                if not name.startswith("engine/"):
                    continue
                other = pathlib.Path(name).stem
                with self.subTest(file=path.name, include=name):
                    self.assertTrue(other == path.stem or level[other] < level[path.stem])

    def test_everything_outside_sees_the_public_contract_only(self):
        for path in files("tests/contract", "tests/packaging", "docs", "tools", "benchmarks"):
            for name in self.includes(path):
                with self.subTest(file=path.name, include=name):
                    self.assertFalse(name.startswith(("engine/", "reactor/detail/")))

    def test_algorithms_go_through_env(self):
        for name in ALGORITHMS:
            code = "\n".join(line.split("//")[0] for line in
                             read(ROOT / "engine" / f"{name}.hpp").splitlines())
            with self.subTest(file=name):
                self.assertIsNone(AROUND_ENV.search(code.replace("std::memory_order", "")))


class MemoryOrders(unittest.TestCase):
    def tagged(self):
        """(number, file, orders of the statement below, line)"""
        found = []
        for path in files("engine", "include"):
            lines = read(path).splitlines()
            for i, line in enumerate(lines):
                tag = TAG.search(line)
                if not tag:
                    continue
                j = i + 1
                while lines[j].strip().startswith("//"):
                    j += 1
                orders = STRONG.findall(statement_at(lines, j))
                found.append((int(tag.group(1)), path.name, orders, i + 1))
        return found

    def test_every_operation_names_its_order(self):
        for path in files("engine", "include"):
            lines = read(path).splitlines()
            for i, line in enumerate(lines):
                if ATOMIC_CALL.search(line.split("//")[0]):
                    with self.subTest(file=path.name, line=i + 1):
                        self.assertIn("memory_order", statement_at(lines, i))

    def test_every_order_but_relaxed_is_tagged(self):
        for path in files("engine", "include"):
            lines = read(path).splitlines()
            for i, line in enumerate(lines):
                if STRONG.search(line.split("//")[0]):
                    with self.subTest(file=path.name, line=i + 1):
                        self.assertRegex("\n".join(lines[max(0, i - 4):i]), TAG)

    def test_tags_and_table_agree(self):
        rows = {}
        for row in re.findall(r"^\| O(\d+) \| (\S+) .*?\| (\w+) \|",
                              read(ROOT / "engine/README.md"), re.MULTILINE):
            rows[int(row[0])] = (row[1], row[2])
        tags = self.tagged()
        numbers = [number for number, *_ in tags]
        self.assertEqual(sorted(numbers), sorted(set(numbers)), "a number is used twice")
        self.assertEqual(set(numbers), set(rows))
        for number, name, orders, line in tags:
            with self.subTest(tag=f"O{number}", file=name, line=line):
                self.assertEqual(rows[number][0], name)
                self.assertTrue(orders, "no order under the tag")
                self.assertEqual(rows[number][1], orders[0])

    def test_there_are_no_fences(self):
        for path in files("engine", "include"):
            self.assertNotIn("atomic_thread_fence", read(path), path.name)


class Text(unittest.TestCase):
    def all_code(self):
        yield from files("include", "engine", "tests", "tools", "benchmarks", "docs")

    def test_licence_and_width(self):
        for path in self.all_code():
            lines = read(path).splitlines()
            with self.subTest(file=str(path.relative_to(ROOT))):
                self.assertIn("SPDX-License-Identifier: BSD-3-Clause", lines[0])
                self.assertLessEqual(max(map(len, lines)), 100)

    def test_headers_are_guarded(self):
        for path in files("include", "engine", "tests", "tools", suffixes=(".hpp",)):
            self.assertIn("\n#pragma once\n", read(path), path.name)

    def test_a_file_is_one_concept(self):
        for path in files("include", "engine"):
            with self.subTest(file=path.name):
                self.assertLessEqual(len(read(path).splitlines()), 250)

    def test_nothing_is_postponed_or_silenced(self):
        words = re.compile(r"GTEST_SKIP|DISABLED_|TODO|FIXME|\bXXX\b|HACK|NOLINT")
        for path in files("include", "engine", "tests", "tools", "benchmarks", "docs",
                          suffixes=CODE + (".txt", ".cmake", ".sh")):
            with self.subTest(file=path.name):
                self.assertIsNone(words.search(read(path)))

    def test_tests_do_not_hope(self):
        sleep = re.compile(r"(sleep_for|sleep_until|usleep|nanosleep)(?!.*// .*is what is measured)")
        for path in files("tests"):
            self.assertIsNone(sleep.search(read(path)),
                              f"{path.name}: wait for what can be awaited")

    def test_format(self):
        paths = [str(path) for path in self.all_code()]
        result = subprocess.run(["clang-format", "--dry-run", "-Werror", *paths],
                                capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stderr[:4000])


class Documents(unittest.TestCase):
    def test_the_readme_quotes_a_program_that_is_tested(self):
        code = read(ROOT / "docs/cookbook/first_run.cpp").split("\n", 1)[1].strip()
        self.assertIn(f"```cpp\n{code}\n```", read(ROOT / "README.md"))

    def test_links_lead_somewhere(self):
        for path in [*ROOT.glob("*.md"), *files("docs", "engine", suffixes=(".md",))]:
            prose = re.sub(r"```.*?```", "", read(path), flags=re.DOTALL)
            for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", prose):
                with self.subTest(file=path.name, link=target):
                    self.assertTrue((path.parent / target).exists())


if __name__ == "__main__":
    unittest.main()
