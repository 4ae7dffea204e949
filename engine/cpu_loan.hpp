// SPDX-License-Identifier: BSD-3-Clause
// A worker that has a part in a run, but no CPU, because something else runs on its own: the
// caller, who has nothing left to do but to wait for it, lends it its. Protocol K in README.md.
#pragma once

#include <sched.h>
#include <time.h>

#include <atomic>
#include <mutex>

namespace reactor::engine {

// One worker's, which is pinned. What is known of another thread here may be stale: then a loan is
// made in vain, or given back a run late.
class CpuLoan {
 public:
  CpuLoan() = default;
  CpuLoan(CpuLoan const&) = delete;
  CpuLoan& operator=(CpuLoan const&) = delete;

  // ---- the worker's thread ----

  // It is pinned to `own_cpu` from here on; and before it ends.
  void begin(int own_cpu) noexcept;
  void end() noexcept;

  // It has a part in `run`, and none any more: then what was lent is given back.
  void enter(void const* run) noexcept { inside_.store(run, std::memory_order_relaxed); }
  void leave() noexcept {
    inside_.store(nullptr, std::memory_order_relaxed);
    if (is_lent_.load(std::memory_order_relaxed)) give_back();
  }

  // ---- any thread ----

  bool is_pinned() const noexcept { return own_cpu_.load(std::memory_order_relaxed) != k_none; }

  // The calling thread is about to sleep on `cpu` until those who have a part in `run` are
  // done. If this worker is one of them: true; takes a microsecond, and some more if it is not
  // running. Allocates nothing.
  bool offer(void const* run, int cpu) noexcept;

 private:
  static constexpr int k_none = -1;

  void give_back() noexcept;
  // With the mutex held:
  void bring_home() noexcept;
  bool bind_to(int cpu) const noexcept;
  bool is_waiting_for_cpu() const noexcept;

  std::atomic<void const*> inside_{nullptr};
  std::atomic<bool> is_lent_{false};
  std::atomic<int> own_cpu_{k_none};
  std::mutex mutex_;  // while it is held the thread lives, and moves by this alone
  pid_t thread_ = 0;  // 0: none that can be moved
  clockid_t cpu_clock_{};
};

}  // namespace reactor::engine
