// SPDX-License-Identifier: BSD-3-Clause
// The one header to include. The README has the example, docs/guide.md the explanation.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "reactor/batch.hpp"
#include "reactor/correlate.hpp"
#include "reactor/detail/execute.hpp"
#include "reactor/detail/in_stream.hpp"
#include "reactor/detail/owned_run.hpp"
#include "reactor/detail/posted_call.hpp"
#include "reactor/enable_copy.hpp"
#include "reactor/error.hpp"
#include "reactor/expected.hpp"
#include "reactor/export.hpp"
#include "reactor/future.hpp"
#include "reactor/lazy.hpp"
#include "reactor/options.hpp"
#include "reactor/outcome.hpp"
#include "reactor/results.hpp"
#include "reactor/stats.hpp"
#include "reactor/stream.hpp"
#include "reactor/task_context.hpp"

namespace reactor {

namespace detail {
class Core;
struct RunMode;
}  // namespace detail

// Runs an action on every one of a set of tasks, over pinned worker threads that live as long as
// this object. Any number of threads may call run and run_into at once, tasks included.
class REACTOR_API Reactor {
 public:
  // Starts the workers and returns when all of them are up. Allocates. Throws OptionsError for an
  // option out of range, std::system_error when a thread cannot be had, std::bad_alloc, and what
  // on_worker_start threw; whatever had been started is gone then.
  explicit Reactor(Options options = {});

  // Waits for runs and calls in flight, for what these begin meanwhile, and for tasks that were
  // given up on, then ends the workers. To begin one elsewhere meanwhile is a mistake. Called from
  // inside one of its own tasks, where it could only wait for itself, it says so and aborts. In a
  // forked child, where the workers don't exist, it only lets go of them.
  ~Reactor();

  Reactor(Reactor const&) = delete;
  Reactor& operator=(Reactor const&) = delete;

  // Runs action(task), or action(task, TaskContext&), once on each task, at most parallelism() at a
  // time, and returns all outcomes in task order. When it returns, nothing of the run executes, but
  // tasks that were given up on: what a result_timeout changes is said there (Options).
  //
  // Tasks: a random-access range of known size, borrowed, and moved from if it is a temporary
  // container; or an integer N, for the tasks 0 to N-1; any other range is copied first.
  // Action: called from several threads at once. It returns a value, void, or Expected<R>.
  //
  // Stop on error: throws the TaskError of the first task to fail. After that no task begins, but
  // one on a thread that had just looked. Keep going: does not throw for a failed task; its
  // outcome tells. Throws Cancelled or DeadlineExceeded when it was stopped from outside
  // (RunOptions), even if by then every task had its outcome; run_into has left them.
  // Throws, before any task has begun: what copying or moving the tasks throws; std::bad_alloc
  // and std::length_error; Error in a forked child, for a negative count, and when 1024 runs are
  // in flight on this Reactor and the caller does not take part, or has options beyond the mode;
  // OptionsError for a result_timeout that is none; std::system_error when the first run with a
  // deadline or a limit gets no thread to keep it. When the run is over, and out of
  // memory for the TaskError: std::bad_alloc, or Error if there was none to keep the task's error
  // either.
  // A child that was forked inside a task must exec or _exit: if it comes back from the task, it
  // may run tasks again, and gets an Error at the end on the calling thread; on a worker, which
  // has nobody to tell, it is aborted with a message.
  //
  // Blocks until the run is over. The calling thread takes part, unless told otherwise by
  // Options::caller_participates; then one task, or any run with a parallelism of 1, never leaves
  // it. As long as there are no more tasks than parallelism() and the workers are free, all tasks
  // come to be in flight together, so they may wait for each other; beyond that they must not.
  // Allocates the outcomes, two or three times, once warm; and what copied tasks and failures
  // need.
  template <class Tasks, class Action>
  auto run(Tasks&& tasks, Action&& action, RunOptions options = {}) {
    if constexpr (detail::check_run<Tasks, Action>()) {
      using Traits = detail::RunTraits<Tasks, std::remove_reference_t<Action>>;
      Results<typename Traits::Result> results;
      run_into(results, std::forward<Tasks>(tasks), std::forward<Action>(action), options);
      return results;
    }
  }

  template <class T, class Action>
  auto run(std::initializer_list<T> tasks, Action&& action, RunOptions options = {}) {
    return run(std::span<T const>(tasks.begin(), tasks.size()), std::forward<Action>(action),
               options);
  }

  // The same into results that exist, reusing their memory: once warm, nothing is allocated but
  // for copied tasks and failures. What was in there is gone, unless copying or moving the tasks
  // threw. When it throws TaskError, or for lack of the memory to make one, the outcomes up to
  // then are there.
  template <class R, class Tasks, class Action>
  void run_into(Results<R>& results, Tasks&& tasks, Action&& action, RunOptions options = {}) {
    if constexpr (detail::check_run<Tasks, Action>()) {
      using Traits = detail::RunTraits<Tasks, std::remove_reference_t<Action>>;
      static_assert(std::is_same_v<R, typename Traits::Result>,
                    "reactor: these Results are for another type than the action returns");
      if constexpr (std::is_same_v<R, typename Traits::Result>) {
        if (!has_timeout(options)) {
          run_borrowed(results, std::forward<Tasks>(tasks), action, options);
        } else if constexpr (detail::can_own<Tasks, Action>()) {
          run_owned(results, std::forward<Tasks>(tasks), std::forward<Action>(action), options);
        } else {
          detail::throw_cannot_own();
        }
      }
    }
  }

  // Hands the tasks to the workers and returns at once: a Batch, to wait for them, see them end, or
  // cancel them. The run owns its tasks and its action: what was given away with std::move is
  // moved, all else copied, which is refused at compile time for what cannot be
  // (reactor::enable_copy says so for a type of yours). Both are destroyed before the batch is
  // done, on the thread that ends the run, unless a task that was given up on still has them. Runs
  // begin in the order in which they were submitted; a worker begins the next when there
  // is nothing for it to do in those that have begun. The calling thread does not take part. Not
  // nested in the task that submits it, if one does: pass its stop token to cancel it with that.
  //
  // Throws before any task has begun (what was given away may be gone then): what copying or moving
  // throws, std::bad_alloc, std::length_error, Error in a forked child and for a negative count,
  // OptionsError, std::system_error as run() does. All else is thrown by Batch::get, also
  // std::bad_alloc when there was no memory to begin, and Error when no worker is left. Lock-free;
  // allocates four times, once warm, some 1.2 KB and the outcomes, and what tasks, action and
  // failures need. A deadline may also come before the run has begun.
  template <class Tasks, class Action>
  auto submit(Tasks&& tasks, Action&& action, RunOptions options = {}) {
    if constexpr (detail::check_run<Tasks, Action>() && detail::check_own<Tasks, Action>()) {
      using Run = detail::OwnedRun<Tasks, Action>;
      detail::Owned<Run> run(new Run(std::forward<Tasks>(tasks), std::forward<Action>(action)));
      Batch<typename Run::Bound::Traits::Result> batch;
      detail::Job const job = prepare_owned(batch.results_, *run, options);
      auto slots = batch.results_.slots_->share();
      batch.run_ = submit_job(job, std::move(run), std::move(slots), std::move(options));
      return batch;
    }
  }

  template <class T, class Action>
  auto submit(std::initializer_list<T> tasks, Action&& action, RunOptions options = {}) {
    return submit(std::vector<T>(tasks), std::forward<Action>(action), std::move(options));
  }

  // Tasks that are pulled while others run: a range of their outcomes, which does all of it, and is
  // where everything is said (Stream). Owns its action, and the source that is given away, as
  // above, and the tasks. This pulls nothing yet; throws std::bad_alloc, what moving throws,
  // OptionsError.
  template <class Source, class Action>
  auto submit(Lazy<Source> source, Action&& action, RunOptions options = {});

  // The same to its end, and the outcomes are dropped as they land: for what the tasks do. Blocks;
  // throws what submit and iterating would. In a task it ends with that one's run.
  template <class Source, class Action>
  auto run(Lazy<Source> source, Action&& action, RunOptions options = {});

  // Hands f() to the workers and returns at once; what it returns is dropped. Runs after what was
  // posted and submitted before, beside other tasks, on a worker's thread; of what is posted
  // nothing is lost: ~Reactor waits for it. What f lets out goes to Options::on_post_error. Throws
  // Error in a forked child, std::bad_alloc, and what moving or copying f throws. Lock-free; no
  // allocation once warm for an f of up to 64 bytes; a system call when a worker has to be woken.
  template <class F>
  void post(F&& f) {
    post_call(detail::filled(prepare_post(false), std::forward<F>(f)));
  }

  // The same, but false, and f is untouched, when Options::queue_limit posts and runs are queued
  // already: so a service sheds load. Threads that do so at once may each exceed it by one.
  template <class F>
  [[nodiscard]] bool try_post(F&& f) {
    detail::PostHandle call = prepare_post(true);
    if (call == nullptr) return false;
    post_call(detail::filled(std::move(call), std::forward<F>(f)));
    return true;
  }

  // The same as post, and the future of what f returns: a value that can be moved, void, or
  // Expected<R>; or of the TaskError that says what it threw, and where. No allocation once warm
  // for an f, and a value, of up to 64 bytes each.
  template <class F>
  auto submit(F&& f) {
    if constexpr (detail::check_call<F>()) {
      return detail::launch(prepare_call(), std::forward<F>(f));
    }
  }

  // As resolved: parallelism and cpus are what is in force. Valid as long as this object.
  Options const& options() const noexcept;
  std::size_t parallelism() const noexcept;

  // Any thread, at any time. O(workers + runs that were ever in flight at once), under a lock that
  // is otherwise held only while a thread is replaced.
  Stats stats() const;

 private:
  // What is in force. Not value_or, and for what is not in a hurry not inline: gcc would warn
  // users, at -O1, of what an empty optional has for a value.
  bool stops_on_error(RunOptions const& options) const noexcept {
    return options.stop_on_error ? *options.stop_on_error : stop_on_error_;
  }
  bool has_timeout(RunOptions const& options) const noexcept {
    return (options.result_timeout ? *options.result_timeout : result_timeout_) != no_timeout;
  }
  detail::RunMode mode(RunOptions const& options) const noexcept;

  template <class R, class Tasks, class Action>
  void run_borrowed(Results<R>& results, Tasks&& tasks, Action& action, RunOptions const& options);
  template <class R, class Tasks, class Action>
  void run_owned(Results<R>& results, Tasks&& tasks, Action&& action, RunOptions const& options);
  template <class Source, class Action>
  auto stream(Lazy<Source>&& source, Action&& action, RunOptions const& options, bool is_run);
  template <class R, class Run>
  detail::Job prepare_owned(Results<R>& results, Run& run, RunOptions const& options);

  detail::CallHandle prepare_call();
  detail::PostHandle prepare_post(bool is_bounded);
  void post_call(detail::PostHandle call) noexcept;

  // Runs the job. Returns the task whose error is to be thrown, plus one, or 0: a throw costs for
  // each frame that it leaves.
  [[nodiscard]] std::uint64_t complete(detail::Job& job, RunOptions const& options);
  detail::Handle submit_job(detail::Job const& job, detail::Owned<detail::RunOwner> owner,
                            detail::SharedSlots slots, RunOptions options);
  std::unique_ptr<detail::InStream> make_stream(std::unique_ptr<detail::StreamFeed> feed,
                                                RunOptions const& options, bool is_run);

  std::unique_ptr<detail::Core> core_;
  bool stop_on_error_ = true;
  std::chrono::nanoseconds result_timeout_ = no_timeout;
};

}  // namespace reactor

#include "reactor/detail/reactor_runs.hpp"
