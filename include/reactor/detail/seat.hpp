// SPDX-License-Identifier: BSD-3-Clause
// Whose a task is that may run for a limited time only: its thread's, or, once it has run for too
// long, the watchdog's. Protocol G in engine/README.md.
#pragma once

#include <atomic>
#include <cstdint>

namespace reactor::detail {

// One a thread. A word says what the thread does: `turn | state`, with a new turn for each task, so
// that whoever sees the same word again sees the same task.
template <class Word>
class BasicSeat {
 public:
  // ---- the seat's thread ----

  void begin(std::uint64_t task) noexcept {
    task_.store(task, std::memory_order_relaxed);
    // ORDER O47: BasicSeat::give_up's compare-exchange; what the thread has done up to here
    word_.store((++turn_ << k_state_bits) | k_running, std::memory_order_release);
  }

  // True: the outcome is this thread's to publish. False: the task was given up on, and nothing of
  // its run may be touched but what the run owns.
  [[nodiscard]] bool end() noexcept { return change(k_running, k_idle); }

  // Between these the task is not given up on. False: it was.
  [[nodiscard]] bool pin() noexcept { return change(k_running, k_pinned); }
  void unpin() noexcept {
    // ORDER O48: BasicSeat::give_up's compare-exchange; what the thread has done up to here
    word_.store((turn_ << k_state_bits) | k_running, std::memory_order_release);
  }

  // Did the watchdog take the last task that began here?
  bool was_given_up() const noexcept {
    return state_of(word_.load(std::memory_order_relaxed)) >= k_given_up;
  }
  // The watchdog is done with what it took.
  bool was_released() const noexcept {
    // ORDER O49: BasicSeat::release's store; what the watchdog did in this thread's stead
    return state_of(word_.load(std::memory_order_acquire)) > k_given_up;
  }
  // Another thread has this one's place: it must end. After was_released().
  bool is_aside() const noexcept {
    return state_of(word_.load(std::memory_order_relaxed)) == k_aside;
  }

  // What was said of an earlier task is over. After was_released().
  void clear() noexcept {
    if (was_given_up()) word_.store(turn_ << k_state_bits, std::memory_order_relaxed);
  }

  // ---- the watchdog ----

  struct Look {
    std::uint64_t word;
    bool is_running() const noexcept {
      return state_of(word) == k_running || state_of(word) == k_pinned;
    }
    std::uint64_t turn() const noexcept { return word >> k_state_bits; }
  };
  Look look() const noexcept {
    // ORDER O50: BasicSeat::begin's store; the task's number and limit
    return {word_.load(std::memory_order_acquire)};
  }
  std::uint64_t task() const noexcept { return task_.load(std::memory_order_relaxed); }

  // True: from here on the thread touches nothing of the run, and what it had in hand is the
  // caller's, who has seen the task running.
  [[nodiscard]] bool give_up(Look const& seen) noexcept {
    std::uint64_t expected = (seen.turn() << k_state_bits) | k_running;
    // ORDER O51: BasicSeat::begin's store; what the thread has done up to there
    return word_.compare_exchange_strong(expected, (seen.turn() << k_state_bits) | k_given_up,
                                         std::memory_order_acquire, std::memory_order_relaxed);
  }
  void release(Look const& seen, bool is_aside) noexcept {
    // ORDER O52: BasicSeat::was_released's load; what was done in the thread's stead
    word_.store((seen.turn() << k_state_bits) | (is_aside ? k_aside : k_resumed),
                std::memory_order_release);
  }

  // Who is told when the running task is given up on: engine/stop_notice.hpp
  Word notice{0};

 private:
  static constexpr int k_state_bits = 3;
  static constexpr std::uint64_t k_state_mask = (1 << k_state_bits) - 1;
  static constexpr std::uint64_t k_idle = 0;
  static constexpr std::uint64_t k_running = 1;
  static constexpr std::uint64_t k_pinned = 2;
  static constexpr std::uint64_t k_given_up = 3;
  static constexpr std::uint64_t k_aside = 4;
  static constexpr std::uint64_t k_resumed = 5;

  static std::uint64_t state_of(std::uint64_t word) noexcept { return word & k_state_mask; }

  // Orders nothing: who wins keeps what it had.
  bool change(std::uint64_t from, std::uint64_t to) noexcept {
    std::uint64_t expected = (turn_ << k_state_bits) | from;
    return word_.compare_exchange_strong(expected, (turn_ << k_state_bits) | to,
                                         std::memory_order_relaxed, std::memory_order_relaxed);
  }

  std::uint64_t turn_ = 0;  // the seat's thread only
  Word word_{0};
  Word task_{0};
};

}  // namespace reactor::detail
