// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <limits>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace reactor {

enum class Pinning {
  automatic,  // one worker a core first, hyperthreads after; CPUs that other Reactors use come
              // last. A worker that cannot get its CPU may end its part in a run on its caller's.
  none,
};

// Of whose failures the stack at the throw is kept: see Traceback.
enum class Tracebacks {
  all,    // about 150 ns a frame and failure; equal stacks of a run are stored once
  first,  // of the first failure of each run; of those that come at the same moment, too
  none,
};

// Covers the gap between one run and the next of a caller in a loop, and costs an idle process
// nothing that it would notice.
inline constexpr std::chrono::nanoseconds default_spin = std::chrono::microseconds(20);

inline constexpr std::chrono::nanoseconds no_timeout = std::chrono::nanoseconds::max();

inline constexpr std::size_t no_queue_limit = std::numeric_limits<std::size_t>::max();

// A task that was given up on and still runs.
struct Straggler {
  std::size_t task_index = 0;
  std::size_t worker = 0;  // which it was
  std::chrono::nanoseconds running{0};
};

// How a Reactor is built. Reactor's constructor throws OptionsError for what is out of range.
struct Options {
  // First error ends the run (true), or every task runs whatever the others do (false).
  bool stop_on_error = true;

  // Tasks in flight at once in one run, 1 to 4096. 0: the environment variable REACTOR_PARALLELISM,
  // or else one per CPU of `cpus`, or else one per CPU that the thread making the Reactor may use
  // by its affinity mask and its cgroup's quota (rounded down, at least 1).
  std::size_t parallelism = 0;

  // The longest that one task may run; more than 0. It is counted from the task's start, as it is
  // noticed: by a look every sixteenth of this (every quarter, at most 5 ms, if it is short), so
  // never too early. Then the task is told to stop (TaskContext), its outcome is a TaskTimeout, and
  // the run goes on without it, or ends, if it stops on error: its caller waits no longer than this
  // and 10 ms, or 10 %, as long as what users have registered with stop tokens, on_straggler, and
  // the destructors of a straggler's thread_locals return soon: the thread that looks calls them,
  // or waits for them.
  //
  // A task that does not listen keeps its thread, which is put aside; another takes its place, and
  // its worker's number. What such a task still may touch is its run's own: so a run with a limit
  // moves tasks and action that are given away, and copies others, where enable_copy says that this
  // can be done; else it throws Error. The calling thread does not take part, but in a run inside a
  // task, where a task that it runs itself and that does not listen keeps it.
  std::chrono::nanoseconds result_timeout = no_timeout;

  // How many threads may be aside at once, 0 to 4096. When one more would be, its run ends with an
  // Error, and so does, at once, every other that has a limit, until that task has ended.
  std::size_t stragglers_max = 64;

  // Called once, on a thread of the Reactor's own, for a task that still runs after ten times its
  // limit, unless it keeps its own caller (in a run inside a task). Must not throw, and should
  // return soon, as must all that this thread calls: callbacks of stop tokens, Batch::on_error, and
  // the destructors of what a run has owned that a deadline ends.
  std::function<void(Straggler const&)> on_straggler = {};

  // How many posts and runs may be queued before try_post refuses; at least 1.
  std::size_t queue_limit = no_queue_limit;

  // Called on a worker's thread with what a posted callable lets out. Must not throw. Without it
  // that ends the process, as where a thread lets an exception out.
  std::function<void(std::exception_ptr)> on_post_error = {};

  // The thread in run() executes tasks too. Without it, that thread only waits. A thread that calls
  // run() from inside a task, of this or another Reactor, always takes part.
  bool caller_participates = true;

  Pinning pinning = Pinning::automatic;

  // Pin worker i to the i-th of these, starting over at the end. That a worker may not be pinned to
  // its CPU is an error, but for a thread that replaces another one; and a CPU that is not among
  // these is never lent to one. Empty: choose automatically; a worker that may not be pinned then
  // runs unpinned.
  std::vector<int> cpus = {};

  Tracebacks tracebacks = Tracebacks::all;

  // How long a thread without work polls before it sleeps; not negative.
  std::chrono::nanoseconds spin = default_spin;

  // Threads are named "<name>/<worker>", the name cut so that it fits the system's 15 characters.
  std::string name = "reactor";

  // Called on each worker's thread with its number, before its first task and after its last: where
  // that was put aside, long after another thread has begun with the same number. If
  // on_worker_start throws, the constructor does; on a thread that replaces one that a task has
  // ended, the worker is lost. on_worker_exit is called where on_worker_start returned, and must
  // not throw. Neither may end its thread.
  std::function<void(std::size_t)> on_worker_start = {};
  std::function<void(std::size_t)> on_worker_exit = {};
};

inline constexpr std::chrono::steady_clock::time_point no_deadline =
    std::chrono::steady_clock::time_point::max();

// What one run may set for itself.
struct RunOptions {
  std::optional<bool> stop_on_error = {};  // instead of Options::stop_on_error

  std::optional<std::chrono::nanoseconds> result_timeout =
      {};  // instead of Options::result_timeout

  // When it comes, no further task begins (of a noexcept action that took less than half a
  // microsecond lately: 64 more on each thread at most), those in flight are told to stop
  // (TaskContext), and the run ends with DeadlineExceeded when they have. So do the runs that its
  // tasks are in the middle of. The first deadline that a Reactor is given starts a thread that
  // keeps it.
  std::chrono::steady_clock::time_point deadline = no_deadline;

  // The same, and the run ends with Cancelled, when stop is requested.
  std::stop_token stop = {};

  bool completion_order = false;  // record it: 8 bytes a task and one contended increment

  // Of a run over lazy(...) only: how many tasks may have been pulled whose outcomes have not been
  // consumed. 0: 1024 * parallelism().
  std::size_t in_flight_max = 0;
};

}  // namespace reactor
