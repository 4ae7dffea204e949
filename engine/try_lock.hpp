// SPDX-License-Identifier: BSD-3-Clause
// A right that one thread has at a time, and for which nobody waits.
#pragma once

#include "engine/env.hpp"

namespace reactor::engine {

template <class Env>
class TryLock {
 public:
  // For as long as this lives; or not at all, when another thread has it.
  class Hold {
   public:
    explicit Hold(TryLock& lock) noexcept : lock_(lock) {
      if (lock.is_taken_.load(std::memory_order_relaxed)) return;
      // ORDER O63: Hold's destructor; what the holder before did
      is_mine_ = !lock.is_taken_.exchange(true, std::memory_order_acquire);
    }
    Hold(Hold const&) = delete;
    Hold& operator=(Hold const&) = delete;
    ~Hold() {
      if (!is_mine_) return;
      // ORDER O64: Hold's exchange; what this holder did
      lock_.is_taken_.store(false, std::memory_order_release);
    }
    bool is_mine() const noexcept { return is_mine_; }

   private:
    TryLock& lock_;
    bool is_mine_ = false;
  };

 private:
  typename Env::template atomic<bool> is_taken_{false};
};

}  // namespace reactor::engine
