// SPDX-License-Identifier: BSD-3-Clause
// Programs that are played each time: edges, and what once went wrong. A counterexample that
// rapidcheck or tools/stress prints can be put here as it stands.
#pragma once

#include <cstddef>
#include <vector>

#include "program.hpp"

namespace stress {

struct PinnedProgram {
  char const* name;
  Program program;
};

// A run of so many tasks with every kind of Reactor, and both ways to stop.
inline Program all_ways(std::size_t tasks) {
  Program program = {.reactors = {{{.parallelism = 4, .spin_ns = 0},
                                   {.parallelism = 4, .caller_participates = false}}}};
  for (unsigned const reactor : {0u, 1u}) {
    for (bool const stop_on_error : {false, true}) {
      for (unsigned const failing : {0u, 10u}) {
        program.steps.push_back({.reactor = reactor,
                                 .run = {.tasks = tasks,
                                         .salt = 1,
                                         .failing = failing,
                                         .failure = Failure::any,
                                         .stop_on_error = stop_on_error,
                                         .order = true}});
      }
    }
  }
  return program;
}

// Of so many tasks every fourth ends its thread, and what each leaves behind must find room.
inline Program many_thread_exits(std::size_t parallelism, std::size_t tasks) {
  return {.reactors = {{{.parallelism = parallelism, .caller_participates = false}}},
          .steps = {{.run = {.tasks = tasks,
                             .salt = 1,
                             .failing = 250,
                             .failure = Failure::thread_exit,
                             .output = Output::nothing}}}};
}

inline std::vector<PinnedProgram> const& pinned_programs() {
  static std::vector<PinnedProgram> const programs = {
      {"nothing_at_all", {}},
      {"no_task", all_ways(0)},
      {"one_task", all_ways(1)},
      {"as_many_tasks_as_workers", all_ways(4)},
      {"one_more_than_workers", all_ways(5)},
      {"tasks_65535", all_ways(65535)},
      {"tasks_65536", all_ways(65536)},
      {"tasks_65537", all_ways(65537)},
      {"many_thread_exits_of_one_worker", many_thread_exits(1, 5000)},
      {"many_thread_exits_of_two_workers", many_thread_exits(2, 20000)},
  };
  return programs;
}

}  // namespace stress
