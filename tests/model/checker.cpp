// SPDX-License-Identifier: BSD-3-Clause
#include "tests/model/checker.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

namespace reactor::model {

Checker* Checker::active_ = nullptr;

Checker::Checker(Bounds bounds)
    : choices_(bounds), scheduler_(choices_), memory_(scheduler_, choices_, trace_) {}

namespace {

constexpr std::string_view k_seed = "seed ";

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

bool Checker::run_once(Program const& program) {
  active_ = this;
  memory_.begin();
  scheduler_.run(program);
  return scheduler_.failure().empty();
}

// What several threads use, and how long an execution is, as some executions show. Both stay for
// those that are drawn, so that a seed always draws the same one.
void Checker::get_acquainted(Program const& program) {
  if (std::exchange(is_acquainted_, true)) return;
  constexpr std::uint64_t k_seeds = 500;
  std::uint64_t longest = 0;
  for (std::uint64_t seed = 0; seed < k_seeds; ++seed) {
    choices_.begin_random(seed);
    run_once(program);  // what is wrong will be found again
    memory_.take_discoveries();
    longest = std::max(longest, scheduler_.drawn_steps());
  }
  scheduler_.pct_steps = std::max(longest, scheduler_.pct_steps);
}

Report Checker::exhaust(Program const& program, std::uint64_t most) {
  Report report;
  auto const begin = std::chrono::steady_clock::now();
  Bounds const bounds = choices_.bounds();
  get_acquainted(program);
  explore_narrowly(bounds, program, most);
  report = exhaust_within(bounds, program, most);
  report.seconds = seconds_since(begin);
  return report;
}

// Most of what several threads use is met within narrower bounds, too, at a small cost. What is
// wrong will be found again, with a path that belongs to the bounds.
void Checker::explore_narrowly(Bounds const& bounds, Program const& program, std::uint64_t most) {
  Bounds const narrow{bounds.preemptions - 1, std::min(bounds.stale, 1), bounds.faults};
  if (bounds.preemptions > 0) exhaust_within(narrow, program, most);
  choices_.restart(bounds);
}

// Again, if it turns out that more may happen than was thought.
Report Checker::exhaust_within(Bounds const& bounds, Program const& program, std::uint64_t most) {
  Report report;
  do {
    report = {};
    choices_.restart(bounds);
    while (report.executions < most && choices_.next()) {
      ++report.executions;
      bool const is_fine = run_once(program);
      report.steps += scheduler_.steps();
      if (is_fine) continue;
      tell(report, program, report.executions);
      return report;
    }
  } while (memory_.take_discoveries());
  return report;
}

Report Checker::sample(Program const& program, std::uint64_t first, std::uint64_t count) {
  Report report;
  auto const begin = std::chrono::steady_clock::now();
  get_acquainted(program);
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    choices_.begin_random(seed);
    bool const is_fine = run_once(program);
    ++report.executions;
    report.steps += scheduler_.steps();
    if (is_fine) continue;
    tell(report, program, seed);
    break;
  }
  report.seconds = seconds_since(begin);
  return report;
}

Report Checker::replay(Program const& program, std::string const& path) {
  if (path.starts_with(k_seed)) {
    return sample(program, std::stoull(path.substr(k_seed.size())), 1);
  }
  Report report;
  report.executions = 1;
  get_acquainted(program);
  explore_narrowly(Bounds{choices_.bounds()}, program, ~std::uint64_t{0});
  choices_.begin_replay(from_text(path));
  if (!run_once(program)) tell(report, program, 0);
  return report;
}

// Runs the failed execution once more, with its trace.
void Checker::tell(Report& report, Program const& program, std::uint64_t number) {
  report.failure = scheduler_.failure();
  report.failed_at = number;
  if (choices_.is_random()) {
    report.path = std::string(k_seed) + std::to_string(number);
    choices_.begin_random(number);
  } else {
    auto const answers = choices_.answers();
    report.path = to_text(answers);
    choices_.begin_replay(answers);
  }
  trace_.begin();
  run_once(program);
  trace_.end();
  report.trace = trace_.to_string();
  if (scheduler_.failure() != report.failure) {
    report.trace += "(the replay ended otherwise: " + scheduler_.failure() + ")\n";
  }
}

void require(bool condition, char const* what) {
  if (!condition) Checker::get().scheduler().fail(what);
}

}  // namespace reactor::model
