// SPDX-License-Identifier: BSD-3-Clause
// The thread that keeps deadlines. There is none until the first run that has one. Protocol W in
// README.md.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/env.hpp"
#include "engine/shared.hpp"

namespace reactor::engine {

template <class Env>
class Watchdog {
 public:
  explicit Watchdog(Shared<Env>& shared) noexcept : shared_(shared) {}

  // Until Shared::stop().
  void loop() noexcept {
    while (!shared_.is_stopping()) {
      shared_.alarm.sleep([this] { return look(); });
    }
  }

 private:
  // Stops the runs that are late, and tells when the next one is. O(runs that were ever in flight
  // at once).
  std::uint64_t look() noexcept {
    if (shared_.is_stopping()) return 0;
    std::uint64_t const now_ns = Env::now_ns();
    std::uint64_t earliest_ns = k_forever_ns;
    shared_.slab.find_if([&](Batch<Env>& batch) {
      std::uint64_t const deadline_ns = batch.deadline_ns_approx();
      if (deadline_ns <= now_ns) {
        batch.stop_if_late(now_ns);
      } else {
        earliest_ns = std::min(earliest_ns, deadline_ns);
      }
      return false;
    });
    return earliest_ns;
  }

  Shared<Env>& shared_;
};

}  // namespace reactor::engine
