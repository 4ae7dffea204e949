# SPDX-License-Identifier: BSD-3-Clause
"""The page that `report` writes. No measuring here, and no files: text from figures."""

import dataclasses
import statistics

OURS = "reactor"
LOOP = "serial"
SPINNING = ("openmp_static", "openmp_dynamic")  # for ever, by default

FIGURES = {
    "time_ns": "time",
    "p50_ns": "p50",
    "p99_ns": "p99",
    "p999_ns": "p99.9",
    "begun_after_max": "tasks begun after the throw, at most",
    "bytes_a_task": "bytes a task",
    "allocations": "allocations a run, warm",
    "cpu_ms_a_second": "ms of CPU a second",
    "instructions_a_task": "instructions a task",
}


@dataclasses.dataclass
class Row:
    """One figure of one cell: each contender's median, and half its spread as a part of that."""
    workload: str
    cell: str
    figure: str
    base: str
    medians: dict
    spreads: dict

    def rivals(self, without=()):
        return {name: median for name, median in self.medians.items()
                if name.partition("_unexpected")[0] != OURS and name not in without}

    def standing(self, without=()):
        """Our median by that of the best other one, and which one that is."""
        rivals = self.rivals(without)
        if OURS not in self.medians or not rivals:
            return None
        best = min(rivals, key=rivals.get)
        if rivals[best] == 0:
            return (1.0 if self.medians[OURS] == 0 else float("inf")), best
        return self.medians[OURS] / rivals[best], best

    def mark(self):
        standing = self.standing()
        if standing is None or standing[0] <= 1:
            return ""
        ratio, best = standing
        if ratio <= 1 + max(self.spreads[OURS], self.spreads[best]):
            return " ≈"
        asleep = self.rivals(without=SPINNING)
        is_first_asleep = not asleep or self.medians[OURS] <= min(asleep.values())
        return " ⚠ˢ" if is_first_asleep else " ⚠"


def half_spread(rounds, median):
    return (max(rounds) - min(rounds)) / 2 / median if median else 0.0


def rows_of(workload):
    for cell, contenders in workload["results"].items():
        for figure in workload["figures"]:
            values = {name: figures[figure] for name, figures in contenders.items()
                      if figure in figures}
            if not values:
                continue  # a p99 of few samples would be their maximum
            medians = {name: statistics.median(rounds) for name, rounds in values.items()}
            spreads = {name: half_spread(rounds, medians[name]) for name, rounds in values.items()}
            base = workload.get("base", LOOP)
            yield Row(workload["title"], cell, figure, base, medians, spreads)


def value_text(figure, value):
    if not figure.endswith("_ns"):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    for unit, ns in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if value >= ns:
            return f"{value / ns:,.2f} {unit}"
    return f"{value:,.1f} ns"


def cell_text(row, contender):
    if contender not in row.medians:
        return ""
    median, base = row.medians[contender], row.medians.get(row.base)
    spread = f" ±{100 * row.spreads[contender]:.0f} %"
    is_ratio = contender != row.base and base and row.figure.endswith("_ns")
    text = f"{median / base:,.2f} x" if is_ratio else value_text(row.figure, median)
    bold = "**" if contender == OURS else ""
    return f"{bold}{text}{bold}{row.mark() if contender == OURS else ''}{spread}"


def table(rows):
    contenders = list(dict.fromkeys(name for row in rows for name in row.medians))
    contenders.sort(key=lambda name: (name != rows[0].base, not name.startswith(OURS)))
    is_one_figure = len({row.figure for row in rows}) == 1
    lines = ["| | " + " | ".join(contenders) + " |", "|---" * (len(contenders) + 1) + "|"]
    for row in rows:
        label = row.cell if is_one_figure else f"{row.cell}, {FIGURES[row.figure]}"
        cells = " | ".join(cell_text(row, name) for name in contenders)
        lines.append(f"| {label} | {cells} |")
    return "\n".join(lines)


def standings_of(rows, without=()):
    found = ((row.standing(without), row) for row in rows)
    return sorted((pair for pair in found if pair[0]), key=lambda pair: pair[0][0])


def summary(rows):
    """Where we are best and worst; also among engines alone, as what costs nothing is the loop's."""
    every, engines = standings_of(rows), standings_of(rows, without=(LOOP,))

    def line(standing, row):
        ratio, rival = standing
        return f"- {row.workload}, {row.cell}, {FIGURES[row.figure]}: {ratio:,.2f} x {rival}"

    def first_in(standings):
        return f"{sum(1 for standing, _ in standings if standing[0] <= 1)} of {len(standings)}"

    about = sum(1 for _, row in every if row.mark() == " ≈")
    best = "\n".join(line(*pair) for pair in engines[:3])
    worst = "\n".join(line(*pair) for pair in reversed(every[-5:]))
    worst_engine = "\n".join(line(*pair) for pair in reversed(engines[-5:]))
    return (f"Reactor is first in {first_in(every)} cells, and no more behind than the "
            f"rounds differ in {about}; beside the other engines, without the plain loop, it is "
            f"first in {first_in(engines)}.\n\n**Best**, by the best other engine:\n\n{best}\n\n"
            f"**Worst**, by it:\n\n{worst_engine}\n\n**Worst**, by it or the plain loop:\n\n"
            f"{worst}\n")


def render(report, charts):
    """`charts`: title to file name, or None where there is no gnuplot."""
    by_workload = [(workload, list(rows_of(workload))) for workload in report["workloads"]]
    circumstances = (f"- {name}: {value}" for name, value in report["circumstances"].items())
    parts = ["# Results\n",
             "Written by `benchmarks/report`; raw.json has every figure. Medians, and half the "
             "spread between the rounds; `x` is the ratio to the first column. Less is better "
             "everywhere. **⚠**: another one is better here; **⚠ˢ**: only one whose threads spin "
             "for ever is; **≈**: by no more than the rounds differ.\n",
             "\n".join(circumstances) + "\n",
             summary([row for _, rows in by_workload for row in rows])]
    if charts is None:
        parts.append("No charts: gnuplot was not there.\n")
    for workload, rows in by_workload:
        parts.append(f"## {workload['title']}\n")
        if "question" in workload:
            parts.append(f"{workload['question']}\n")
        if charts and workload["title"] in charts:
            parts.append(f"![{workload['title']}]({charts[workload['title']]})\n")
        parts.append((table(rows) if rows else "Not measured: it failed.") + "\n")
        parts += [f"Failed: `{' '.join(failure.split())}`\n"
                  for failure in workload.get("failures", [])]
    return "\n".join(parts)
