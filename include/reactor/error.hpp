// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>

#include "reactor/export.hpp"
#include "reactor/summary.hpp"
#include "reactor/traceback.hpp"

namespace reactor {

namespace detail {
class TaskErrorMaker;
}

// Base of all that this library throws on its own account. Memory and threads that are not to be
// had are std::bad_alloc and its like, and std::system_error.
class REACTOR_API Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  Error(Error const&) = default;
  Error& operator=(Error const&) = default;
  ~Error() override;
};

// An option is out of range. what() names the option, its value and what is allowed.
class REACTOR_API OptionsError : public Error {
 public:
  using Error::Error;
  OptionsError(OptionsError const&) = default;
  OptionsError& operator=(OptionsError const&) = default;
  ~OptionsError() override;
};

// A run was stopped from outside before its end: by RunOptions::stop, or along with a run that one
// of whose tasks it was called from. what() says what became of its tasks.
class REACTOR_API Cancelled : public Error {
 public:
  Cancelled(std::string const& what, Summary const& summary) : Error(what), summary_(summary) {}
  Cancelled(Cancelled const&) = default;
  Cancelled& operator=(Cancelled const&) = default;
  ~Cancelled() override;

  Summary const& summary() const noexcept { return summary_; }

 private:
  Summary summary_;
};

// By RunOptions::deadline.
class REACTOR_API DeadlineExceeded : public Cancelled {
 public:
  using Cancelled::Cancelled;
  DeadlineExceeded(DeadlineExceeded const&) = default;
  DeadlineExceeded& operator=(DeadlineExceeded const&) = default;
  ~DeadlineExceeded() override;
};

// A task failed. what() tells which task of how many, on which worker, the exception's type and
// message, and where it was thrown. std::rethrow_if_nested throws the cause; a task that lets it
// out again, while this or a copy lives, shows where it was thrown first. Copying shares and never
// throws.
class REACTOR_API TaskError : public Error, public std::nested_exception {
 public:
  TaskError(TaskError const&) = default;
  TaskError& operator=(TaskError const&) = default;
  ~TaskError() override;

  std::size_t task_index() const noexcept { return task_index_; }

  // Which thread ran the task, as TaskContext::worker() has it: a worker's number, or the Reactor's
  // parallelism() for the thread that called run() without being a worker, or that helped what was
  // submitted while it waited for that.
  std::size_t worker() const noexcept { return worker_; }

  // What the task threw, or handed to unexpected(). Never null.
  std::exception_ptr cause() const noexcept { return nested_ptr(); }
  [[noreturn]] void rethrow_cause() const { rethrow_nested(); }

  // Where it was thrown. empty() for what was handed to unexpected().
  Traceback const& traceback() const noexcept { return traceback_; }

  // Ends with the traceback, whose names are found when this is first called; without it when there
  // is none, or no memory for it.
  char const* what() const noexcept override;

  // What became of the run's other tasks; only `total` when this was read during the run.
  Summary const& summary() const noexcept { return summary_; }

 private:
  friend class detail::TaskErrorMaker;
  friend class TaskTimeout;
  TaskError(std::string const& what, std::nested_exception const& cause, Traceback traceback,
            std::size_t task_index, std::size_t worker, Summary const& summary);

  struct Story;
  Traceback traceback_;
  std::shared_ptr<Story> story_;
  std::size_t task_index_;
  std::size_t worker_;
  Summary summary_;
};

// A task ran for longer than Options::result_timeout and was given up on. There is no traceback:
// where another thread is cannot be had without a signal, and those are the process's own.
class REACTOR_API TaskTimeout : public TaskError {
 public:
  TaskTimeout(TaskTimeout const&) = default;
  TaskTimeout& operator=(TaskTimeout const&) = default;
  ~TaskTimeout() override;

  // How long it had run by then, at least.
  std::chrono::nanoseconds running() const noexcept { return running_; }

 private:
  friend class detail::TaskErrorMaker;
  TaskTimeout(TaskError const& error, std::chrono::nanoseconds running)
      : TaskError(error), running_(running) {}

  std::chrono::nanoseconds running_;
};

}  // namespace reactor
