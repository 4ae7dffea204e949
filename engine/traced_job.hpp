// SPDX-License-Identifier: BSD-3-Clause
// What is around each block of a job: its tasks' failures know where they were thrown, and the runs
// that its tasks begin know that they are nested.
#pragma once

#include <cstdint>

#include "reactor/detail/job.hpp"

namespace reactor::engine {

// Takes the place of a job's own function, and calls it. Lives as long as blocks of the job may be
// begun; then the job is only good for what it says of itself.
class TracedJob {
 public:
  TracedJob() = default;
  explicit TracedJob(detail::Job& job) noexcept { trace(job); }
  TracedJob(TracedJob const&) = delete;
  TracedJob& operator=(TracedJob const&) = delete;

  // Precondition: nothing is in that place yet. What the job says besides may still change, but for
  // is_controlled.
  void trace(detail::Job& job) noexcept;

 private:
  static void execute(void* traced, std::uint64_t lo, std::uint64_t hi, detail::Frame& frame);

  void* context_ = nullptr;
  decltype(detail::Job::execute) execute_ = nullptr;
  bool is_controlled_ = false;
};

}  // namespace reactor::engine
