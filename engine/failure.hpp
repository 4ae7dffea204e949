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
  // Throws std::bad_alloc.
  static TaskError make(std::exception_ptr const& cause, Traceback traceback,
                        std::size_t task_index, std::size_t worker, std::size_t workers,
                        Summary const& summary);

  struct Late {
    std::chrono::nanoseconds ran;
    std::chrono::nanoseconds allowed;
  };
  static std::unique_ptr<TaskError> make_timeout(Late const& late, Traceback traceback,
                                                 std::size_t task_index, std::size_t worker,
                                                 std::size_t workers, Summary const& summary);
};

}  // namespace reactor::detail

namespace reactor::engine {

// "type: message" of an exception of any type, in readable form. Throws std::bad_alloc.
std::string describe(std::exception_ptr const& cause);

}  // namespace reactor::engine
