// SPDX-License-Identifier: BSD-3-Clause
// The first error wins. Protocol L in README.md.
#pragma once

#include <cstdint>

#include "engine/env.hpp"

namespace reactor::engine {

// Holds the index of the first task that failed. It orders nothing: what a thread does on finding
// it tripped, and what the winner has recorded, are ordered by what every participant does next,
// which is to book (Batch::account) and to leave (Epoch::leave).
template <class Env>
class ErrorLatch {
 public:
  using Word = typename Env::template atomic<std::uint64_t>;

  // Any thread, lock-free. True for the one that wins.
  static bool trip(Word& word, std::uint64_t task_index) noexcept {
    std::uint64_t expected = k_clear;
    return word.compare_exchange_strong(expected, task_index + 1, std::memory_order_relaxed,
                                        std::memory_order_relaxed);
  }

  bool trip(std::uint64_t task_index) noexcept { return trip(word_, task_index); }

  // What everybody asks between tasks: one relaxed load.
  bool was_tripped() const noexcept { return word_.load(std::memory_order_relaxed) != k_clear; }

  // Task index + 1 of the winner, 0 when there is none.
  std::uint64_t winner() const noexcept { return word_.load(std::memory_order_relaxed); }

  // Owner only, while nobody is inside the batch.
  void reset() noexcept { word_.store(k_clear, std::memory_order_relaxed); }

  Word& word() noexcept { return word_; }

 private:
  static constexpr std::uint64_t k_clear = 0;
  Word word_{k_clear};
};

}  // namespace reactor::engine
