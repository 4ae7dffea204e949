// SPDX-License-Identifier: BSD-3-Clause
// Who looks for work, who sleeps, and who of the sleepers keeps watch. Protocol I in README.md.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/assert.hpp"
#include "engine/env.hpp"
#include "engine/parker.hpp"

namespace reactor::engine {

// How often the watching sleeper looks for work that nobody was woken for. A run that begins after
// the watch is over wakes it, once.
inline constexpr std::uint64_t k_watch_tick_ns = 1'000'000;

template <class Env>
class Idle {
 public:
  struct Look {
    std::uint64_t searching;
    std::uint64_t asleep;
    bool watched;
  };

  explicit Idle(std::uint32_t workers) : beds_(workers) {}

  // Any thread. Precondition for its meaning: what might need help has been published (seq_cst).
  Look look() const noexcept {
    // ORDER O31: every change of the word; comes after what the caller published
    std::uint64_t const word = word_.load(std::memory_order_seq_cst);
    return {word & k_field_mask, word >> k_asleep_shift & k_field_mask, (word & k_watched) != 0};
  }

  // ---- worker `self` only ----

  void begin_search() noexcept { change(k_searching_one); }
  void end_search() noexcept { change(std::uint64_t{0} - k_searching_one); }

  // From searching to asleep. Look for work once more, then withdraw() or sleep.
  void announce(std::uint32_t self) noexcept {
    change(k_asleep_one - k_searching_one);
    beds_[self].parker.announce();
  }

  // Back to searching, by itself or because somebody was quicker.
  void withdraw(std::uint32_t self) noexcept {
    if (beds_[self].parker.withdraw()) change(k_searching_one - k_asleep_one);
  }

  // Blocks until woken (then it is searching again) or until timeout_ns have passed.
  bool sleep(std::uint32_t self, std::uint64_t timeout_ns) noexcept {
    return beds_[self].parker.wait(timeout_ns);
  }

  // One of the sleepers keeps watch: it looks for work from time to time, so that nobody needs to
  // pay for a wake that may not be worth it. False when somebody already does.
  bool begin_watch() noexcept {
    std::uint64_t word = word_.load(std::memory_order_relaxed);
    while ((word & k_watched) == 0) {
      // Orders nothing: who relies on the watch relies on its looks, and on the one after its end.
      if (word_.compare_exchange_weak(word, word | k_watched, std::memory_order_relaxed,
                                      std::memory_order_relaxed)) {
        return true;
      }
    }
    return false;
  }

  // Look for work once more after this.
  void end_watch() noexcept { change(std::uint64_t{0} - k_watched); }

  // ---- any thread ----

  // Wakes one sleeper, the nearest to `near` first, but not `benched`. False when there is none.
  // Lock-free; O(workers); a system call if it wakes.
  bool wake_one(std::uint32_t near, std::uint32_t benched) noexcept {
    auto const count = static_cast<std::uint32_t>(beds_.size());
    for (std::uint32_t i = 0; i < count; ++i) {
      std::uint32_t const other = (near + 1 + i) % count;
      if (other != benched && wake(other)) return true;
    }
    return false;
  }

  bool wake(std::uint32_t other) noexcept {
    Parker<Env>& parker = beds_[other].parker;
    if (!parker.claim()) return false;
    // The sleeper counts as searching at once, so that nobody wakes a second one for the same work.
    change(k_searching_one - k_asleep_one);
    parker.signal();
    return true;
  }

 private:
  static constexpr int k_asleep_shift = 16;
  static constexpr std::uint64_t k_field_mask = 0xffff;
  static constexpr std::uint64_t k_searching_one = 1;
  static constexpr std::uint64_t k_asleep_one = std::uint64_t{1} << k_asleep_shift;
  static constexpr std::uint64_t k_watched = std::uint64_t{1} << 32;

  void change(std::uint64_t delta) noexcept {
    // ORDER O32: Idle::look's load; the change of state comes before the next look for work
    word_.fetch_add(delta, std::memory_order_seq_cst);
  }

  struct alignas(k_line_bytes) Bed {
    Parker<Env> parker;
  };

  // shared: written by workers that change state, read after every offer.
  // searching:16 | asleep:16 | watched:1
  alignas(k_line_bytes) typename Env::template atomic<std::uint64_t> word_{0};
  std::vector<Bed> beds_;
};

}  // namespace reactor::engine
