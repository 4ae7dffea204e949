// SPDX-License-Identifier: BSD-3-Clause
// Runs that are queued, and may not be for longer than until their deadline. Protocol W in
// README.md.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "engine/env.hpp"

namespace reactor::engine {

template <class Env>
class QueuedDeadlines {
 public:
  // The list has a share in it, from push() on.
  class Run {
   public:
    // Once false, it stays so: it has begun, or somebody is about to end it, and its deadline is
    // theirs.
    virtual bool needs_watch() const noexcept = 0;
    virtual void expire() noexcept = 0;
    virtual void leave_list() noexcept = 0;

   protected:
    ~Run() = default;

   private:
    friend QueuedDeadlines;
    std::uint64_t deadline_ns_ = k_forever_ns;
    Run* next_ = nullptr;
  };

  // Any thread, lock-free. True when the watchdog should look soon, whatever the deadline: so many
  // have come that those which have long begun would be kept for nothing.
  [[nodiscard]] bool push(Run& run, std::uint64_t deadline_ns) noexcept {
    run.deadline_ns_ = deadline_ns;
    run.next_ = newest_.load(std::memory_order_relaxed);
    bool is_in = false;
    while (!is_in) {
      // ORDER O94: QueuedDeadlines::look's load; the run; before Alarm::expect's load
      is_in = newest_.compare_exchange_weak(run.next_, &run, std::memory_order_seq_cst,
                                            std::memory_order_relaxed);
    }
    std::uint64_t const pushed = pushed_.fetch_add(1, std::memory_order_relaxed) + 1;
    // At least: what is enough may have become less since the one before.
    return pushed >= enough_.load(std::memory_order_relaxed);
  }

  // ---- the watchdog ----

  // Ends what is late, and lets go of what needs no watch. Returns when the next is late. O(those
  // that are queued, and as many more).
  std::uint64_t look(std::uint64_t now_ns) noexcept {
    pushed_.store(0, std::memory_order_relaxed);
    // ORDER O95: QueuedDeadlines::push's compare-exchange; after Alarm::sleep's store
    if (newest_.load(std::memory_order_seq_cst) != nullptr) take_over();
    std::uint64_t count = 0;
    std::uint64_t next_ns = k_forever_ns;
    for (Run** link = &kept_; *link != nullptr;) {
      Run& run = **link;
      if (run.needs_watch() && run.deadline_ns_ <= now_ns) run.expire();
      if (!run.needs_watch()) {
        *link = run.next_;
        run.leave_list();
        continue;
      }
      ++count;
      next_ns = std::min(next_ns, run.deadline_ns_);
      link = &run.next_;
    }
    enough_.store(std::max(count, k_enough_min), std::memory_order_relaxed);
    return next_ns;
  }

 private:
  static constexpr std::uint64_t k_enough_min = 256;

  void take_over() noexcept {
    // ORDER O96: QueuedDeadlines::push's compare-exchange; the runs
    Run* arrived = newest_.exchange(nullptr, std::memory_order_acquire);
    while (arrived != nullptr) {
      Run* const run = std::exchange(arrived, arrived->next_);
      run->next_ = std::exchange(kept_, run);
    }
  }

  // shared: written by who submits
  alignas(k_line_bytes) typename Env::template atomic<Run*> newest_{nullptr};
  typename Env::template atomic<std::uint64_t> pushed_{0};  // since the last look
  typename Env::template atomic<std::uint64_t> enough_{k_enough_min};

  Run* kept_ = nullptr;  // the watchdog's
};

}  // namespace reactor::engine
