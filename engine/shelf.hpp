// SPDX-License-Identifier: BSD-3-Clause
// Room for one range in front of the queues: what a run's caller offers and takes back costs it two
// exchanges of one word, and whoever helps fetches one line. Protocol B in README.md.
#pragma once

#include <cstdint>

#include "engine/env.hpp"
#include "engine/range_queue.hpp"

namespace reactor::engine {

// Of one run, as long as that is open: so the word needs no epoch, as a queue's ranges do. What
// ends behind the last number that has room in it goes into a queue.
template <class Env>
class Shelf {
 public:
  // Owner only, while nobody else is inside.
  void clear() noexcept { lo_hi_.store(0, std::memory_order_relaxed); }

  // Any thread.
  bool has_any() const noexcept {
    // ORDER O99: Shelf::put's store; after Parker::announce's store
    return lo_hi_.load(std::memory_order_seq_cst) != 0;
  }

  // By the run's caller, which is inside. False when there is no room.
  bool put(Range const& range) noexcept {
    if (range.hi > Env::k_shelf_hi_max || lo_hi_.load(std::memory_order_relaxed) != 0) return false;
    // ORDER O102: Shelf::has_any's load; before the putter's look at the sleepers
    lo_hi_.store(range.lo << k_hi_bits | range.hi, std::memory_order_seq_cst);
    return true;
  }

  // Whoever is inside: what it needs to know of the run came with that. False: it is empty.
  bool take(std::uint64_t epoch, Range& range) noexcept {
    if (lo_hi_.load(std::memory_order_relaxed) == 0) return false;
    std::uint64_t const lo_hi = lo_hi_.exchange(0, std::memory_order_relaxed);
    range = {epoch, lo_hi >> k_hi_bits, lo_hi & k_hi_mask, 0};
    return lo_hi != 0;
  }

 private:
  static constexpr int k_hi_bits = 32;
  static constexpr std::uint64_t k_hi_mask = 0xffffffff;
  static_assert(Env::k_shelf_hi_max <= k_hi_mask);

  // shared: written by the caller, and by whoever helps it. 0: empty, as no range ends there
  typename Env::template atomic<std::uint64_t> lo_hi_{0};
};

}  // namespace reactor::engine
