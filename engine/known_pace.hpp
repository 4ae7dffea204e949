// SPDX-License-Identifier: BSD-3-Clause
// What a task took when one of its kind ran before: looked up before a run, remembered after it.
// Functions only. Protocol H in README.md.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "engine/help_cost.hpp"
#include "engine/pace.hpp"
#include "engine/run_counts.hpp"
#include "reactor/detail/job.hpp"

namespace reactor::engine {

// Of no more tasks than workers each may wait for the others, and what a run costs is much beside
// them: so what such runs have taken is only good for their like.
inline std::atomic<std::uint64_t>& known_task_ns(detail::Job const& job,
                                                 std::uint64_t workers) noexcept {
  return job.total <= workers ? job.pace->of_few_ns : job.pace->task_ns;
}

// Of one task nobody will ask.
inline void look_up_pace(detail::Job& job, std::uint64_t workers) noexcept {
  if (job.total <= 1) job.pace = nullptr;
  if (job.pace != nullptr) {
    job.task_ns = known_task_ns(job, workers).load(std::memory_order_relaxed);
  }
}

// After a run that has taken elapsed_ns; what it was known by is still in the job.
inline void remember_pace(detail::Job const& job, RunCounts const& counts, std::uint64_t elapsed_ns,
                          std::uint64_t workers) noexcept {
  std::uint64_t const begun = job.total - counts.remaining;
  bool const is_of_few = job.total <= workers;
  if (job.pace == nullptr || begun == 0 || begun < std::min(job.total, workers + 1)) return;
  // The last block may have been of shorter tasks than most; and together they took less time than
  // one after the other. So neither says too much.
  std::uint64_t task_ns = std::max(counts.task_ns, elapsed_ns / begun + 1);
  // What is too short for help anywhere need not be known. Many threads may read what one writes,
  // so not now this, now that.
  std::uint64_t const least_ns = HelpCost::k_least_ns * (job.task_ns == 0 ? 4 : 3) / 4;
  if (is_of_few && elapsed_ns < least_ns) task_ns = 0;
  if (task_ns != job.task_ns && is_another_pace(job.task_ns, task_ns)) {
    known_task_ns(job, workers).store(task_ns, std::memory_order_relaxed);
  }
}

}  // namespace reactor::engine
