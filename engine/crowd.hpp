// SPDX-License-Identifier: BSD-3-Clause
// Where there are more workers than CPUs: how many of them can run at once. Protocol I in
// README.md.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/batch.hpp"
#include "engine/env.hpp"
#include "engine/idle.hpp"
#include "engine/pace.hpp"

namespace reactor::engine {

template <class Env>
class Crowd {
 public:
  // `cpus`: that the workers are pinned to; 0: none, and the system chooses well for as many as
  // there are.
  Crowd(std::uint32_t workers, std::uint32_t cpus) noexcept
      : workers_(workers), cpus_(cpus == 0 ? workers : cpus) {}

  bool is_possible() const noexcept { return workers_ > cpus_; }

  // Would one more worker in `batch` only take turns with those that are up? So it is in a run that
  // is over within a slice of the system's, as far as is known; whose tasks don't wait for each
  // other, as there are more than workers; that somebody is in the middle of; and as long as one
  // who sleeps looks, once a tick, whether that still is so. `is_up`: who asks is, and asks for
  // itself.
  bool keeps_out_of(Batch<Env> const& batch, Idle<Env> const& idle, std::uint32_t self,
                    bool is_up) const noexcept {
    if (!is_possible()) return false;
    auto const look = idle.look();
    std::uint64_t const left = batch.remaining();
    if (!look.watched || batch.total_approx() <= workers_ || !batch.was_entered()) return false;
    std::uint64_t const task_ns = batch.expected_task_ns_approx();
    if (task_ns == 0 || is_longer(left, task_ns, k_slice_ns)) return false;
    // A caller that helps takes a CPU, too; the worker that it benches may be up, but for others.
    bool const has_caller = batch.benched() != k_nobody;
    bool const is_out = is_up || self == batch.benched();
    std::uint64_t const up = workers_ - look.asleep - (is_out ? 1 : 0) + (has_caller ? 1 : 0);
    return up >= cpus_ + resting_.load(std::memory_order_relaxed);
  }

  // By who keeps watch. is_quiet: nothing has begun or ended since the last tick, so whatever is
  // queued waits for more than a CPU.
  void look(std::vector<typename Env::cpu_loan>& loans, Idle<Env> const& idle, bool is_quiet) {
    if (!is_possible()) return;
    std::uint32_t running = 0;
    for (auto& loan : loans) running += loan.used_ns() >= k_running_ns ? 1 : 0;
    auto const up = static_cast<std::uint32_t>(workers_ - idle.look().asleep);
    believe(is_quiet ? workers_ : up - std::min(up, running));
  }

 private:
  // What others wait for at least when a thread that works is put aside for another.
  static constexpr std::uint64_t k_slice_ns = 2'000'000;
  // Of a tick. Who has used less waits for something in a task, or has been up for a moment only:
  // the former is so for some ticks.
  static constexpr std::uint64_t k_running_ns = k_watch_tick_ns / 4;
  static constexpr std::uint32_t k_ticks = 4;

  void believe(std::uint32_t resting) noexcept {
    std::uint32_t const before = resting_.load(std::memory_order_relaxed);
    std::uint32_t const ticks = more_for_ticks_.load(std::memory_order_relaxed) + 1;
    bool const is_more = resting > before;
    bool const is_news = !is_more || resting == workers_ || ticks == k_ticks;
    more_for_ticks_.store(is_news ? 0 : ticks, std::memory_order_relaxed);
    if (is_news) resting_.store(resting, std::memory_order_relaxed);
  }

  std::uint32_t const workers_;
  std::uint32_t const cpus_;
  // Who is up, but needs no CPU: as the last look has found it.
  typename Env::template atomic<std::uint32_t> resting_{0};
  typename Env::template atomic<std::uint32_t> more_for_ticks_{0};  // than that
};

}  // namespace reactor::engine
