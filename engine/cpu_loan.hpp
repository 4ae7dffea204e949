// SPDX-License-Identifier: BSD-3-Clause
// A worker that has a part in a run, but no CPU, because something else runs on its own: the
// caller, who has nothing left to do but to wait for it, lends it its. Protocol K in README.md.
#pragma once

#include <sched.h>
#include <time.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "engine/line.hpp"
#include "engine/tick_clock.hpp"

namespace reactor::engine {

// One worker's, which is pinned. What is known of another thread here may be stale: then a loan is
// made in vain, or given back a run late.
class alignas(k_line_bytes) CpuLoan {
 public:
  // For how long a caller sleeps at first before it looks again.
  static constexpr std::uint64_t k_patience_ns = 50'000;

  CpuLoan() = default;
  CpuLoan(CpuLoan const&) = delete;
  CpuLoan& operator=(CpuLoan const&) = delete;

  // ---- the worker's thread ----

  // A thread's first step: what was its predecessor's is nobody's any more.
  void take_over() noexcept;
  // It is pinned to `own_cpu` from here on; is_named: its CPUs were chosen by the user.
  void begin(int own_cpu, bool is_named) noexcept;
  // Before it ends; nothing if there is a successor.
  void end() noexcept;

  // It has a part in `run`, and none any more: then what was lent is given back. Or after the next
  // run, if whoever lends or looks is in the way.
  void enter(void const* run) noexcept { inside_.store(run, std::memory_order_relaxed); }
  void leave() noexcept {
    inside_.store(nullptr, std::memory_order_relaxed);
    if (is_lent_.load(std::memory_order_relaxed)) go_home();
  }

  // ---- any thread ----

  bool is_pinned() const noexcept { return own_cpu_.load(std::memory_order_relaxed) != k_none; }

  // The calling thread is about to sleep until those who have a part in `run` are done. Its CPU is
  // lent to one of them who wants one, and has not run for k_late_ns: as long as that it waits if
  // there are any, unless has_news(). Some system calls, no allocation, no cancellation point.
  template <class HasNews>
  static void offer(std::vector<CpuLoan>& loans, void const* run,
                    HasNews const& has_news) noexcept {
    bool is_any = false;
    for (CpuLoan& loan : loans) {
      if (loan.is_lent_to(run)) return;  // that one waits for nothing but the caller's sleep
      is_any |= loan.look(run);
    }
    if (!is_any) return;
    std::uint64_t const since_ns = TickClock::now_ns();
    while (TickClock::now_ns() - since_ns < k_late_ns) {
      if (has_news()) return;
    }
    lend_to_one(loans, run);
  }

 private:
  static constexpr std::uint64_t k_late_ns = 10'000;
  static constexpr int k_none = -1;

  static void lend_to_one(std::vector<CpuLoan>& loans, void const* run) noexcept;
  bool look(void const* run) noexcept;
  bool is_lent_to(void const* run) const noexcept {
    return inside_.load(std::memory_order_relaxed) == run &&
           is_lent_.load(std::memory_order_relaxed);
  }
  bool lend(void const* run, int cpu, bool is_ours) noexcept;
  void go_home() noexcept;
  // With the mutex held:
  bool is_starved() const noexcept;
  bool is_bound_to(int cpu) const noexcept;
  void bring_home() noexcept;
  bool bind_to(int cpu) const noexcept;

  std::atomic<void const*> inside_{nullptr};
  std::atomic<bool> is_lent_{false};
  std::atomic<int> own_cpu_{k_none};
  std::mutex mutex_;  // while it is held the thread lives, and moves by this alone
  pid_t thread_ = 0;  // 0: none that can be moved
  clockid_t cpu_clock_{};
  timespec seen_{};  // on that clock, by the last look
  bool is_named_ = false;
  int lent_cpu_ = k_none;  // by the last loan
};

}  // namespace reactor::engine
