// SPDX-License-Identifier: BSD-3-Clause
// Faults on demand: what the test names fails, at the time that the test chooses.
#pragma once

#include <cstdint>
#include <limits>

namespace faults {

// What can be made to fail. A program has those whose inject_*.cpp is linked to it, and those that
// its own code strikes.
enum class Point {
  none,
  allocation,    // operator new and malloc's family (inject_allocations.cpp)
  topology,      // hwloc_topology_init and hwloc_topology_load (likewise)
  thread,        // pthread_create (inject_system.cpp)
  set_affinity,  // sched_setaffinity of the calling thread (likewise)
  move_thread,   // of another one (likewise)
  get_affinity,  // sched_getaffinity (likewise)
  futex_wait,    // the system call; wakes always work (likewise)
  user,          // an operation of the tests' own types (touchy.hpp)
};

inline constexpr std::uint64_t k_from_then_on = std::numeric_limits<std::uint64_t>::max();

struct Plan {
  Point point = Point::none;
  int error = 0;            // errno, where there is one
  std::uint64_t count = 1;  // so many fail,
  std::uint64_t first = 0;  // beginning with this one, as counted since arming over all threads
};

// For as long as it lives, the plan is in force in all threads. One at a time.
class Armed {
 public:
  explicit Armed(Plan const& plan) noexcept;
  Armed(Armed const&) = delete;
  Armed& operator=(Armed const&) = delete;
  ~Armed() { end(); }

  // Ends it early. How many faults there were.
  std::uint64_t end() noexcept;
  // How many there could have been.
  std::uint64_t seen() const noexcept;
};

// This thread's allocations neither count nor fail.
class AllocationsSpared {
 public:
  AllocationsSpared() noexcept;
  AllocationsSpared(AllocationsSpared const&) = delete;
  AllocationsSpared& operator=(AllocationsSpared const&) = delete;
  ~AllocationsSpared();
};

// For the operation itself: must it fail now? Then `error` is the plan's.
bool strikes(Point point, int& error) noexcept;

}  // namespace faults
