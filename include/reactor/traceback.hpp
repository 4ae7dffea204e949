// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "reactor/export.hpp"

namespace reactor {

namespace detail {
class TracebackMaker;
}

// One call on the way to a throw. What is not known is empty, or 0.
struct TraceFrame {
  std::string function;  // demangled
  std::string file;
  int line = 0;
  std::string module;         // the program or shared library
  std::uintptr_t offset = 0;  // of `address` within the module: what addr2line wants
  void const* address = nullptr;
  bool is_inlined = false;  // its caller is the next frame, at the same address
  bool is_engine = false;   // this library's own
};

// The stack from a throw down to the worker's frame, as it was when the exception was thrown.
// Addresses only, until somebody asks: the first of frames(), to_string() and << finds the names,
// which may take 100 ms in a process and microseconds a frame from then on, one thread at a time,
// and keeps them as long as a copy lives. A library that was unloaded before has none. Copying
// shares and never throws. Any number of threads may read.
class REACTOR_API Traceback {
 public:
  Traceback() noexcept = default;

  // Nothing was thrown, tracebacks are off or of the first failure only, or it could not be
  // captured or kept: missing() says which.
  bool empty() const noexcept;
  char const* missing() const noexcept;  // "" unless empty()

  // Innermost first. Valid as long as a copy lives. Throws std::bad_alloc.
  std::vector<TraceFrame> const& frames() const;

  // There were more frames than are kept (128).
  bool was_cut() const noexcept;

  // A line a frame, the engine's own left out unless `with_engine`; no newline at the end. Throws
  // std::bad_alloc.
  std::string to_string(bool with_engine = false) const;

 private:
  friend class detail::TracebackMaker;
  struct State;
  std::shared_ptr<State> state_;  // null: nothing was thrown
};

// traceback.to_string()
REACTOR_API std::ostream& operator<<(std::ostream& out, Traceback const& traceback);

// Reads this process's debug information now, so that the first error is told as fast as others.
// Any thread; may take 100 ms. Throws std::bad_alloc.
REACTOR_API void warm_tracebacks();

}  // namespace reactor
