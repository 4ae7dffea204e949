// SPDX-License-Identifier: BSD-3-Clause
// A run, or its beginning, on its caller's thread alone: nothing is shared, nobody is told.
// Protocol H in README.md.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/batch.hpp"
#include "engine/error_latch.hpp"
#include "engine/pace.hpp"
#include "engine/run_counts.hpp"
#include "engine/shared.hpp"

namespace reactor::engine {

template <class Env>
class Solo {
 public:
  using Job = typename Batch<Env>::Job;

  Solo(Shared<Env>& shared, Job const& job, std::uint32_t self) noexcept
      : shared_(shared), job_(job) {
    frame_.latch = &latch_.state();
    frame_.slots = job.slots;
    frame_.stop_on_error = job.stop_on_error;
    frame_.worker = self;
    frame_.unwatched = unwatched_tasks(job.task_ns);
    shared_.solo_runs.begin();
  }
  Solo(Solo const&) = delete;
  Solo& operator=(Solo const&) = delete;
  // Counts also what was done when the thread is being unwound.
  ~Solo() {
    if (!was_handed_over_) shared_.solo_runs.end(frame_.reached, frame_.failed);
  }

  // The next `tasks`, or what is left. False when the run is over.
  bool run(std::uint64_t tasks) {
    std::uint64_t const end = frame_.reached + std::min(tasks, left());
    job_.execute(job_.context, frame_.reached, end, frame_);
    return !is_over();
  }
  bool is_over() const noexcept {
    return left() == 0 || latch_.was_tripped() || shared_.is_forked();
  }
  std::uint64_t begun() const noexcept { return frame_.reached; }
  std::uint64_t left() const noexcept { return job_.total - frame_.reached; }

  RunCounts counts() const noexcept {
    return {left(), frame_.failed, 0, latch_.winner(), shared_.is_forked()};
  }

  // Opens `batch` for what is left, and returns that. The batch stands for the run from then on.
  Range hand_over(Batch<Env>& batch, std::uint32_t caller, std::uint32_t benched,
                  Batch<Env> const* around) noexcept {
    was_handed_over_ = true;
    batch.counters().tasks.add(frame_.reached);
    batch.counters().errors.add(frame_.failed);
    std::uint64_t const epoch = batch.open(job_, caller, benched, true, nullptr,
                                           {frame_.reached, frame_.failed, &latch_}, around);
    shared_.solo_runs.hand_over();
    return {epoch, frame_.reached, job_.total};
  }

 private:
  Shared<Env>& shared_;
  Job const& job_;
  ErrorLatch<Env> latch_;
  typename Batch<Env>::Frame frame_;
  bool was_handed_over_ = false;
};

}  // namespace reactor::engine
