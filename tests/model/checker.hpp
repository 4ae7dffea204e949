// SPDX-License-Identifier: BSD-3-Clause
// Explores what a small concurrent program can do, and says what it should not have done.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "tests/model/choices.hpp"
#include "tests/model/memory.hpp"
#include "tests/model/scheduler.hpp"
#include "tests/model/trace.hpp"

namespace reactor::model {

struct Report {
  std::uint64_t executions = 0;
  std::uint64_t steps = 0;
  double seconds = 0;
  // empty: nothing was found
  std::string failure;
  std::uint64_t failed_at = 0;  // the number of the execution, or the seed
  std::string path;             // what replay() takes
  std::string trace;

  bool is_clean() const noexcept { return failure.empty(); }
};

// For one program: what was learned about it is kept from one call to the next.
class Checker {
 public:
  using Program = std::function<void()>;

  explicit Checker(Bounds bounds);

  // All executions within the bounds, or the first wrong one. Stops counting at `most`.
  Report exhaust(Program const& program, std::uint64_t most);
  // One execution for each seed from `first` on, drawn by PCT.
  Report sample(Program const& program, std::uint64_t first, std::uint64_t count);
  Report replay(Program const& program, std::string const& path);

  Scheduler& scheduler() noexcept { return scheduler_; }
  Memory& memory() noexcept { return memory_; }
  Choices& choices() noexcept { return choices_; }

  // The one that runs at the moment.
  static Checker& get() noexcept { return *active_; }

 private:
  void get_acquainted(Program const& program);
  void explore_narrowly(Bounds const& bounds, Program const& program, std::uint64_t most);
  Report exhaust_within(Bounds const& bounds, Program const& program, std::uint64_t most);
  bool run_once(Program const& program);
  void tell(Report& report, Program const& program, std::uint64_t number);

  Choices choices_;
  Scheduler scheduler_;
  Trace trace_;
  Memory memory_;
  bool is_acquainted_ = false;

  static Checker* active_;
};

// In a program under check: this must hold.
void require(bool condition, char const* what);

}  // namespace reactor::model
