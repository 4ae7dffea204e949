// SPDX-License-Identifier: BSD-3-Clause
// What all threads of one Reactor share, and the one rule by which they call each other for help.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/batch.hpp"
#include "engine/env.hpp"
#include "engine/idle.hpp"
#include "engine/pace.hpp"
#include "engine/slab.hpp"
#include "engine/solo_runs.hpp"

namespace reactor::engine {

template <class Env>
struct Shared {
  using BatchSlab = Slab<Env, Batch<Env>>;

  Shared(std::uint32_t worker_count, std::uint64_t spin)
      : workers(worker_count), spin_ns(spin), queues(worker_count), idle(worker_count) {}

  typename BatchSlab::Entry* acquire_batch() {
    return slab.acquire(
        [this](std::uint32_t number) { return std::make_unique<Batch<Env>>(queues, number); });
  }

  static constexpr std::uint64_t k_at_any_cost = ~std::uint64_t{0};

  // Call after offering `left` tasks of `batch`. Nobody is woken while somebody is looking for work
  // anyway, nor for work that may not be worth it as long as a sleeper keeps watch. Looks again
  // after a wake: the one woken may have found something else before it was counted as searching,
  // and whoever offered meanwhile relied on it. True when somebody was woken.
  bool call_for_help(Batch<Env> const& batch, std::uint32_t self, std::uint64_t left,
                     Counter<Env>& wakes) noexcept {
    bool has_woken = false;
    for (;;) {
      auto const look = idle.look();
      if (look.asleep == 0 || look.searching != 0) return has_woken;
      bool const is_worth_it =
          left == k_at_any_cost || is_worth_a_wake(left, batch.task_ns_approx());
      if (look.watched && !is_worth_it) return has_woken;
      if (!idle.wake_one(self, batch.benched())) return has_woken;
      wakes.add(1);
      has_woken = true;
    }
  }

  // Is this a child of the process that made the Reactor? Its other threads don't exist here.
  bool is_forked() const noexcept { return Env::generation() != generation; }

  bool is_stopping() const noexcept {
    // ORDER O33: Shared::stop's store; after Parker::announce's store
    return stopping.load(std::memory_order_seq_cst);
  }

  // No worker is left: callers that counted on them must help themselves.
  bool is_deserted() const noexcept {
    // ORDER O34: Crew::lose_one's fetch_add; after Parker::announce's store
    return lost.load(std::memory_order_seq_cst) == workers;
  }

  // Is nobody in the middle of a run?
  bool was_unused() const noexcept { return slab.was_all_free() && solo_runs.was_all_over(); }

  // Ends every worker's loop once it has no batch to help.
  void stop() noexcept {
    // ORDER O35: Shared::is_stopping's load; before Parker::claim's load
    stopping.store(true, std::memory_order_seq_cst);
    for (std::uint32_t worker = 0; worker < workers; ++worker) idle.wake(worker);
  }

  // immutable after construction
  std::uint32_t const workers;  // a caller that is no worker goes by this number
  std::uint64_t const spin_ns;
  std::uint64_t const generation = Env::generation();
  std::vector<RangeQueue<Env>> queues;  // outlives the batches, whose producers point into it

  // shared
  BatchSlab slab;
  alignas(k_line_bytes) SoloRuns<Env> solo_runs;
  Idle<Env> idle;
  typename Env::template atomic<bool> stopping{false};
  typename Env::template atomic<std::uint32_t> lost{
      0};  // workers whose thread ended and could not be replaced
};

}  // namespace reactor::engine
