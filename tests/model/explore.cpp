// SPDX-License-Identifier: BSD-3-Clause
#include "tests/model/explore.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace reactor::model {

namespace {

bool is_deep() {
  return std::getenv("REACTOR_MODEL_DEEP") != nullptr;
}

bool is_quick() {
  return std::getenv("REACTOR_MODEL_QUICK") != nullptr;
}

// Is it one of the programs that take most of the time, where little of that is to be had?
bool is_cut_short(Effort const& effort) {
  constexpr std::uint64_t k_few = 150'000;
  return is_quick() && effort.executions_min > k_few && effort.bounds.preemptions > 1;
}

std::uint64_t seeds_of(Effort const& effort) {
  if (effort.seeds == 0) return 0;
  if (char const* const text = std::getenv("REACTOR_MODEL_SEEDS")) {
    return std::strtoull(text, nullptr, 10);
  }
  if (std::getenv("REACTOR_MODEL_EXECUTIONS") != nullptr) return 0;
  return is_deep() ? 100'000'000 : effort.seeds;
}

// For who wants a little of it, and for who has all night.
std::uint64_t executions_max() {
  if (char const* const text = std::getenv("REACTOR_MODEL_EXECUTIONS")) {
    return std::strtoull(text, nullptr, 10);
  }
  return is_deep() ? 100'000'000 : ~std::uint64_t{0};
}

std::uint64_t first_seed() {
  char const* const text = std::getenv("REACTOR_MODEL_FIRST_SEED");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : 0;
}

// One preemption more has that many times the executions at most.
constexpr std::uint64_t k_times_a_preemption_max = 200;

void tell(std::string const& name, char const* how, Report const& report) {
  std::printf("%-44s %-10s %10llu executions, %5.0f steps each, %7.2f s\n", name.c_str(), how,
              static_cast<unsigned long long>(report.executions),
              report.executions == 0
                  ? 0
                  : static_cast<double>(report.steps) / static_cast<double>(report.executions),
              report.seconds);
  std::fflush(stdout);
}

std::string story(std::string const& name, Report const& report) {
  // What there is to choose, and so the path, depends on the bounds.
  std::string const bounds = std::string(is_deep() ? "REACTOR_MODEL_DEEP=1 " : "") +
                             (is_quick() ? "REACTOR_MODEL_QUICK=1 " : "");
  return name + ": " + report.failure + "\nat " + std::to_string(report.failed_at) +
         "; to replay: " + bounds + "REACTOR_MODEL_REPLAY='" + report.path + "'\n" + report.trace;
}

}  // namespace

void explore(std::string const& name, Effort const& effort, Checker::Program const& program) {
  Bounds bounds = effort.bounds;
  bool const is_one_schedule = bounds.preemptions == 0;
  if (is_deep() && !is_one_schedule) ++bounds.preemptions;
  std::uint64_t executions_min = std::min(executions_max(), effort.executions_min);
  if (is_cut_short(effort)) {
    --bounds.preemptions;
    executions_min /= k_times_a_preemption_max;
  }
  Checker checker(bounds);
  if (char const* const path = std::getenv("REACTOR_MODEL_REPLAY")) {
    Report const report = checker.replay(program, path);
    FAIL() << (report.is_clean() ? name + ": nothing is wrong in this one" : story(name, report));
  }
  Report const all = checker.exhaust(program, executions_max());
  tell(name, "exhausted", all);
  ASSERT_TRUE(all.is_clean()) << story(name, all);
  if (std::getenv("REACTOR_MODEL_ANY_COUNT") == nullptr) {
    EXPECT_GE(all.executions, executions_min)
        << name << " explores less than it did: it may not do any more what it was written for";
  }
  if (seeds_of(effort) == 0) return;
  // A checker that has not seen more than a seed's replay will have.
  Report const some = Checker(bounds).sample(program, first_seed(), seeds_of(effort));
  tell(name, "drawn", some);
  EXPECT_TRUE(some.is_clean()) << story(name, some);
}

void expect_found(std::string const& name, Bounds bounds, std::string const& failure,
                  Checker::Program const& program) {
  Checker checker(bounds);
  Report const report = checker.exhaust(program, ~std::uint64_t{0});
  ASSERT_FALSE(report.is_clean()) << name << ": not found";
  EXPECT_THAT(report.failure, testing::HasSubstr(failure)) << name;
  std::printf("%-44s found at execution %llu: %s\n", name.c_str(),
              static_cast<unsigned long long>(report.failed_at), report.failure.c_str());
}

}  // namespace reactor::model
