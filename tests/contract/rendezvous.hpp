// SPDX-License-Identifier: BSD-3-Clause
// Threads that can only go on together: proof that they are in flight at once, without a clock.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>

// Only ever reached by a test that fails: it makes a failure of what would have been a hang.
inline constexpr std::chrono::seconds k_hang_bound{60};

class Rendezvous {
 public:
  explicit Rendezvous(std::size_t expected) : missing_(expected) {}

  void arrive() {
    std::lock_guard const lock(mutex_);
    if (missing_ != 0 && --missing_ == 0) all_here_.notify_all();
  }

  // True when all have arrived; false when they don't. Then nobody waits for them any longer.
  bool wait() {
    std::unique_lock lock(mutex_);
    if (!given_up_ && !all_here_.wait_for(lock, k_hang_bound, [&] { return missing_ == 0; })) {
      given_up_ = true;
    }
    return missing_ == 0;
  }

  bool arrive_and_wait() {
    arrive();
    return wait();
  }

 private:
  std::mutex mutex_;
  std::condition_variable all_here_;
  std::size_t missing_;
  bool given_up_ = false;
};

// What one thread opens and others wait for.
class Gate {
 public:
  void open() { opened_.arrive(); }
  bool wait() { return opened_.wait(); }

 private:
  Rendezvous opened_{1};
};

// For what nobody announces: asks until it is so. False when it doesn't come to be.
template <class Condition>
bool eventually(Condition const& condition) {
  auto const give_up = std::chrono::steady_clock::now() + k_hang_bound;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::yield();
  }
  return true;
}
