// SPDX-License-Identifier: BSD-3-Clause
// Where the exceptions that somebody holds a TaskError of were thrown first: who rethrows one shows
// that, and not where it was rethrown.
#pragma once

#include <exception>

#include "reactor/traceback.hpp"

namespace reactor::engine {

// Known while this lives, which keeps it alive itself.
class KnownCause {
 public:
  // Throws std::bad_alloc.
  KnownCause(std::exception_ptr cause, Traceback const& traceback);
  KnownCause(KnownCause const&) = delete;
  KnownCause& operator=(KnownCause const&) = delete;
  ~KnownCause();

 private:
  std::exception_ptr const cause_;
};

// Empty when the object is no known one. Any thread; waits only for others that do the same.
Traceback first_traceback(void const* object) noexcept;

}  // namespace reactor::engine
