#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a report of measurements says, given the figures."""

import pathlib
import sys
import tempfile
import unittest
import unittest.mock

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(sys.argv[1]) / "benchmarks"))

import chart  # noqa: E402
import measured  # noqa: E402
import page  # noqa: E402


def workload(**medians):
    results = {"n:4": {name: {"time_ns": [0.9 * ns, ns, 1.1 * ns]} for name, ns in medians.items()}}
    return {"title": "Runs", "figures": ["time_ns"], "by": "n", "results": results}


def row(**medians):
    return next(page.rows_of(workload(**medians)))


class Report(unittest.TestCase):
    def test_names(self):
        name = measured.Name.parse("tbb_auto/task_ns:2/n:1/idle_us:100/iterations:300/manual_time")
        self.assertEqual(name, measured.Name("tbb_auto", "task_ns:2/n:1/idle_us:100"))
        self.assertEqual(measured.Name.parse("loop/real_time"), measured.Name("loop", ""))

    def test_a_wrong_answer_is_an_error(self):
        one = {"name": "reactor/n:4", "error_occurred": True, "error_message": "wrong answer"}
        with self.assertRaisesRegex(RuntimeError, "small_runs: reactor/n:4: wrong answer"):
            measured.figures("small_runs", one)

    def test_who_does_not_end_is_an_error(self):
        with unittest.mock.patch("measured.SECONDS_MAX", 0.1), tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder) / "endless"
            program.write_text("#!/bin/sh\nexec sleep 60\n")
            program.chmod(0o755)
            with self.assertRaisesRegex(RuntimeError, "endless: eigen: has not ended after 0.1 s"):
                measured.run(str(program), "eigen", "n:4")

    def test_marks_where_another_one_is_first(self):
        self.assertEqual(row(serial=100, reactor=50, eigen=60).mark(), "")
        self.assertEqual(row(serial=100, reactor=50, eigen=40).mark(), " ⚠")
        self.assertEqual(row(serial=100, reactor=50, eigen=46).mark(), " ≈")
        self.assertEqual(row(serial=40, reactor=50, eigen=60).mark(), " ⚠")
        self.assertEqual(row(serial=100, reactor=50, openmp_static=40).mark(), " ⚠ˢ")
        self.assertEqual(row(serial=100, reactor=50, openmp_static_passive=40).mark(), " ⚠")

    def test_compares_with_the_best_other_one(self):
        self.assertEqual(row(serial=100, reactor=50, eigen=25, asio=50).standing(), (2, "eigen"))
        also_ours = row(serial=100, reactor=50, reactor_unexpected=25)
        self.assertEqual(also_ours.standing(), (0.5, "serial"))
        self.assertIsNone(row(serial=100).standing())

    def test_table(self):
        header, _, line = page.table([row(eigen=2_000, reactor=1_500, serial=3_000)]).splitlines()
        self.assertEqual(header, "| | serial | reactor | eigen |")
        self.assertEqual(line, "| n:4 | 3.00 µs ±10 % | **0.50 x** ±10 % | 0.67 x ±10 % |")

    def test_summary_has_the_best_and_the_worst(self):
        rows = [row(serial=100, eigen=50, reactor=ns) for ns in (10, 20, 30, 40, 50, 60, 70, 80)]
        rows += [row(serial=100, eigen=400, reactor=190), row(serial=100, reactor=200)]
        text = page.summary(rows)
        self.assertIn("first in 5 of 10 cells", text)
        self.assertIn("first in 6 of 9.", text)
        best, worst_engine, worst = text.split("**Worst**")
        self.assertEqual([line[-12:] for line in best.splitlines() if line.startswith("-")],
                         ["0.20 x eigen", "0.40 x eigen", "0.47 x eigen"])
        self.assertEqual(worst_engine.count("\n- "), 5)
        self.assertIn("1.60 x eigen", worst_engine)
        self.assertNotIn("serial", worst_engine)
        self.assertIn("1.90 x serial", worst)

    def test_page_without_charts_and_with_a_failure(self):
        failed = {"title": "Broken", "figures": ["time_ns"], "results": {}, "failures": ["b: why"]}
        report = {"circumstances": {"commit": "abc"},
                  "workloads": [workload(serial=2, reactor=1), failed]}
        text = page.render(report, None)
        for part in ("- commit: abc", "No charts", "## Runs", "## Broken", "Not measured",
                     "Failed: `b: why`"):
            self.assertIn(part, text)
        asked = workload(serial=2, reactor=1) | {"question": "Why?"}
        text = page.render({"circumstances": {}, "workloads": [asked]}, {})
        self.assertIn("Why?", text)
        self.assertNotIn("No charts", page.render(report, {}))

    def test_chart_is_of_ratios(self):
        self.assertEqual(chart.points(workload(serial=100, reactor=50)),
                         {"serial": [("4", 1)], "reactor": [("4", 0.5)]})


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
