// SPDX-License-Identifier: BSD-3-Clause
// Runs that the Reactor has to live for though maybe no thread is in one of their tasks: those that
// were submitted, and those whose caller pulls tasks in between.
#pragma once

#include <cstdint>

#include "engine/env.hpp"

namespace reactor::engine {

template <class Env>
class InFlightCount {
 public:
  // Any thread, lock-free.
  void begin() noexcept { runs_.fetch_add(1, std::memory_order_relaxed); }

  // Last touch of the Reactor by this run.
  void end() noexcept {
    // ORDER O78: InFlightCount::was_none's load; the run is done with the Reactor
    runs_.fetch_sub(1, std::memory_order_release);
  }

  bool was_none() const noexcept {
    // ORDER O69: InFlightCount::end's fetch_sub; the runs are done with the Reactor
    return runs_.load(std::memory_order_acquire) == 0;
  }

  // For as long as this lives.
  class Stay {
   public:
    explicit Stay(InFlightCount& count) noexcept : count_(count) { count_.begin(); }
    Stay(Stay const&) = delete;
    Stay& operator=(Stay const&) = delete;
    ~Stay() { count_.end(); }

   private:
    InFlightCount& count_;
  };

 private:
  typename Env::template atomic<std::uint64_t> runs_{0};
};

}  // namespace reactor::engine
