// SPDX-License-Identifier: BSD-3-Clause
// The thread that keeps deadlines and limits. There is none until the first run that has one.
// Protocols W and G in README.md.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/env.hpp"
#include "engine/pace.hpp"
#include "engine/participant.hpp"
#include "engine/seat.hpp"
#include "engine/shared.hpp"
#include "engine/worker.hpp"

namespace reactor::engine {

// Crew: has the threads. for_each_worker(f) calls f on the one of each worker,
// for_each_straggler(f) on those aside; put_aside(worker) has another thread take its place.
template <class Env, class Crew>
class Watchdog {
 public:
  Watchdog(Shared<Env>& shared, Crew& crew) noexcept : shared_(shared), crew_(crew) {}

  // Until Shared::stop(), and until no straggler is left.
  void loop() noexcept {
    while (!is_over()) {
      shared_.alarm.sleep([this] { return look(); });
    }
    shared_.queued_deadlines.look(0);  // all have begun
  }

 private:
  bool is_over() const noexcept {
    return shared_.is_stopping() && !shared_.is_stuck() && crew_.stragglers_approx() == 0;
  }

  // Does what is due, and tells when something is next. O(runs that were ever in flight at once,
  // and those with a deadline that are queued), and O(workers) while there is a limit to look
  // after.
  std::uint64_t look() noexcept {
    now_ns_ = Env::now_ns();
    next_ns_ = shared_.queued_deadlines.look(now_ns_);
    bool has_limits = false;
    shared_.slab.find_if([&](Batch<Env>& batch) {
      look_at(batch, has_limits);
      return false;
    });
    if (has_limits || shared_.is_stuck()) {
      crew_.for_each_worker([this](Worker<Env>& worker) {
        look_at(worker.seat(), [&](Batch<Env>& batch) { return replace(worker, batch); });
        if (worker.seat().was_given_up()) report(worker);  // and not replaced
      });
    }
    crew_.for_each_straggler([this](Worker<Env>& straggler) { report(straggler); });
    return is_over() ? 0 : next_ns_;
  }

  void look_again_at(std::uint64_t ns) noexcept { next_ns_ = std::min(next_ns_, ns); }

  void look_at(Batch<Env>& batch, bool& has_limits) noexcept {
    std::uint64_t const deadline_ns = batch.limits().deadline_ns_approx();
    if (deadline_ns <= now_ns_) {
      batch.stop_if_late(now_ns_);
    } else {
      look_again_at(deadline_ns);
    }
    std::uint64_t const timeout_ns = batch.limits().timeout_ns_approx();
    if (timeout_ns == k_forever_ns) return;
    has_limits = true;
    look_again_at(now_ns_ + look_period_ns(timeout_ns));
    look_at(batch.caller_seat(), [](Batch<Env>&) { return false; });
  }

  // A task counts from when it was seen first, so none is given up on early: that may be long after
  // the look began.
  // `replace`: what to do about its thread; true if that has been put aside.
  template <class Replace>
  void look_at(Seat<Env>& seat, Replace const& replace) noexcept {
    auto const seen = seat.look();
    if (!seen.is_running()) return;
    if (seen.turn() != seat.turn_seen) {
      seat.turn_seen = seen.turn();
      seat.since_ns = Env::now_ns();
    }
    std::uint64_t const timeout_ns = seat.timeout_ns.load(std::memory_order_relaxed);
    if (now_ns_ < seat.since_ns + timeout_ns) return look_again_at(seat.since_ns + timeout_ns);
    std::uint64_t const ran_ns = now_ns_ - seat.since_ns;
    if (!seat.give_up(seen)) {  // it has ended, or must not be taken just now
      return look_again_at(now_ns_ + look_period_ns(0));
    }
    // The thread waits for us from here on, should it come back.
    Batch<Env>& batch = seat.participant->batch();
    seat.was_reported = false;
    auto tell_run = seat.participant->abandon(ran_ns);
    bool const is_aside = replace(batch);
    // What users have registered may take its time: nobody but the straggler waits for it.
    if (tell_run) tell_run->request_stop();
    StopNotice<Env, typename Env::task_stop_source>::stop(seat.notice);
    seat.release(seen, is_aside);
  }

  // A caller is held by what it runs itself; a worker is not needed any more.
  bool replace(Worker<Env>& worker, Batch<Env>& batch) noexcept {
    shared_.in_flight.begin();  // its thread: what that begins still needs workers
    bool const is_aside = crew_.put_aside(worker.self());
    if (!is_aside) {
      shared_.add_stuck();
      batch.stop(ErrorLatch<Env>::k_no_thread);  // though this was its last task, and it closes
    }
    batch.leave();
    return is_aside;
  }

  static constexpr std::uint64_t k_reported_after = 10;  // times its limit

  void report(Worker<Env>& straggler) noexcept {
    Seat<Env>& seat = straggler.seat();
    if (seat.was_reported) return;
    std::uint64_t const timeout_ns = seat.timeout_ns.load(std::memory_order_relaxed);
    std::uint64_t const ran_ns = now_ns_ - seat.since_ns;
    if (ran_ns / k_reported_after < timeout_ns) {
      return look_again_at(seat.since_ns + k_reported_after * timeout_ns);
    }
    seat.was_reported = true;
    std::uint64_t const first = seat.first_index.load(std::memory_order_relaxed);
    crew_.report(straggler, first + seat.task(), ran_ns);
  }

  Shared<Env>& shared_;
  Crew& crew_;
  std::uint64_t now_ns_ = 0;
  std::uint64_t next_ns_ = 0;
};

}  // namespace reactor::engine
