// SPDX-License-Identifier: BSD-3-Clause
// Plays programs, and tells which one it is that hangs.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>

#include "describe.hpp"
#include "player.hpp"
#include "watchdog.hpp"

namespace stress {

class Playing {
 public:
  // What differs from what should be; empty when nothing does.
  std::string differences_of(Program const& program) {
    {
      std::lock_guard const lock(mutex_);
      playing_ = describe(program);
    }
    Watchdog const watchdog(totals_, k_patience, [this] { return tell(); });
    return play(program, totals_, is_over_);
  }

 private:
  static constexpr std::chrono::seconds k_patience{30};

  std::string tell() {
    std::lock_guard const lock(mutex_);
    return playing_ + "\n";
  }

  Totals totals_;
  std::atomic<bool> const is_over_{false};
  std::mutex mutex_;
  std::string playing_;
};

inline std::string differences_of(Program const& program) {
  return Playing().differences_of(program);
}

}  // namespace stress
