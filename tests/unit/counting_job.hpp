// SPDX-License-Identifier: BSD-3-Clause
// A run for the engine's own tests: counts how often each task is run.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "engine/batch.hpp"

namespace reactor::engine {

template <class Env>
class CountingJob {
 public:
  explicit CountingJob(std::uint64_t size) : counts_(size) {}

  typename Batch<Env>::Job job() {
    return {this, &CountingJob::execute, nullptr, counts_.size(), true};
  }

  bool every_task_was_run_once() const {
    for (auto const& count : counts_) {
      if (count.load(std::memory_order_relaxed) != 1) return false;
    }
    return true;
  }

  // Called in each task, which counts as begun.
  std::function<void(std::uint64_t)> in_task = [](std::uint64_t) {};

 private:
  using Frame = typename Batch<Env>::Frame;

  static void execute(void* context, std::uint64_t lo, std::uint64_t hi, Frame& frame) {
    auto& self = *static_cast<CountingJob*>(context);
    for (frame.reached = lo; frame.reached < hi;) {
      if (frame.latch->winner.load(std::memory_order_relaxed) != 0) return;
      std::uint64_t const i = frame.reached++;
      self.counts_[i].fetch_add(1, std::memory_order_relaxed);
      self.in_task(i);
    }
  }

  std::vector<std::atomic<int>> counts_;
};

}  // namespace reactor::engine
