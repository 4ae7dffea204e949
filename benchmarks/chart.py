# SPDX-License-Identifier: BSD-3-Clause
"""Charts of a report: how many times the plain loop's time, by one parameter. Drawn by gnuplot."""

import re
import shutil
import statistics
import subprocess


def points(workload):
    """{contender: [(x, ratio to the base)]}, by the workload's first figure."""
    base = workload.get("base", "serial")
    figure = workload["figures"][0]
    lines = {}
    for cell, contenders in workload["results"].items():
        x = re.search(rf"(?:^|/){workload['by']}:(\d+)", cell)[1]
        if figure not in contenders.get(base, {}):
            continue
        unit = statistics.median(contenders[base][figure])
        for name, figures in contenders.items():
            if figure in figures and unit:
                lines.setdefault(name, []).append((x, statistics.median(figures[figure]) / unit))
    return lines


def script(workload, file):
    lines = points(workload)
    blocks = [f"$d{i} << end\n" + "\n".join(f"{x} {y}" for x, y in line) + "\nend"
              for i, line in enumerate(lines.values())]
    plots = [f"$d{i} using 1:2:xticlabels(1) with linespoints lw {4 if name == 'reactor' else 1} "
             f"title '{name}'" for i, name in enumerate(lines)]
    axes = "y" if any(x == "0" for line in lines.values() for x, _ in line) else "xy"
    return "\n".join([
        "set terminal svg size 900,420 dynamic background 'white' noenhanced",
        f"set output '{file}'", "set key outside right", f"set logscale {axes}", "set grid y",
        f"set xlabel '{workload['by']}'", "set ylabel 'x the first column, less is better'",
        *blocks, "plot " + ", ".join(plots), ""])


def draw_all(workloads, folder):
    """Title to file name, of those that have one; None without gnuplot."""
    if shutil.which("gnuplot") is None:
        return None
    drawn = {}
    for workload in workloads:
        if "by" not in workload or not points(workload):
            continue
        name = re.sub(r"[^a-z0-9]+", "-", workload["title"].lower()).strip("-") + ".svg"
        subprocess.run(["gnuplot"], input=script(workload, folder / name), text=True, check=True,
                       capture_output=True)
        drawn[workload["title"]] = name
    return drawn
