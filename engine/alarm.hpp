// SPDX-License-Identifier: BSD-3-Clause
// One thread sleeps until the earliest of all deadlines. Protocol W in README.md.
#pragma once

#include <cstdint>

#include "engine/env.hpp"
#include "engine/parker.hpp"

namespace reactor::engine {

template <class Env>
class Alarm {
 public:
  // Any thread, lock-free; a system call if the sleeper must get up earlier than it planned. The
  // deadline has been published (seq_cst) where the sleeper looks for it.
  void expect(std::uint64_t deadline_ns) noexcept {
    // ORDER O45: Alarm::sleep's store; the deadline was published before this load for everybody
    if (planned_ns_.load(std::memory_order_seq_cst) > deadline_ns) parker_.unpark();
  }

  // The sleeper only. `earliest` looks at all deadlines and tells the first of them, 0 to stay up.
  // Blocks until then, or until a deadline is expected that is earlier.
  template <class Earliest>
  void sleep(Earliest const& earliest) noexcept {
    parker_.announce();
    // Until the look is over everybody must wake us: it may have come too early for theirs.
    // ORDER O46: Alarm::expect's load; the look comes after this store for everybody
    planned_ns_.store(k_forever_ns, std::memory_order_seq_cst);
    std::uint64_t const next_ns = earliest();
    // Who still finds the store above wakes us for nothing.
    planned_ns_.store(next_ns, std::memory_order_relaxed);
    std::uint64_t const now_ns = next_ns == 0 || next_ns == k_forever_ns ? 0 : Env::now_ns();
    if (next_ns <= now_ns) {
      parker_.withdraw();
    } else {
      parker_.wait(next_ns == k_forever_ns ? k_forever_ns : next_ns - now_ns);
    }
  }

 private:
  alignas(k_line_bytes) typename Env::template atomic<std::uint64_t> planned_ns_{k_forever_ns};
  Parker<Env> parker_;
};

}  // namespace reactor::engine
