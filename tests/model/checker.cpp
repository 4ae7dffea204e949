// SPDX-License-Identifier: BSD-3-Clause
#include "tests/model/checker.hpp"

#include <chrono>

namespace reactor::model {

Checker* Checker::active_ = nullptr;

Checker::Checker(Bounds bounds)
    : choices_(bounds), scheduler_(choices_), memory_(scheduler_, choices_, trace_) {}

namespace {

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

Checker::Result Checker::run_once(Program const& program) {
  active_ = this;
  memory_.begin();
  scheduler_.run(program);
  if (memory_.take_discovery()) return Result::discovery;
  return scheduler_.failure().empty() ? Result::fine : Result::wrong;
}

// What several threads use is mostly known after some executions at random; learning it later means
// to begin again.
void Checker::discover(Program const& program) {
  constexpr std::uint64_t k_seeds = 500;
  for (std::uint64_t seed = 0; seed < k_seeds; ++seed) {
    choices_.begin_random(seed);
    if (run_once(program) == Result::wrong) break;  // to be found again in order
  }
}

Report Checker::exhaust(Program const& program, std::uint64_t most) {
  Report report;
  auto const begin = std::chrono::steady_clock::now();
  discover(program);
  while (report.executions < most && choices_.next()) {
    ++report.executions;
    Result const result = run_once(program);
    report.steps += scheduler_.steps();
    if (result == Result::discovery) {
      choices_.restart();
      report.executions = 0;
      report.steps = 0;
    } else if (result == Result::wrong) {
      tell(report, program, report.executions);
      break;
    }
  }
  report.seconds = seconds_since(begin);
  return report;
}

Report Checker::sample(Program const& program, std::uint64_t first, std::uint64_t count) {
  Report report;
  auto const begin = std::chrono::steady_clock::now();
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    choices_.begin_random(seed);
    Result const result = run_once(program);
    if (result == Result::discovery) {
      --seed;  // again, knowing more
      continue;
    }
    ++report.executions;
    report.steps += scheduler_.steps();
    if (result == Result::wrong) {
      tell(report, program, seed);
      break;
    }
  }
  report.seconds = seconds_since(begin);
  return report;
}

Report Checker::replay(Program const& program, std::string const& path) {
  Report report;
  report.executions = 1;
  choices_.begin_replay(from_text(path));
  while (run_once(program) == Result::discovery) choices_.begin_replay(from_text(path));
  if (!scheduler_.failure().empty()) tell(report, program, 0);
  return report;
}

// Runs the failed execution once more, with its trace.
void Checker::tell(Report& report, Program const& program, std::uint64_t number) {
  report.failure = scheduler_.failure();
  report.failed_at = number;
  auto const answers = choices_.answers();
  report.path = to_text(answers);
  // A random schedule follows from the seed and not from its answers.
  if (choices_.is_random()) {
    choices_.begin_random(number);
  } else {
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
