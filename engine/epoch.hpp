// SPDX-License-Identifier: BSD-3-Clause
// Who may be inside a batch: `epoch | active` in one word. Protocol E in README.md.
#pragma once

#include <cstdint>

#include "engine/assert.hpp"
#include "engine/env.hpp"

namespace reactor::engine {

// An odd epoch is open, an even one closed. `active` counts the threads inside. The epoch only
// grows, so a range that carries an older one is stale for ever (2^47 runs of one batch, years of
// them).
template <class Env>
class Epoch {
 public:
  // Owner only, while closed and quiescent. The owner enters with it if `with_owner`.
  // Publishes everything the owner wrote before to whoever enters.
  std::uint64_t open(bool with_owner) noexcept {
    std::uint64_t const word = word_.load(std::memory_order_relaxed);
    REACTOR_ASSERT_INTERNAL(!is_open(word) && active_in(word) == 0);
    std::uint64_t const epoch = epoch_in(word) + 1;
    // ORDER O10: Epoch::try_enter's compare-exchange; the job and the counts of this run
    word_.store(epoch << k_active_bits | (with_owner ? 1 : 0), std::memory_order_release);
    return epoch;
  }

  // Any thread, lock-free. The epoch entered, or 0 when the batch is closed.
  std::uint64_t try_enter() noexcept {
    std::uint64_t word = word_.load(std::memory_order_relaxed);
    while (is_open(word)) {
      REACTOR_ASSERT_INTERNAL(active_in(word) < k_active_mask);
      // ORDER O11: Epoch::open's store, Epoch::leave's fetch_sub; the job and the counts of this
      // run; that its deadline was taken away
      if (word_.compare_exchange_weak(word, word + 1, std::memory_order_acquire,
                                      std::memory_order_relaxed)) {
        return epoch_in(word);
      }
    }
    return 0;
  }

  // Whoever entered, once. True when the batch is closed and this was the last one out: the owner
  // may be told. The batch may be reused as soon as this has returned.
  bool leave() noexcept {
    // ORDER O12: Epoch::was_quiescent's load; all that was done inside; before Parker::claim's load
    std::uint64_t const before = word_.fetch_sub(1, std::memory_order_seq_cst);
    REACTOR_ASSERT_INTERNAL(active_in(before) > 0);
    return !is_open(before) && active_in(before) == 1;
  }

  // Owner only. Nobody enters any more, and every range of this epoch is stale from here on. The
  // owner leaves with it if `with_owner`. True when nobody else is inside.
  bool close(bool with_owner) noexcept {
    std::uint64_t const own = with_owner ? 1 : 0;
    // ORDER O13: Epoch::leave's fetch_sub; all that was done by those who have left
    std::uint64_t const before =
        word_.fetch_add((std::uint64_t{1} << k_active_bits) - own, std::memory_order_acquire);
    REACTOR_ASSERT_INTERNAL(is_open(before));
    return active_in(before) == own;
  }

  // Owner only, after close().
  bool was_quiescent() const noexcept {
    // ORDER O14: Epoch::leave's fetch_sub; all that was done inside; after Parker::announce's store
    return active_in(word_.load(std::memory_order_seq_cst)) == 0;
  }

  // How many are inside; may be stale.
  std::uint64_t inside_approx() const noexcept {
    return active_in(word_.load(std::memory_order_relaxed));
  }

  // A number that changes with every run; may be stale.
  std::uint64_t count_approx() const noexcept {
    return epoch_in(word_.load(std::memory_order_relaxed));
  }

 private:
  static constexpr int k_active_bits = 16;
  static constexpr std::uint64_t k_active_mask = (std::uint64_t{1} << k_active_bits) - 1;

  static std::uint64_t epoch_in(std::uint64_t word) noexcept { return word >> k_active_bits; }
  static std::uint64_t active_in(std::uint64_t word) noexcept { return word & k_active_mask; }
  static bool is_open(std::uint64_t word) noexcept { return (epoch_in(word) & 1) != 0; }

  typename Env::template atomic<std::uint64_t> word_{0};
};

}  // namespace reactor::engine
