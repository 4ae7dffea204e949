// SPDX-License-Identifier: BSD-3-Clause
#include "player.hpp"

#include <chrono>
#include <latch>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "callers.hpp"
#include "calls.hpp"
#include "counted.hpp"
#include "forks.hpp"
#include "limits.hpp"
#include "oracle.hpp"
#include "perform.hpp"
#include "random.hpp"
#include "stage.hpp"
#include "submits.hpp"

namespace stress {

namespace {

// Every run of a step has values of its own, and other tasks fail.
RunPlan plan_of(Stage const& stage, Step const& step, unsigned caller, unsigned round) {
  RunPlan plan = fitted(step.run, stage.plan(step.reactor));
  plan.salt = static_cast<std::uint32_t>(mix(plan.salt, (std::uint64_t{caller} << 32) + round));
  return plan;
}

void play_runs(Stage& stage, Step const& step) {
  auto const run_all = [&](unsigned caller) {
    auto repeated = std::make_unique<Repeated>();
    for (unsigned round = 0; round < step.rounds && !stage.is_over(); ++round) {
      if (step.nap_us != 0) std::this_thread::sleep_for(std::chrono::microseconds(step.nap_us));
      RunPlan const plan = plan_of(stage, step, caller, round);
      auto const run = [&] { perform(stage, step.reactor, plan, *repeated); };
      if (step.short_lived) {
        Callers(stage.totals()).add(run);
      } else {
        run();
      }
    }
  };
  if (step.callers <= 1) return run_all(0);
  Callers callers(stage.totals());
  for (unsigned caller = 0; caller < step.callers; ++caller) {
    callers.add([&, caller] { run_all(caller); });
  }
}

// The Reactor goes while each caller is in a run, or on its way out of it. Every other one has a
// worker make its run, in a call that it posts; unless that would be ended by one of the tasks.
void shut_down_once(Stage& stage, Step const& step, unsigned round) {
  stage.make(step.reactor);
  std::latch all_begun(step.callers);
  Callers callers(stage.totals());
  for (unsigned caller = 0; caller < step.callers; ++caller) {
    auto const make_run = [&, caller] {
      RunPlan plan = plan_of(stage, step, caller, round);
      if (plan.tasks == 0) plan.tasks = 1;
      plan.depth = 0;  // an inner run would begin too late
      Repeated repeated;
      perform(stage, step.reactor, plan, repeated, &all_begun);
    };
    bool const may_post =
        fitted(step.run, stage.plan(step.reactor)).failure != Failure::thread_exit;
    if (caller % 2 == 0 || !may_post) {
      callers.add(make_run);
    } else {
      callers.add([&stage, &step, make_run] { stage.reactor(step.reactor).post(make_run); });
    }
  }
  all_begun.wait();
  stage.shut_down(step.reactor);
}

void play_step(Stage& stage, Step const& step) {
  stage.make(step.reactor);
  if (step.run.alternates || step.kind == Kind::fork) stage.make(1 - step.reactor);
  switch (step.kind) {
    case Kind::run:
      return play_runs(stage, step);
    case Kind::renew:
      return stage.destroy(step.reactor);
    case Kind::shut_down:
      stage.destroy(step.reactor);
      for (unsigned round = 0; round < step.rounds && !stage.is_over(); ++round) {
        shut_down_once(stage, step, round);
      }
      return;
    case Kind::fork:
      return fork_during_runs(stage, step);
    case Kind::submit:
      return submit_runs(stage, step);
    case Kind::call:
      return submit_calls(stage, step);
    case Kind::limit:
      return run_with_limits(stage, step);
  }
}

}  // namespace

std::string play(Program const& program, Totals& totals, std::atomic<bool> const& is_over) {
  Verdict verdict;
  std::int64_t const live_before = Counted::live();
  std::int64_t const mistakes_before = Counted::mistakes();
  {
    Stage stage(program, verdict, totals, is_over);
    for (Step const& step : program.steps) {
      play_step(stage, step);
      if (!verdict.is_good()) break;
    }
    for (unsigned const which : {0u, 1u}) stage.destroy(which);
  }
  if (Counted::live() != live_before) {
    verdict.differs("{} objects are left", Counted::live() - live_before);
  }
  if (Counted::mistakes() != mistakes_before) {
    verdict.differs("{} objects were destroyed twice", Counted::mistakes() - mistakes_before);
  }
  add(totals.programs);
  return verdict.text();
}

}  // namespace stress
