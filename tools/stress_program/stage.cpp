// SPDX-License-Identifier: BSD-3-Clause
#include "stage.hpp"

#include <chrono>
#include <string_view>
#include <thread>

namespace stress {

void Stage::make(unsigned which) {
  Actor& actor = actors_[which];
  if (actor.reactor) return;
  ReactorPlan const& plan = plans_[which];
  reactor::Options options;
  options.stop_on_error = plan.stop_on_error;
  options.parallelism = plan.parallelism;
  options.caller_participates = plan.caller_participates;
  options.pinning = plan.pinned ? reactor::Pinning::automatic : reactor::Pinning::none;
  options.spin = std::chrono::nanoseconds(plan.spin_ns);
  options.name = which == 0 ? "first" : "second";
  actor.reactor = std::make_unique<reactor::Reactor>(options);
  actor.runs = 0;
  actor.tasks = 0;
  actor.errors = 0;
  add(totals_.reactors);
  add(totals_.progress);
}

void Stage::destroy(unsigned which) {
  Actor& actor = actors_[which];
  if (!actor.reactor) return;
  reactor::Stats const stats = actor.reactor->stats();
  auto const compare = [&](std::string_view name, std::uint64_t is, std::uint64_t should_be) {
    if (is != should_be) {
      verdict_.differs("stats of reactor {}: {} = {}, expected {}", which, name, is, should_be);
    }
  };
  compare("runs", stats.runs, actor.runs);
  compare("tasks", stats.tasks, actor.tasks);
  compare("errors", stats.errors, actor.errors);
  compare("workers", stats.workers, plans_[which].parallelism);
  shut_down(which);
}

void Stage::await_calls(unsigned which) const {
  Actor const& actor = actors_[which];
  while (actor.reactor->stats().tasks < actor.tasks) std::this_thread::yield();
}

void Stage::shut_down(unsigned which) {
  Actor& actor = actors_[which];
  if (!actor.reactor) return;
  totals_.take(actor.reactor->stats());
  actor.reactor.reset();
  add(totals_.progress);
}

}  // namespace stress
