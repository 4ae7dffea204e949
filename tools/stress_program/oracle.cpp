// SPDX-License-Identifier: BSD-3-Clause
#include "oracle.hpp"

#include <algorithm>

#include "instrumented.hpp"
#include "random.hpp"

namespace stress {

namespace {

constexpr std::size_t k_objects_max = 200'000;
constexpr std::size_t k_leaves_max = k_is_instrumented ? 2048 : std::size_t{1} << 20;

// What a task's chance is asked about.
enum Question : std::uint64_t { k_value, k_fails, k_how, k_straggler };

std::uint64_t chance(RunPlan const& plan, std::size_t task, Question question) {
  return mix(plan.salt ^ (std::uint64_t{question} << 32), task);
}

bool fails(RunPlan const& plan, std::size_t task) {
  return plan.failing != 0 && chance(plan, task, k_fails) % 1000 < plan.failing;
}

Ending ending_of_failure(RunPlan const& plan, std::size_t task) {
  constexpr Ending k_any[] = {Ending::exception, Ending::number, Ending::message,
                              Ending::null_pointer};
  switch (plan.failure) {
    case Failure::exception:
      return Ending::exception;
    case Failure::number:
      return Ending::number;
    case Failure::message:
      return Ending::message;
    case Failure::null_pointer:
      return Ending::null_pointer;
    case Failure::thread_exit:
      return Ending::thread_exit;
    case Failure::any:
      break;
  }
  return k_any[chance(plan, task, k_how) % std::size(k_any)];
}

Fate fate_of_inner_run(RunPlan const& inner) {
  std::uint64_t sum = 0;
  bool has_failed = false;
  for (std::size_t task = 0; task < inner.tasks; ++task) {
    Fate const fate = fate_of(inner, task);
    if (fate.ending == Ending::value) {
      sum += fate.value;
    } else {
      has_failed = true;
    }
  }
  if (inner.stop_on_error && has_failed) return {Ending::inner_error, 0};
  return {Ending::value, value_of_sum(sum)};
}

}  // namespace

unsigned const k_depth_max = k_is_instrumented ? 100 : 1000;

Fate fate_of(RunPlan const& plan, std::size_t task) {
  if (nests(plan, task)) return fate_of_inner_run(inner_of(plan, task));
  if (fails(plan, task)) return {ending_of_failure(plan, task), 0};
  return {Ending::value, chance(plan, task, k_value)};
}

bool nests(RunPlan const& plan, std::size_t task) {
  return plan.depth != 0 && (plan.tree || task == 0);
}

RunPlan inner_of(RunPlan const& plan, std::size_t task) {
  RunPlan inner;
  inner.tasks = plan.fan;
  inner.salt = static_cast<std::uint32_t>(mix(plan.salt, task));
  inner.failing = plan.failing;
  inner.failure = plan.failure;
  inner.stop_on_error = plan.stop_on_error;
  inner.depth = plan.depth - 1;
  inner.fan = plan.fan;
  inner.tree = plan.tree;
  inner.alternates = plan.alternates;
  inner.work = plan.work;
  return inner;
}

std::uint64_t value_of_sum(std::uint64_t sum) {
  return mix(sum);
}

bool returns_failures(RunPlan const& plan) {
  return plan.failure == Failure::message || plan.failure == Failure::null_pointer ||
         plan.failure == Failure::any;
}

std::string message_of(RunPlan const& plan, std::size_t task) {
  return std::to_string(plan.salt) + "/" + std::to_string(task);
}

int number_of(std::size_t task) {
  return 42 + static_cast<int>(task % 1000);
}

bool is_straggler(RunPlan const& plan, std::size_t task) {
  return plan.straggler_ms != 0 && task == chance(plan, 0, k_straggler) % plan.tasks;
}

RunPlan fitted(RunPlan plan, ReactorPlan const& reactor) {
  plan.fan = std::max(plan.fan, 1u);
  plan.depth = std::min(plan.depth, k_depth_max);
  if (plan.tree) {
    std::size_t leaves = std::max<std::size_t>(plan.tasks, 1);
    unsigned depth = 0;
    for (; depth < plan.depth && leaves * plan.fan <= k_leaves_max; ++depth) leaves *= plan.fan;
    plan.depth = depth;
  }
  if (plan.depth != 0 || reactor.caller_participates) {
    if (plan.failure == Failure::thread_exit) plan.failure = Failure::exception;
  }
  if (plan.tasks > k_objects_max) {
    plan.input = Input::count;
    plan.output = Output::nothing;
    plan.order = false;
    plan.failing = 0;
  }
  return plan;
}

}  // namespace stress
