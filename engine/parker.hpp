// SPDX-License-Identifier: BSD-3-Clause
// One thread sleeps here until another has news for it. Protocol P in README.md.
#pragma once

#include <cstdint>

#include "engine/env.hpp"

namespace reactor::engine {

// The waiter calls announce(), looks once more for what it waits for, and then either withdraw() or
// wait(). Whoever makes the news first publishes it (seq_cst) and then calls unpark().
template <class Env>
class Parker {
 public:
  // Waiter only. After this, news is either seen by the waiter's next look or followed by a wake.
  void announce() noexcept {
    // ORDER O15: Parker::claim's load; the waiter's look comes after this store for everybody
    state_.store(k_parked, std::memory_order_seq_cst);
  }

  // Waiter only. False when an unparker was quicker: then it counts as woken.
  bool withdraw() noexcept {
    // ORDER O16: Parker::claim's exchange; what the unparker did before is seen when it was quicker
    return state_.exchange(k_awake, std::memory_order_acquire) == k_parked;
  }

  // Waiter only, after announce(). Blocks. True when unparked, false when timeout_ns have passed.
  bool wait(std::uint64_t timeout_ns = k_forever_ns) noexcept {
    std::uint64_t const start_ns = timeout_ns == k_forever_ns ? 0 : Env::now_ns();
    // ORDER O17: Parker::claim's exchange; what the unparker did before is seen
    while (state_.load(std::memory_order_acquire) == k_parked) {
      std::uint64_t left_ns = k_forever_ns;
      if (timeout_ns != k_forever_ns) {
        std::uint64_t const spent_ns = Env::now_ns() - start_ns;
        if (spent_ns >= timeout_ns) return false;
        left_ns = timeout_ns - spent_ns;
      }
      Env::futex_wait(state_, k_parked, left_ns);
    }
    return true;
  }

  // Waiter only. Sleeps until unparked, or timeout_ns have passed, unless is_there().
  template <class IsThere>
  void wait_unless(IsThere const& is_there, std::uint64_t timeout_ns) noexcept {
    announce();
    if (is_there()) {
      withdraw();
    } else {
      wait(timeout_ns);
    }
  }

  // Any thread. Was the waiter asleep, or about to be?
  bool was_parked() const noexcept {
    // ORDER O98: Parker::announce's store; what the reader has published comes before
    return state_.load(std::memory_order_seq_cst) == k_parked;
  }

  // Any thread, lock-free. True for the one caller that ends this sleep; it must call signal()
  // next.
  bool claim() noexcept {
    // ORDER O18: Parker::announce's store; the news was published before this load for everybody
    if (state_.load(std::memory_order_seq_cst) != k_parked) return false;
    std::uint32_t expected = k_parked;
    // ORDER O19: Parker::wait and Parker::withdraw; hands over what the unparker did before
    return state_.compare_exchange_strong(expected, k_awake, std::memory_order_release,
                                          std::memory_order_relaxed);
  }

  void signal() noexcept { Env::futex_wake_one(state_); }

  bool unpark() noexcept {
    if (!claim()) return false;
    signal();
    return true;
  }

 private:
  static constexpr std::uint32_t k_awake = 0;
  static constexpr std::uint32_t k_parked = 1;
  typename Env::template atomic<std::uint32_t> state_{k_awake};
};

}  // namespace reactor::engine
