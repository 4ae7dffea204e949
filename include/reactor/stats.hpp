// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>

namespace reactor {

// Counts since construction. While runs are going on each is a recent value of its own; together
// they are no snapshot. Exact once nothing runs.
struct Stats {
  std::uint64_t runs = 0;
  std::uint64_t tasks = 0;     // executed, failed ones included
  std::uint64_t errors = 0;    // tasks that failed
  std::uint64_t steals = 0;    // ranges taken from another thread
  std::uint64_t parks = 0;     // times a thread went to sleep
  std::uint64_t wakes = 0;     // times a thread was woken for work
  std::uint64_t timeouts = 0;  // tasks given up on
  std::size_t stragglers = 0;  // threads aside, each with such a task
  std::size_t workers = 0;     // threads alive
  std::size_t pinned = 0;  // workers bound to one CPU; the others float: pinning was off or refused
};

}  // namespace reactor
