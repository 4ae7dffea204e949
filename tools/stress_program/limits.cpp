// SPDX-License-Identifier: BSD-3-Clause
#include "limits.hpp"

#include <pthread.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <reactor/reactor.hpp>
#include <stdexcept>
#include <stop_token>
#include <thread>

#include "callers.hpp"
#include "counted.hpp"
#include "marks.hpp"
#include "random.hpp"
#include "stage.hpp"

namespace stress {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;

// How a task spends its time.
enum class Pace : std::uint8_t {
  quick,
  at_the_edge,  // until its limit, about
  listens,      // until it is told, and is late then
  is_deaf,      // well beyond its limit, whatever it is told
};

// What the tasks of a run share. They own it: some outlive the run.
struct Limited {
  explicit Limited(RunPlan const& what, microseconds longest)
      : plan(what), limit(longest), marks(what.tasks) {}

  Pace pace_of(std::size_t task) const {
    std::uint64_t const chance = mix(plan.salt, task) % 1000;
    if (chance < plan.failing) {
      return chance % 3 == 0 ? Pace::is_deaf : chance % 3 == 1 ? Pace::listens : Pace::at_the_edge;
    }
    return Pace::quick;
  }
  std::uint64_t value_of(std::size_t task) const { return mix(plan.salt, ~task); }

  RunPlan const plan;
  microseconds const limit;
  Marks marks;
};

void spend_time(Limited const& run, std::size_t task, reactor::TaskContext& context) {
  Clock::time_point const start = Clock::now();
  auto const until = [&](microseconds time) {
    while (Clock::now() - start < time) std::this_thread::yield();
  };
  switch (run.pace_of(task)) {
    case Pace::quick:
      return;
    case Pace::at_the_edge:
      return until(run.limit + microseconds(mix(task, run.plan.salt) % 400) - microseconds(200));
    case Pace::listens: {
      std::stop_token const token = context.stop_token();
      while (!token.stop_requested()) std::this_thread::yield();
      return;
    }
    case Pace::is_deaf:
      return until(2 * run.limit + microseconds(2000));
  }
}

// Ends as the task's number says; one that was late, or was told to stop, in any way.
reactor::Expected<Counted> end(Limited const& run, std::size_t task) {
  if (run.pace_of(task) != Pace::quick) {
    switch (mix(run.plan.salt, task + 1) % 5) {
      case 0:
        throw std::runtime_error("late");
      case 1:
        return reactor::unexpected("late");
      case 2:
        pthread_exit(nullptr);
      default:
        break;
    }
  }
  return Counted(run.value_of(task));
}

class LimitedRun {
 public:
  LimitedRun(Stage& stage, Step const& step, RunPlan const& plan)
      : stage_(stage),
        which_(step.reactor),
        state_(std::make_shared<Limited>(plan, microseconds(1000 + plan.salt % 3000))) {}

  void make() {
    reactor::RunOptions options;
    options.stop_on_error = state_->plan.stop_on_error;
    options.result_timeout = state_->limit;
    std::stop_source source;
    std::uint64_t const chance = mix(state_->plan.salt, 77) % 10;
    if (chance == 0) options.deadline = Clock::now() + state_->limit * 3;
    if (chance == 1) options.stop = source.get_token();
    std::jthread canceller;
    if (chance == 1) canceller = std::jthread([&] { source.request_stop(); });
    try {
      stage_.reactor(which_).run_into(
          results_, state_->plan.tasks,
          [state = state_](std::size_t task, reactor::TaskContext& context) {
            state->marks.set(task) ? void() : std::terminate();  // was run twice
            spend_time(*state, task, context);
            return end(*state, task);
          },
          options);
    } catch (reactor::TaskError const& error) {
      was_stopped_ = true;
      if (!state_->plan.stop_on_error) differs(error.task_index(), "has stopped its run");
    } catch (reactor::Cancelled const&) {
      was_stopped_ = true;
      if (chance > 1) differs(0, "is of a run that nobody cancelled");
    } catch (reactor::Error const&) {  // more stragglers than are allowed
      was_stopped_ = true;
    }
  }

  void check() {
    reactor::Summary counted;
    counted.total = state_->plan.tasks;
    for (auto const outcome : results_) count(outcome, counted);
    reactor::Summary const is = results_.summary();
    if (is.done != counted.done || is.failed != counted.failed ||
        is.timed_out != counted.timed_out || is.skipped != counted.skipped) {
      differs(0, "is of a run whose summary does not add up");
    }
    if (!was_stopped_ && counted.skipped != 0) differs(0, "is of a run that was not stopped");
    stage_.book(which_, counted.done + counted.failed + counted.timed_out, counted.failed);
    add(stage_.totals().timeouts, counted.timed_out);
    if (was_stopped_) add(stage_.totals().stopped_runs);
  }

 private:
  void count(reactor::Outcome<Counted> const outcome, reactor::Summary& counted) {
    std::size_t const task = outcome.index();
    Pace const pace = state_->pace_of(task);
    check_mark(task, outcome.status());
    switch (outcome.status()) {
      case reactor::Status::done:
        ++counted.done;
        if (outcome->number() != state_->value_of(task)) differs(task, "has another's value");
        if (pace == Pace::listens && !was_stopped_) differs(task, "is done, untold");
        break;
      case reactor::Status::failed:
        ++counted.failed;
        if (pace == Pace::quick) differs(task, "has failed");
        if (pace == Pace::listens && !was_stopped_) differs(task, "has failed, untold");
        break;
      case reactor::Status::timed_out:
        ++counted.timed_out;  // a quick one, too, where the machine is slow
        if (dynamic_cast<reactor::TaskTimeout const&>(outcome.error()).running() < state_->limit) {
          differs(task, "was given up on early");
        }
        break;
      case reactor::Status::skipped:
        ++counted.skipped;
        break;
      case reactor::Status::pending:
        differs(task, "is pending");
    }
  }

  // One that was given up on may get to its action only now: its thread had no CPU for so long.
  void check_mark(std::size_t task, reactor::Status status) {
    bool const has_run = state_->marks.test(task);
    if (status == reactor::Status::skipped && has_run) differs(task, "was skipped, but has run");
    bool const must_have_run = status == reactor::Status::done || status == reactor::Status::failed;
    if (must_have_run && !has_run) differs(task, "is at an end, but has not run");
  }

  void differs(std::size_t task, char const* how) {
    stage_.verdict().differs("limit of {} us: task {} of {} {}", state_->limit.count(), task,
                             state_->plan.tasks, how);
  }

  Stage& stage_;
  unsigned which_;
  std::shared_ptr<Limited> state_;
  reactor::Results<Counted> results_;
  bool was_stopped_ = false;
};

}  // namespace

void run_with_limits(Stage& stage, Step const& step) {
  Callers callers(stage.totals());
  for (unsigned caller = 0; caller < step.callers; ++caller) {
    callers.add([&, caller] {
      for (unsigned round = 0; round < step.rounds && !stage.is_over(); ++round) {
        RunPlan plan = step.run;
        plan.salt =
            static_cast<std::uint32_t>(mix(plan.salt, (std::uint64_t{caller} << 32) + round));
        LimitedRun run(stage, step, plan);
        run.make();
        run.check();
        if (!stage.verdict().is_good()) break;
      }
    });
  }
}

}  // namespace stress
