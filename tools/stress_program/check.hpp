// SPDX-License-Identifier: BSD-3-Clause
// Compares what came of a run with what the oracle says.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <optional>
#include <reactor/reactor.hpp>
#include <string>
#include <type_traits>
#include <vector>

#include "counted.hpp"
#include "marks.hpp"
#include "oracle.hpp"
#include "program.hpp"
#include "totals.hpp"
#include "verdict.hpp"

namespace stress {

// What there is of an error, in words; empty when it is the one that this fate calls for.
std::string difference_of_error(RunPlan const& plan, std::size_t task, Ending expected,
                                reactor::TaskError const& error);

// Reads outcomes; the Reactor may be gone.
class Check {
 public:
  // `progress` grows while it reads: a hundred million outcomes, or a million errors, take a while.
  Check(RunPlan const& plan, Marks const& marks, Verdict& verdict, Count& progress)
      : plan_(plan), marks_(marks), verdict_(verdict), progress_(progress) {}

  template <class R>
  void outcomes(reactor::Results<R> const& results,
                std::optional<reactor::TaskError> const& thrown) const {
    if (results.size() != plan_.tasks) {
      return verdict_.differs("{} outcomes of {} tasks", results.size(), plan_.tasks);
    }
    reactor::Summary counted;
    counted.total = plan_.tasks;
    for (reactor::Outcome<R> const outcome : results) count(outcome, counted);
    summary(results.summary(), counted);
    if (thrown) {
      summary(thrown->summary(), counted);
      winner(results, *thrown);
    }
    bool const should_throw = plan_.stop_on_error && counted.failed != 0;
    if (thrown.has_value() != should_throw) {
      verdict_.differs("{} of {} tasks failed, and run {}", counted.failed, plan_.tasks,
                       thrown ? "threw" : "did not throw");
    }
    if (!should_throw && counted.skipped != 0) {
      verdict_.differs("{} of {} tasks were skipped in a run that was not stopped", counted.skipped,
                       plan_.tasks);
    }
    completion_order(results.completion_order(), counted.done + counted.failed);
  }

  // Where run() threw and left nothing else behind.
  void error_alone(reactor::TaskError const& thrown) const;

 private:
  template <class R>
  void count(reactor::Outcome<R> const outcome, reactor::Summary& counted) const {
    std::size_t const task = outcome.index();
    if (task % 1024 == 0) add(progress_);
    Fate const fate = fate_of(plan_, task);
    reactor::Status const status = outcome.status();
    if (marks_.test(task) != (status != reactor::Status::skipped)) {
      differs(task,
              fmt::format("{}, but its status is {}", marks_.test(task) ? "ran" : "did not run",
                          static_cast<int>(status)));
    }
    switch (status) {
      case reactor::Status::done:
        ++counted.done;
        if (fate.ending != Ending::value) return differs(task, "is done, should have failed");
        if constexpr (!std::is_void_v<R>) {
          if (number(*outcome) != fate.value) {
            differs(task, fmt::format("has value {}, expected {}", number(*outcome), fate.value));
          }
        }
        break;
      case reactor::Status::failed:
        ++counted.failed;
        differs(task, difference_of_error(plan_, task, fate.ending, outcome.error()));
        break;
      case reactor::Status::skipped:
        ++counted.skipped;
        break;
      case reactor::Status::pending:
      case reactor::Status::timed_out:
        differs(task, fmt::format("has status {}", static_cast<int>(status)));
    }
  }

  template <class R>
  void winner(reactor::Results<R> const& results, reactor::TaskError const& thrown) const {
    std::size_t const task = thrown.task_index();
    if (task >= results.size() || results[task].status() != reactor::Status::failed) {
      return differs(task, "has not failed, but its error was thrown");
    }
    if (results[task].error().cause() != thrown.cause()) {
      differs(task, "has another error than the one that was thrown");
    }
  }

  static std::uint64_t number(std::uint64_t value) { return value; }
  static std::uint64_t number(Counted const& value) { return value.number(); }

  void differs(std::size_t task, std::string const& how) const;
  void summary(reactor::Summary const& is, reactor::Summary const& should_be) const;
  void completion_order(std::span<std::size_t const> order, std::size_t finished) const;

  RunPlan const& plan_;
  Marks const& marks_;
  Verdict& verdict_;
  Count& progress_;
};

}  // namespace stress
