// SPDX-License-Identifier: BSD-3-Clause
// One pinned thread's life: look for a batch to help, help, sleep. Protocol I in README.md.
#pragma once

#include <cstdint>

#include "engine/assert.hpp"
#include "engine/env.hpp"
#include "engine/participant.hpp"
#include "engine/shared.hpp"

namespace reactor::engine {

// How often the watching sleeper looks for work that nobody was woken for. A run that begins after
// the watch is over wakes it, once.
inline constexpr std::uint64_t k_watch_tick_ns = 1'000'000;

template <class Env>
class Worker {
 public:
  Worker(Shared<Env>& shared, std::uint32_t self) : shared_(shared), self_(self) {}

  // Until Shared::stop(). Only a forced unwind out of a task leaves otherwise.
  void loop() {
    shared_.idle.begin_search();
    while (!shared_.is_stopping()) {
      if (!seek()) sleep();
    }
    shared_.idle.end_search();
  }

  Counters<Env> const& counters() const noexcept { return counters_; }

 private:
  // Polls for spin_ns. True when it has helped somebody.
  bool seek() {
    std::uint64_t spin_until_ns = 0;
    for (std::uint32_t turn = 0; !shared_.is_stopping(); ++turn) {
      auto* const entry = entry_wanting_me();
      if (entry != nullptr && sighting_.is_old(*entry->value)) {
        helped_last_ = entry;
        if (enter(*entry->value)) return true;
      }
      Env::relax();
      if (turn % Env::k_turns_per_look != 0) continue;
      std::uint64_t const now_ns = Env::now_ns();
      if (spin_until_ns == 0) spin_until_ns = now_ns + shared_.spin_ns;
      if (now_ns >= spin_until_ns) return false;
    }
    return false;
  }

  // A run that is over sooner than help could pay is better left alone: a searcher joins a run only
  // when it has seen it want help for some turns.
  struct Sighting {
    bool is_old(Batch<Env> const& seen) noexcept {
      std::uint64_t const seen_epoch = seen.epoch_approx();
      if (&seen != batch || seen_epoch != epoch) *this = {&seen, seen_epoch, 0};
      return turns++ >= Env::k_turns_before_joining;
    }
    Batch<Env> const* batch = nullptr;
    std::uint64_t epoch = 0;
    std::uint32_t turns = 0;
  };

  // Each batch in its turn: one whose caller waits must not starve behind others that never end.
  auto* entry_wanting_me() const noexcept {
    return shared_.slab.find_next(helped_last_,
                                  [this](Batch<Env> const& batch) { return batch.wants(self_); });
  }

  // Holds the place inside the batch, also while the thread is being unwound.
  struct Stay {
    explicit Stay(Batch<Env>& entered) : batch(entered), epoch(entered.try_enter()) {}
    Stay(Stay const&) = delete;
    Stay& operator=(Stay const&) = delete;
    ~Stay() {
      if (epoch != 0) batch.leave();
    }
    Batch<Env>& batch;
    std::uint64_t const epoch;
  };

  bool enter(Batch<Env>& batch) {
    Stay const stay(batch);
    // The batch may be another run's by now, one in which a caller takes this worker's place.
    if (stay.epoch == 0 || batch.benched() == self_) return false;
    Range range;
    bool stolen = false;
    if (!batch.take(self_, stay.epoch, range, stolen)) return false;
    shared_.idle.end_search();
    call_for_others(true);
    {
      Participant<Env> participant(shared_, batch, stay.epoch, self_, counters_, Env::now_ns());
      participant.work(range, stolen);
    }
    REACTOR_ASSERT(
        !shared_.is_forked(),
        "a task forked on a worker's thread, and its child came back into the worker: "
        "there is no Reactor in this process; a child forked in a task must exec or _exit");
    shared_.idle.begin_search();
    return true;
  }

  void sleep() {
    shared_.idle.announce(self_);
    if (must_stay_up()) return shared_.idle.withdraw(self_);
    call_for_others(true);
    counters_.parks.add(1);
    if (shared_.idle.begin_watch() && watch()) return;
    shared_.idle.sleep(self_, k_forever_ns);
  }

  bool must_stay_up() const noexcept {
    return entry_wanting_me() != nullptr || shared_.is_stopping();
  }

  // Who stops searching or watching takes over what others left to it: there may be more work than
  // it found, or work that it may not do because its CPU is the caller's. Patient: if a sleeper
  // keeps watch, that will do for what is not worth a wake.
  void call_for_others(bool patient) noexcept {
    auto const look = shared_.idle.look();
    if (look.asleep == 0 || look.searching != 0) return;
    shared_.slab.find_if([&](Batch<Env> const& batch) {
      if (!batch.wants_anybody()) return false;
      std::uint64_t const left = patient ? batch.remaining() : Shared<Env>::k_at_any_cost;
      return shared_.call_for_help(batch, self_, left, counters_.wakes);
    });
  }

  // Announced, and alone in watching. True when it is searching again, false when the Reactor has
  // not been used for long and the watch is over.
  bool watch() {
    std::uint64_t last_use = use_approx();
    for (int quiet_ticks = 0; quiet_ticks < Env::k_watch_quiet_ticks; ++quiet_ticks) {
      if (shared_.idle.sleep(self_, k_watch_tick_ns)) {
        shared_.idle.end_watch();
        return true;
      }
      if (must_stay_up()) return end_watch_searching();
      call_for_others(false);
      std::uint64_t const use = use_approx();
      if (use != last_use) quiet_ticks = 0;
      last_use = use;
    }
    shared_.idle.end_watch();
    if (must_stay_up()) {
      shared_.idle.withdraw(self_);
      return true;
    }
    call_for_others(true);
    return false;
  }

  bool end_watch_searching() noexcept {
    shared_.idle.end_watch();
    shared_.idle.withdraw(self_);
    return true;
  }

  // Changes whenever a run begins or ends.
  std::uint64_t use_approx() const noexcept {
    std::uint64_t sum = 0;
    shared_.slab.find_if([&sum](Batch<Env> const& batch) {
      sum += batch.epoch_approx();
      return false;
    });
    return sum;
  }

  Shared<Env>& shared_;
  std::uint32_t const self_;

  // this thread only
  typename Shared<Env>::BatchSlab::Entry* helped_last_ = nullptr;
  Sighting sighting_;

  Counters<Env> counters_;
};

}  // namespace reactor::engine
