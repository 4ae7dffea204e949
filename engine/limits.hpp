// SPDX-License-Identifier: BSD-3-Clause
// Until when a run may last, and how long each of its tasks: what the watchdog looks after.
// Protocols W and G in README.md.
#pragma once

#include <cstdint>

#include "engine/env.hpp"
#include "engine/pace.hpp"

namespace reactor::engine {

// One a batch. k_forever_ns: none.
template <class Env>
class Limits {
 public:
  // ---- the batch's owner ----

  // Precondition: the batch is open.
  void open(std::uint64_t deadline_ns, std::uint64_t timeout_ns) noexcept {
    // ORDER O42: Limits::deadline_ns_approx's load; before Alarm::expect's load
    if (deadline_ns != k_forever_ns) deadline_ns_.store(deadline_ns, std::memory_order_seq_cst);
    // ORDER O55: Limits::timeout_ns_approx's load; before Alarm::expect's load
    if (timeout_ns != k_forever_ns) timeout_ns_.store(timeout_ns, std::memory_order_seq_cst);
  }
  // Once quiescent: nobody needs to be looked after any more.
  void forget_timeout() noexcept { timeout_ns_.store(k_forever_ns, std::memory_order_relaxed); }

  // ---- who is inside the batch ----

  void forget_deadline() noexcept { deadline_ns_.store(k_forever_ns, std::memory_order_relaxed); }
  // True, once, if it has come. Who has taken it away and left before this one entered is seen.
  bool take_deadline(std::uint64_t now_ns) noexcept {
    if (deadline_ns_.load(std::memory_order_relaxed) > now_ns) return false;
    forget_deadline();
    return true;
  }

  // ---- any thread ----

  // Of the run that is open.
  std::uint64_t deadline_ns_approx() const noexcept {
    // ORDER O43: Limits::open's store; after Alarm::sleep's store
    return deadline_ns_.load(std::memory_order_seq_cst);
  }
  // The limit of each of its tasks, until the last of them has ended.
  std::uint64_t timeout_ns_approx() const noexcept {
    // ORDER O56: Limits::open's store; after Alarm::sleep's store
    return timeout_ns_.load(std::memory_order_seq_cst);
  }

 private:
  using Word = typename Env::template atomic<std::uint64_t>;
  Word deadline_ns_{k_forever_ns};
  Word timeout_ns_{k_forever_ns};
};

}  // namespace reactor::engine
