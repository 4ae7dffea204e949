// SPDX-License-Identifier: BSD-3-Clause
// Short runs that nobody helps, one closely after the other: together they may be worth the wake
// that none of them is. All of it is a guess.
#pragma once

#include <cstdint>

#include "engine/env.hpp"
#include "engine/pace.hpp"

namespace reactor::engine {

template <class Env>
class AloneRow {
 public:
  // Counts one of `tasks` that take task_ns each, all but the first of which others could do. It
  // begins now, while no worker is searching; false when it is time to wake one. Closely is within
  // spin_ns. Any thread, lock-free.
  bool count(std::uint64_t tasks, std::uint64_t task_ns, std::uint64_t now_ns,
             std::uint64_t spin_ns) noexcept {
    std::uint64_t const until_ns = until_ns_.load(std::memory_order_relaxed);
    bool const is_close = spin_ns != 0 && (now_ns < until_ns || now_ns - until_ns < spin_ns);
    until_ns_.store(now_ns + tasks * task_ns, std::memory_order_relaxed);
    std::uint64_t const row_ns =
        (tasks - 1) * task_ns + (is_close ? row_ns_.load(std::memory_order_relaxed) : 0);
    bool const is_enough = row_ns >= k_wake_worth_ns;
    row_ns_.store(is_enough ? 0 : row_ns, std::memory_order_relaxed);
    return !is_enough;
  }

 private:
  typename Env::template atomic<std::uint64_t> until_ns_{0};  // by the tick clock: when they end
  typename Env::template atomic<std::uint64_t> row_ns_{0};    // what others could have done of them
};

}  // namespace reactor::engine
