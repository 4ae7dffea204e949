// SPDX-License-Identifier: BSD-3-Clause
// The two Reactors of a program, and what is to be known of them.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <reactor/reactor.hpp>

#include "program.hpp"
#include "totals.hpp"
#include "verdict.hpp"

namespace stress {

class Stage {
 public:
  // All of these outlive the stage. `is_over` tells stragglers to come to an end.
  Stage(Program const& program, Verdict& verdict, Totals& totals, std::atomic<bool> const& is_over)
      : plans_(program.reactors), verdict_(verdict), totals_(totals), is_over_(is_over) {}

  // Made when first asked for. Only reactor(), by a thread in a run, may be called at once with
  // anything else.
  void make(unsigned which);
  reactor::Reactor& reactor(unsigned which) const { return *actors_[which].reactor; }

  // Nothing may be running: checks its counts.
  void destroy(unsigned which);

  // Runs may be in flight on other threads.
  void shut_down(unsigned which);

  // As a child does that was forked.
  void let_go() {
    for (Actor& actor : actors_) actor.reactor.reset();
  }

  // Any thread: what a run came to.
  void book(unsigned which, std::size_t tasks, std::size_t errors) {
    add(totals_.progress);
    add(totals_.runs);
    add(totals_.tasks, tasks);
    add(totals_.errors, errors);
    add(actors_[which].runs);
    add(actors_[which].tasks, tasks);
    add(actors_[which].errors, errors);
  }

  // The same of calls that were handed over one at a time.
  void book_calls(unsigned which, std::size_t calls, std::size_t errors) {
    add(totals_.progress);
    add(totals_.tasks, calls);
    add(totals_.errors, errors);
    add(actors_[which].tasks, calls);
    add(actors_[which].errors, errors);
  }

  // Until all that was booked has run: calls whose futures were let go may still have to.
  void await_calls(unsigned which) const;

  ReactorPlan const& plan(unsigned which) const { return plans_[which]; }
  Verdict& verdict() const { return verdict_; }
  Totals& totals() const { return totals_; }
  bool is_over() const { return is_over_.load(std::memory_order_relaxed); }

 private:
  struct Actor {
    std::unique_ptr<reactor::Reactor> reactor;
    Count runs{0};
    Count tasks{0};
    Count errors{0};
  };

  std::array<ReactorPlan, 2> plans_;
  Verdict& verdict_;
  Totals& totals_;
  std::atomic<bool> const& is_over_;
  std::array<Actor, 2> actors_;
};

}  // namespace stress
