// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <exception>
#include <stdexcept>
#include <string>

#include "reactor/export.hpp"
#include "reactor/summary.hpp"

namespace reactor {

namespace detail {
class TaskErrorMaker;
}

// Base of all that this library throws on its own account.
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

// A task failed. what() tells which task of how many, on which worker, the exception's type and
// message. std::rethrow_if_nested throws the cause. Copying shares and never throws.
class REACTOR_API TaskError : public Error, public std::nested_exception {
 public:
  TaskError(TaskError const&) = default;
  TaskError& operator=(TaskError const&) = default;
  ~TaskError() override;

  std::size_t task_index() const noexcept { return task_index_; }

  // Which thread ran the task: a worker's number, or the Reactor's parallelism() for the thread
  // that called run() without being a worker.
  std::size_t worker() const noexcept { return worker_; }

  // What the task threw, or handed to unexpected(). Never null.
  std::exception_ptr cause() const noexcept { return nested_ptr(); }
  [[noreturn]] void rethrow_cause() const { rethrow_nested(); }

  // What became of the run's other tasks; only `total` when this was read during the run.
  Summary const& summary() const noexcept { return summary_; }

 private:
  friend class detail::TaskErrorMaker;
  // Inside the handler of the cause, which std::nested_exception then holds.
  TaskError(std::string const& what, std::size_t task_index, std::size_t worker,
            Summary const& summary);

  std::size_t task_index_;
  std::size_t worker_;
  Summary summary_;
};

}  // namespace reactor
