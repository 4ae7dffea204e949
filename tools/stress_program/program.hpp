// SPDX-License-Identifier: BSD-3-Clause
// A random program is a value: drawn from a seed by draw.hpp, or generated, shrunk and pinned by
// tests/properties; played, and checked, by player.hpp. What each task does, and what must come of
// it, follows from its run's plan (oracle.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace stress {

// How tasks fail. The first two throw, the next two return an Expected.
enum class Failure : std::uint8_t {
  exception,
  number,  // throw 42
  message,
  null_pointer,  // an exception_ptr to nothing
  any,           // of the above
  thread_exit,   // pthread_exit, where all tasks run on workers
};

// What run() is given.
enum class Input : std::uint8_t { count, borrowed, given_away, copied };

// What the action returns.
enum class Output : std::uint8_t { number, object, nothing };

struct RunPlan {
  std::size_t tasks = 1;
  std::uint32_t salt = 0;  // values, and which tasks fail, follow from it
  unsigned failing = 0;    // tasks of a thousand, about
  Failure failure = Failure::exception;
  bool stop_on_error = false;
  Input input = Input::count;
  Output output = Output::number;
  bool into = false;          // run_into, results used again in the next round
  bool order = false;         // record the completion order
  unsigned depth = 0;         // levels of runs below this one
  unsigned fan = 1;           // tasks of each of those
  bool tree = false;          // every task has a run of its own below it; else task 0 alone
  bool alternates = false;    // inner runs go to the other Reactor, and back
  unsigned work = 0;          // turns of a loop in each task
  unsigned straggler_ms = 0;  // what one of the tasks takes
  bool operator==(RunPlan const&) const = default;
};

struct ReactorPlan {
  std::size_t parallelism = 2;
  bool stop_on_error = true;
  bool caller_participates = true;
  std::int64_t spin_ns = 20'000;
  bool pinned = false;
  bool operator==(ReactorPlan const&) const = default;
};

enum class Kind : std::uint8_t {
  run,        // `callers` threads at once, each with `rounds` runs
  renew,      // the Reactor is destroyed, and made again
  shut_down,  // the same while runs and calls of each caller are in flight; `rounds` times
  fork,       // `rounds` forks while callers go on with their runs
  submit,     // `callers` threads, each with `rounds` runs in flight
  call,       // the same of single calls, and of those that follow them
  limit,      // as run, with tasks that take too long; `failing` of a thousand do
};

struct Step {
  Kind kind = Kind::run;
  unsigned reactor = 0;  // which of the two
  unsigned callers = 1;  // 1, in a run: the player's own thread
  unsigned rounds = 1;
  bool short_lived = false;  // a new thread for every run
  unsigned nap_us = 0;       // between two runs, so that workers fall asleep
  RunPlan run = {};
  bool operator==(Step const&) const = default;
};

struct Program {
  std::array<ReactorPlan, 2> reactors = {};
  std::vector<Step> steps = {};
  bool operator==(Program const&) const = default;
};

}  // namespace stress
