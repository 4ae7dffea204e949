// SPDX-License-Identifier: BSD-3-Clause
// Why one task has no value, as cheap to record as can be; the story is told when somebody asks.
#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <string>

#include "reactor/error.hpp"
#include "reactor/expected.hpp"
#include "reactor/summary.hpp"
#include "reactor/traceback.hpp"

namespace reactor::detail {

class TaskErrorMaker {
 public:
  struct Task {
    std::size_t index;
    std::size_t total;  // 0: not known
    std::size_t worker;
    std::size_t workers;
  };
  // Throws std::bad_alloc.
  static TaskError make(std::nested_exception const& cause, Traceback traceback, Task const& task,
                        Summary const& summary);

  struct Late {
    std::chrono::nanoseconds ran;
    std::chrono::nanoseconds allowed;
  };
  static std::unique_ptr<TaskError> make_timeout(Late const& late, Traceback traceback,
                                                 Task const& task, Summary const& summary);
};

}  // namespace reactor::detail

namespace reactor::engine {

// "task 3 of 10", or "task 3" of nobody knows how many. Throws std::bad_alloc.
std::string name_task(std::size_t index, std::size_t total);

// The only way to make one of an exception_ptr: in a handler of what that points to. Another throw,
// unless this is such a handler. Of null, which is one that C++ did not throw, an Error that says
// so.
std::nested_exception hold(std::exception_ptr const& exception);

// "type: message" of an exception of any type, in readable form. Throws std::bad_alloc.
std::string describe(std::exception_ptr const& exception);

}  // namespace reactor::engine
