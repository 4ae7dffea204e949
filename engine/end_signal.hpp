// SPDX-License-Identifier: BSD-3-Clause
// Happens once; any number of threads wait for it. Protocol Q in README.md.
#pragma once

#include <cstdint>

#include "engine/env.hpp"

namespace reactor::engine {

template <class Env>
class EndSignal {
 public:
  // Any thread. What was done before it is seen by who sees it.
  bool was_given() const noexcept {
    // ORDER O72: EndSignal::give's exchange; all that was done before
    return word_.load(std::memory_order_acquire) == k_given;
  }

  // Any thread. Blocks until then: true. False when timeout_ns have passed.
  bool await(std::uint64_t timeout_ns) noexcept {
    std::uint64_t const start_ns = timeout_ns == k_forever_ns ? 0 : Env::now_ns();
    while (!was_given()) {
      std::uint64_t left_ns = k_forever_ns;
      if (timeout_ns != k_forever_ns) {
        std::uint64_t const spent_ns = Env::now_ns() - start_ns;
        if (spent_ns >= timeout_ns) return false;
        left_ns = timeout_ns - spent_ns;
      }
      std::uint32_t seen = k_alone;
      if (word_.compare_exchange_strong(seen, k_awaited, std::memory_order_relaxed,
                                        std::memory_order_relaxed) ||
          seen == k_awaited) {
        Env::futex_wait(word_, k_awaited, left_ns);
      }
    }
    return true;
  }

  // Once. A system call if somebody waits. By a thread that keeps this from being freed meanwhile.
  void give() noexcept {
    // ORDER O77: EndSignal::was_given's load; all that was done before
    if (word_.exchange(k_given, std::memory_order_release) == k_awaited) Env::futex_wake_all(word_);
  }

 private:
  static constexpr std::uint32_t k_alone = 0;
  static constexpr std::uint32_t k_awaited = 1;
  static constexpr std::uint32_t k_given = 2;
  typename Env::template atomic<std::uint32_t> word_{k_alone};
};

}  // namespace reactor::engine
