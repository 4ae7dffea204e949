// SPDX-License-Identifier: BSD-3-Clause
// A run for the checker: what detail::execute does with tasks and slots, over modelled memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "engine/batch.hpp"
#include "engine/caller.hpp"
#include "engine/crew.hpp"
#include "engine/error_latch.hpp"
#include "engine/stop_notice.hpp"
#include "tests/model/atomic.hpp"
#include "tests/model/env.hpp"
#include "tests/model/thread_ends.hpp"

namespace reactor::model {

// In a program under check: until others have made `condition` true. No operation of the program's.
template <class Condition>
void await(Condition const& condition) {
  Checker::get().scheduler().wait_until(
      &condition, [](void const* of) { return (*static_cast<Condition const*>(of))(); });
}

// In a program under check: nothing is explored while this lives.
class Held {
 public:
  Held() : choices_(Checker::get().choices()), before_(choices_.is_held()) { choices_.hold(true); }
  Held(Held const&) = delete;
  Held& operator=(Held const&) = delete;
  ~Held() { choices_.hold(before_); }

 private:
  Choices& choices_;
  bool const before_;
};

// A crew that is there and asleep when the exploration begins, and ends after it, unless end() says
// that its end shall be explored.
template <class Env>
class SleepingCrew {
 public:
  explicit SleepingCrew(std::uint32_t workers, std::uint64_t spin_ns = 0,
                        std::size_t stragglers_max = 0, std::uint32_t cpus = 0) {
    Held const held;
    auto const start = [this](engine::Worker<Env> const& worker) {
      workers_[worker.self()] = &worker;
    };
    crew_.emplace(workers, spin_ns, "worker", typename engine::Crew<Env>::Hooks{start, {}},
                  stragglers_max, cpus);
    await_asleep();
  }
  SleepingCrew(SleepingCrew const&) = delete;
  SleepingCrew& operator=(SleepingCrew const&) = delete;
  ~SleepingCrew() {
    Held const held;
    crew_.reset();
  }
  void await_asleep() {
    Held const held;
    while (shared().idle.look().asleep != shared().workers) Env::relax();
  }
  void end() { crew_.reset(); }
  void watch() {
    Held const held;
    crew_->watch();
  }
  engine::Shared<Env>& shared() { return crew_->shared(); }
  engine::Worker<Env> const& worker(std::uint32_t self) const { return *workers_[self]; }
  std::size_t stragglers() const { return crew_->stragglers_approx(); }

 private:
  std::array<engine::Worker<Env> const*, k_threads_max> workers_{};
  std::optional<engine::Crew<Env>> crew_;
};

template <class Env>
class ModelRun {
 public:
  static constexpr std::size_t k_tasks_max = 8;
  using Job = typename engine::Batch<Env>::Job;
  using Frame = typename engine::Batch<Env>::Frame;

  explicit ModelRun(std::uint64_t tasks, bool stop_on_error = true)
      : tasks_(tasks), stop_on_error_(stop_on_error) {
    input_.set(1);
  }

  Job job() {
    Job job{this, &ModelRun::execute, nullptr, tasks_, stop_on_error_};
    job.is_controlled = may_be_stopped;
    job.deadline_ns = deadline_ns;
    job.in_order = in_order;
    job.task_ns = task_ns;
    return job;
  }

  // By something else than a failure.
  bool may_be_stopped = false;
  std::uint64_t deadline_ns = engine::k_forever_ns;
  bool in_order = false;
  // What a task is known to take: the caller begins alone then, if that is little.
  std::uint64_t task_ns = 0;

  // What a task does besides leaving a result; false: it fails. ThreadEnds: it ends its thread.
  std::function<bool(std::uint64_t i, std::uint32_t worker)> in_task;

  // What a failing task does while its stack is unwound; unset: it fails without an exception.
  std::function<void(std::uint64_t i)> unwind;

  // No more tasks of a run at once than the Reactor has workers.
  std::uint32_t running_max = k_threads_max;
  // The worker whose place the caller takes.
  std::uint32_t benched = engine::k_nobody;

  // In a task: until the run is stopped, or even for a reason from outside.
  void wait_for_stop(std::uint64_t winner_from = 1) {
    while (latch_->winner.load(std::memory_order_relaxed) < winner_from) Env::relax();
  }

  // In a task: until the run's notice has been given.
  void wait_for_notice() {
    auto const& source = engine::StopNotice<Env>::source(latch_->notice);
    while (source.requests->load(std::memory_order_relaxed) == 0) Env::relax();
  }

  // Has one that fails done so by an exception that is on its way?
  bool has_thrown() const noexcept { return first_thrown_.has_value(); }
  bool has_result(std::uint64_t i) const { return results_[i].get() != 0; }
  bool was_begun(std::uint64_t i) const noexcept { return begun_[i] != 0; }
  bool has_ended(std::uint64_t i) const noexcept { return ended_[i] != 0; }

  // All that a caller may rely on when its run has returned.
  void check(engine::RunCounts const& counts) const {
    std::uint64_t begun = 0;
    for (std::uint64_t i = 0; i < tasks_; ++i) {
      begun += begun_[i];
      require(begun_[i] <= 1, "a task was run twice");
      require(ended_[i] == begun_[i], "a task still ran when its run had returned");
      // Reads what the task wrote: a data race, unless the run's end says that it may.
      require(has_result(i) == (begun_[i] == 1), "a result is not there");
    }
    require(counts.remaining == tasks_ - begun, "the counts do not add up");
    require(counts.failed == failed_, "a failure was not counted, or one too many");
    require(counts.winner != engine::ErrorLatch<Env>::k_unwinding, "a winner is not known yet");
    bool const is_cut = counts.winner >= engine::ErrorLatch<Env>::k_reasons_from;
    require(may_be_stopped || !is_cut, "a run that nobody stopped was stopped");
    bool const is_stopped = is_cut || (stop_on_error_ && counts.failed != 0);
    require(is_stopped || begun == tasks_, "a task was lost");
    require((counts.winner != 0) == is_stopped, "a failure that stops has won, and no other");
    if (is_stopped && !is_cut) {
      require(errors_[counts.winner - 1].get() != 0, "the winner's error is not there");
      require(wins_ == 1 && counts.winner - 1 == winner_, "another than the first has won");
      require(first_thrown_.value_or(winner_) == winner_, "a later failure than a throw has won");
    }
  }

 private:
  static void execute(void* context, std::uint64_t lo, std::uint64_t hi, Frame& frame) {
    auto& run = *static_cast<ModelRun*>(context);
    // What the caller prepared before the run: a data race, unless entering it says otherwise.
    require(run.input_.get() == 1, "a run's input is not there");
    frame.reached = lo;
    run.latch_ = frame.latch;
    for (std::uint64_t i = lo; i < hi; ++i) {
      if (frame.latch->winner.load(std::memory_order_relaxed) != 0) break;
      ++run.begun_[i];
      require(++run.running_ <= run.running_max, "more tasks run at once than there are workers");
      require(frame.worker != run.benched, "the benched worker ran a task");
      // What is one number's is one thread's at a time: a data race, unless they follow each other.
      run.scratch_[frame.worker].set(1);
      frame.reached = i + 1;
      try {
        if (run.in_task && !run.in_task(i, frame.worker)) run.fail(i, frame);
      } catch (ThreadEnds const&) {
        run.fail(i, frame);
        run.end(i);
        throw;
      }
      run.end(i);
    }
  }

  void fail(std::uint64_t i, Frame& frame) {
    using Latch = engine::ErrorLatch<Env>;
    if (unwind) {
      if (frame.stop_on_error) Latch::trip_early(frame);
      if (frame.has_tripped_early) first_thrown_ = i;
      unwind(i);
    }
    errors_[i].set(1);
    ++failed_;
    ++frame.failed;
    if (frame.stop_on_error && Latch::trip(frame, i)) {
      require(++wins_ == 1, "two failures have won");
      winner_ = i;
    }
  }
  void end(std::uint64_t i) {
    results_[i].set(1);
    ++ended_[i];
    --running_;
  }

  std::uint64_t const tasks_;
  bool const stop_on_error_;
  Var<int> input_;
  std::array<Var<int>, k_threads_max> scratch_;  // by worker
  std::array<Var<int>, k_tasks_max> results_;
  std::array<Var<int>, k_tasks_max> errors_;
  // The checker's own view, not the program's.
  std::array<std::uint8_t, k_tasks_max> begun_{};
  std::array<std::uint8_t, k_tasks_max> ended_{};
  std::uint32_t running_ = 0;
  std::uint64_t failed_ = 0;
  std::uint32_t wins_ = 0;
  typename engine::ErrorLatch<Env>::State* latch_ = nullptr;
  std::uint64_t winner_ = 0;
  std::optional<std::uint64_t> first_thrown_;
};

// A run by a thread that is no worker, checked.
template <class Env>
engine::RunCounts run_and_check(engine::Shared<Env>& shared, ModelRun<Env>& run, bool helps,
                                std::uint32_t benched = 0) {
  run.running_max = shared.workers;
  if (helps) run.benched = benched;
  engine::Caller<Env> caller(shared, shared.workers, benched, helps);
  engine::RunCounts const counts = caller.run(run.job(), Env::now_ns());
  run.check(counts);
  return counts;
}

// What callers have woken.
template <class Env>
std::uint64_t wakes(engine::Shared<Env>& shared) {
  std::uint64_t sum = 0;
  shared.slab.find_if([&](engine::Batch<Env>& batch) {
    sum += batch.counters().wakes.read_approx();
    return false;
  });
  return sum;
}

// A task of a run of four with a caller that helps: the caller's fails when its helper has split
// what it stole, and before that goes on.
template <class Env>
bool fail_beside_what_is_queued(ModelRun<Env> const& run, std::uint64_t i, std::uint32_t worker) {
  if (worker == 2) await([&] { return run.was_begun(1); });
  if (i == 1) await([&] { return run.has_ended(0); });
  return i != 0;
}

}  // namespace reactor::model
