// SPDX-License-Identifier: BSD-3-Clause
#include "submits.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <reactor/reactor.hpp>
#include <stdexcept>
#include <thread>
#include <utility>

#include "callers.hpp"
#include "counted.hpp"
#include "marks.hpp"
#include "random.hpp"
#include "stage.hpp"

namespace stress {

namespace {

// What a run's tasks share, and what the one who submitted it knows of it when its batch is gone.
struct Flight {
  Flight(Stage& on, unsigned reactor, RunPlan const& what)
      : stage(on), which(reactor), plan(what), marks(what.tasks) {}

  bool fails(std::size_t task) const { return mix(plan.salt, task) % 1000 < plan.failing; }
  std::uint64_t value_of(std::size_t task) const { return mix(plan.salt, ~task); }
  void differs(std::size_t task, char const* how) const {
    stage.verdict().differs("in flight: task {} of {} {}", task, plan.tasks, how);
  }

  Stage& stage;
  unsigned const which;
  RunPlan const plan;
  Marks marks;
  Count failed{0};
  std::atomic<int> completions{0};
  std::atomic<int> first_failures{0};
};

using Batch = reactor::Batch<Counted>;

// `depth`: levels of runs below this one.
Batch submit(std::shared_ptr<Flight> const& flight, unsigned depth, bool in_order);

void submit_and_wait(Flight const& outer, unsigned depth) {
  RunPlan plan = outer.plan;
  plan.tasks = plan.fan;
  plan.failing = 0;
  plan.salt ^= depth + 1;
  auto const flight = std::make_shared<Flight>(outer.stage, outer.which, plan);
  Batch batch = submit(flight, depth - 1, false);
  auto const results = batch.get();
  for (auto const outcome : results) {
    if (outcome->number() != flight->value_of(outcome.index())) {
      flight->differs(outcome.index(), "has another's value");
    }
  }
  outer.stage.book(outer.which, plan.tasks, 0);
}

Batch submit(std::shared_ptr<Flight> const& flight, unsigned depth, bool in_order) {
  return flight->stage.reactor(flight->which)
      .submit(flight->plan.tasks,
              [flight, depth](std::size_t task) {
                if (!flight->marks.set(task)) flight->differs(task, "was run twice");
                if (task == 0 && depth != 0) submit_and_wait(*flight, depth);
                for (unsigned turn = 0; turn < flight->plan.work; ++turn) {
                  std::atomic_signal_fence(std::memory_order_seq_cst);
                }
                if (flight->fails(task)) {
                  add(flight->failed);
                  throw std::runtime_error("planned");
                }
                return Counted(flight->value_of(task));
              },
              {.stop_on_error = flight->plan.stop_on_error, .completion_order = in_order});
}

enum class End : std::uint8_t { get, cancel, drop, read, poll };

class Flown {
 public:
  Flown(Stage& stage, Step const& step, RunPlan const& plan)
      : flight_(std::make_shared<Flight>(stage, step.reactor, plan)),
        end_(static_cast<End>(mix(plan.salt, 5) % 5)),
        batch_(submit(flight_, plan.depth, end_ == End::read)) {
    Flight& flight = *flight_;
    wants_to_know_ = mix(plan.salt, 6) % 3 == 0;
    if (!wants_to_know_) return;
    batch_.on_complete([own = flight_](reactor::Summary const&) { ++own->completions; });
    batch_.on_error([&flight](reactor::Outcome<Counted> const&) { ++flight.first_failures; });
  }
  Flown(Flown const&) = delete;
  Flown& operator=(Flown const&) = delete;

  // Ends it as it shall end, and checks what came of it.
  void land() {
    if (end_ == End::read) read();
    if (end_ == End::cancel) batch_.cancel();
    if (end_ == End::poll) {
      while (!batch_.wait_for(std::chrono::microseconds(50))) count_progress();
    }
    if (end_ == End::drop) {
      batch_ = Batch();
    } else {
      get();
    }
    std::size_t const failed = flight_->failed.load();
    flight_->stage.book(flight_->which, flight_->marks.count(), failed);
    if (!wants_to_know_) return;
    while (flight_->completions == 0)
      std::this_thread::yield();  // whom nobody tells waits for ever
    if (flight_->completions != 1) flight_->differs(0, "is of a run whose end was told twice");
    if (flight_->first_failures != (failed == 0 ? 0 : 1)) {
      flight_->differs(0, "is of a run whose first failure was not told, or twice");
    }
  }

 private:
  void get() {
    batch_.wait();
    check();
    bool const may_be_cut = end_ == End::cancel;
    try {
      auto const results = batch_.get();
      if (results.size() != flight_->plan.tasks) flight_->differs(0, "is not there");
    } catch (reactor::TaskError const& error) {
      if (!flight_->fails(error.task_index())) flight_->differs(error.task_index(), "has failed");
    } catch (reactor::Cancelled const&) {
      if (!may_be_cut) flight_->differs(0, "is of a run that nobody cancelled");
    }
  }

  void check() {
    reactor::Summary counted;
    counted.total = flight_->plan.tasks;
    for (std::size_t task = 0; task < flight_->plan.tasks; ++task) count(batch_[task], counted);
    reactor::Summary const is = batch_.progress();
    if (is.done != counted.done || is.failed != counted.failed || is.skipped != counted.skipped) {
      flight_->differs(0, "is of a run whose summary does not add up");
    }
    bool const may_skip =
        end_ == End::cancel || (flight_->plan.stop_on_error && counted.failed != 0);
    if (!may_skip && counted.skipped != 0) flight_->differs(0, "is of a run that was cut short");
  }

  void count(reactor::Outcome<Counted> const outcome, reactor::Summary& counted) {
    std::size_t const task = outcome.index();
    bool const has_run = outcome.status() != reactor::Status::skipped;
    if (has_run != flight_->marks.test(task)) flight_->differs(task, "ran, unlike its status");
    if (has_run && outcome.has_error() != flight_->fails(task)) {
      flight_->differs(task, "has the wrong status");
    }
    if (outcome && outcome->number() != flight_->value_of(task)) {
      flight_->differs(task, "has another's value");
    }
    ++(outcome ? counted.done : has_run ? counted.failed : counted.skipped);
  }

  // Each as it lands, once.
  void read() {
    Marks seen(flight_->plan.tasks);
    for (auto const outcome : batch_.as_completed()) {
      if (!seen.set(outcome.index())) flight_->differs(outcome.index(), "has landed twice");
      if (outcome.status() == reactor::Status::pending) {
        flight_->differs(outcome.index(), "has landed, and is pending");
      }
    }
    if (seen.count() != flight_->marks.count()) flight_->differs(0, "or another has not landed");
  }

  void count_progress() {
    reactor::Summary const so_far = batch_.progress();
    if (so_far.done + so_far.failed > so_far.total) flight_->differs(0, "is counted twice");
  }

  std::shared_ptr<Flight> flight_;
  End const end_;
  bool wants_to_know_ = false;
  Batch batch_;
};

}  // namespace

void submit_runs(Stage& stage, Step const& step) {
  Callers callers(stage.totals());
  for (unsigned caller = 0; caller < step.callers; ++caller) {
    callers.add([&, caller] {
      std::deque<std::unique_ptr<Flown>> in_flight;
      for (unsigned round = 0; round < step.rounds && !stage.is_over(); ++round) {
        RunPlan plan = step.run;
        plan.salt =
            static_cast<std::uint32_t>(mix(plan.salt, (std::uint64_t{caller} << 32) + round));
        in_flight.push_back(std::make_unique<Flown>(stage, step, plan));
        while (in_flight.size() > plan.salt % 30) {
          in_flight.front()->land();
          in_flight.pop_front();
        }
        if (!stage.verdict().is_good()) break;
      }
      for (auto const& flown : in_flight) flown->land();
    });
  }
}

}  // namespace stress
