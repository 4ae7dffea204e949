// SPDX-License-Identifier: BSD-3-Clause
// What the Reactor has to live for besides runs that a thread is in the middle of: runs that were
// submitted, or whose caller pulls tasks in between; what was handed to the inbox, until who took
// it has come back from it and found nothing else; who is just handing it over; and who still
// runs a task that was given up on. Protocols C and Q in README.md.
#pragma once

#include <cstdint>
#include <utility>

#include "engine/env.hpp"

namespace reactor::engine {

template <class Env>
class InFlightCount {
 public:
  // Any thread, lock-free.
  void begin(std::uint64_t n = 1) noexcept { count_.fetch_add(n, std::memory_order_relaxed); }

  // Their last touch of the Reactor, but for who is joined before it goes.
  void end(std::uint64_t n = 1) noexcept {
    // ORDER O78: InFlightCount::was_none's load; these are done with the Reactor
    count_.fetch_sub(n, std::memory_order_release);
  }

  bool was_none() const noexcept {
    // ORDER O69: InFlightCount::end's fetch_sub; all are done with the Reactor
    return count_.load(std::memory_order_acquire) == 0;
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

  // What one thread has taken and not put down: it stays in flight until there is nothing else for
  // a while. Who hands over one thing after the other must not wait for the count each time.
  class Hand {
   public:
    explicit Hand(InFlightCount& count) noexcept : count_(count) {}
    void take() noexcept { ++taken_; }
    std::uint64_t taken() const noexcept { return taken_; }
    void put_down() noexcept {
      if (taken_ != 0) count_.end(std::exchange(taken_, 0));
    }

    struct EmptyAtTheEnd {
      Hand& hand;
      ~EmptyAtTheEnd() { hand.put_down(); }
    };

   private:
    InFlightCount& count_;
    std::uint64_t taken_ = 0;
  };

 private:
  typename Env::template atomic<std::uint64_t> count_{0};
};

}  // namespace reactor::engine
