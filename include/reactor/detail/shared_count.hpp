// SPDX-License-Identifier: BSD-3-Clause
// How many threads may still touch what a run owns.
#pragma once

#include <atomic>
#include <cstdint>

namespace reactor::detail {

// Begins with one. Who drops the last share frees what is counted.
template <class Word>
class SharedCount {
 public:
  // By who has a share.
  void add() noexcept { shares_.fetch_add(1, std::memory_order_relaxed); }

  // True for the last one, who then sees all that the others did.
  [[nodiscard]] bool drop() noexcept {
    // ORDER O53: SharedCount::drop of the others; what they did with what is counted
    return shares_.fetch_sub(1, std::memory_order_acq_rel) == 1;
  }

  // By who has a share: is it the only one? Then it stays so.
  bool is_sole() const noexcept {
    // ORDER O54: SharedCount::drop's fetch_sub; what the others did
    return shares_.load(std::memory_order_acquire) == 1;
  }

 private:
  Word shares_{1};
};

}  // namespace reactor::detail
