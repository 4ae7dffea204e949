// SPDX-License-Identifier: BSD-3-Clause
// For how long a run's caller goes on alone before it lets others help. Protocol H in README.md.
#pragma once

#include <cstdint>

#include "engine/batch.hpp"
#include "engine/pace.hpp"
#include "engine/shared.hpp"

namespace reactor::engine {

// As long as help would cost more than it brings: a run that is over by then, as far as is known,
// is not shared before. 0: share it at once, with the worker that this may have woken for it, the
// nearest to `near` but for `benched`.
template <class Env>
std::uint64_t choose_head_start_ns(Shared<Env>& shared, typename Batch<Env>::Job const& job,
                                   std::uint64_t now_ns, std::uint32_t near,
                                   std::uint32_t benched) noexcept {
  if (job.task_ns == 0) return 0;
  // Of no more tasks than workers each may wait for the others, so all are there from the start;
  // but who looks for work makes the same choice, and what follows closely counts as much.
  bool const is_of_few = job.total <= shared.workers;
  std::uint64_t const share_worth_ns = shared.help_cost.worth_ns();
  if (!is_longer(job.total, job.task_ns, share_worth_ns)) {
    shared.help_cost.note_kept(job.total * job.task_ns);
    return is_of_few ? 0 : share_worth_ns;
  }
  if (is_longer(job.total - 1, job.task_ns, k_wake_worth_ns)) return 0;  // who offers it wakes
  if (shared.idle.look().searching != 0) return 0;
  if (shared.alone_row.count(job.total, job.task_ns, now_ns, shared.spin_ns)) {
    return is_of_few ? 0 : k_wake_worth_ns;
  }
  if (shared.idle.wake_one(near, benched)) {
    shared.wakes.add(1);
    shared.call_for_others(near, true, shared.wakes);
  }
  return 0;
}

}  // namespace reactor::engine
