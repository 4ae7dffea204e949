// SPDX-License-Identifier: BSD-3-Clause
// Where there are more workers than CPUs: who would be in the way of a short run. Protocol I in
// README.md.
#pragma once

#include <cstdint>

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

  // Would one more thread in `batch` only take turns with those that are in it? As far as is known:
  // the run is over within a slice of the system's, its tasks don't wait for each other, as there
  // are more of them than workers; and somebody keeps watch, who will see if it is not so.
  bool keeps_out_of(Batch<Env> const& batch, Idle<Env> const& idle) const noexcept {
    if (workers_ <= cpus_ || batch.inside_approx() < cpus_) return false;
    if (batch.total_approx() <= workers_ || batch.is_overdue()) return false;
    std::uint64_t const task_ns = batch.expected_task_ns_approx();
    if (task_ns == 0 || is_longer(batch.remaining(), task_ns, k_slice_ns)) return false;
    return idle.look().watched;
  }

  // By who keeps watch, at each look.
  void note_look(Batch<Env>& batch) const noexcept {
    if (workers_ > cpus_ && batch.wants_anybody()) batch.note_look();
  }

 private:
  // As long as that, as a rule, a thread has to wait that was put aside for another.
  static constexpr std::uint64_t k_slice_ns = 2'000'000;

  std::uint32_t const workers_;
  std::uint32_t const cpus_;
};

}  // namespace reactor::engine
