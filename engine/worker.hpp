// SPDX-License-Identifier: BSD-3-Clause
// One pinned thread's life: look for a batch to help, help, sleep. Protocol I in README.md.
#pragma once

#include <cstdint>
#include <utility>

#include "engine/assert.hpp"
#include "engine/env.hpp"
#include "engine/in_flight_count.hpp"
#include "engine/inbox.hpp"
#include "engine/participant.hpp"
#include "engine/seat.hpp"
#include "engine/shared.hpp"
#include "engine/sight.hpp"

namespace reactor::engine {

template <class Env>
class Worker {
 public:
  Worker(Shared<Env>& shared, std::uint32_t self) : shared_(shared), self_(self) {}

  // Until Shared::stop(), or this thread has been put aside. Only a forced unwind out of a task
  // leaves otherwise.
  void loop() {
    typename Hand::EmptyAtTheEnd const at_the_end{hand_};
    shared_.idle.begin_search();
    while (!shared_.is_stopping()) {
      if (!seek()) sleep();
      if (!seat_.was_given_up()) continue;
      if (seat_.is_aside()) return;
      seat_.clear();  // there was no other thread: this one goes on
      shared_.cpu_loans[self_].leave();
      shared_.remove_stuck();
    }
    shared_.idle.end_search();
  }

  // The watchdog sees by it what this thread is doing.
  Seat<Env>& seat() noexcept { return seat_; }
  std::uint32_t self() const noexcept { return self_; }

  // The last that a thread that was put aside does.
  void say_that_it_ended() noexcept {
    // ORDER O59: Worker::has_ended's load; all that the thread did; before Alarm::expect's load
    ended_.store(true, std::memory_order_seq_cst);
    shared_.alarm.expect(0);
  }
  bool has_ended() const noexcept {
    // ORDER O60: Worker::say_that_it_ended's store; all that it did; after Alarm::sleep's store
    return ended_.load(std::memory_order_seq_cst);
  }

  Counters<Env> const& counters() const noexcept { return counters_; }

  // On its thread: the batch that it is inside, or null. Null, too, where it may be put aside, for
  // then it is inside no more, and another thread has its number.
  Batch<Env> const* batch() const noexcept { return batch_; }

 private:
  using Hand = typename InFlightCount<Env>::Hand;

  // Polls for spin_ns. True when it has helped somebody.
  bool seek() {
    std::uint64_t since_ns = 0;
    for (std::uint32_t turn = 0; !shared_.is_stopping(); ++turn) {
      // Who has just helped gives the inbox its turn, so neither starves the other.
      if (std::exchange(has_helped_, false) && begin_next()) return true;
      bool const is_in_sight = sight_.has_any();
      if (!is_in_sight || sight_.is_worth_joining()) {
        if (is_in_sight && help(sight_.batch())) return has_helped_ = true;
        if (is_in_sight) sight_.look_further();
        if (begin_next()) return true;
      }
      Env::relax();
      if (turn % Env::k_turns_per_look != 0) continue;
      std::uint64_t const now_ns = Env::ticks_ns();
      if (since_ns != 0) hand_.put_down();
      if (since_ns == 0) since_ns = now_ns;
      if (now_ns - since_ns >= shared_.spin_ns) return false;
    }
    return false;
  }

  // True when there was something in the inbox.
  bool begin_next() {
    // Asked first: to take the right to pop each turn would only keep searchers busy.
    InboxItem<Env>* item = shared_.has_submitted() ? next_submitted() : nullptr;
    if (item == nullptr) return false;
    end_search();
    // What is posted is short, as a rule: some of it in a row, and nobody is told in between.
    int items = 0;
    do {
      hand_.take();
    } while (begin(*item) && ++items < Env::k_items_a_turn && (item = next_submitted()) != nullptr);
    search_again();
    // Who posts one after the other would wait for the lines that are looked at here each time.
    for (int i = 0; item == nullptr && i < Env::k_relaxes_for_more; ++i) Env::relax();
    return true;
  }

  // What follows on ends comes first, but for one in so many: it may have a follower, too.
  InboxItem<Env>* next_submitted() noexcept {
    return shared_.next_submitted((hand_.taken() + 1) % Env::k_items_a_turn == 0);
  }

  // False when that was a run.
  bool begin(InboxItem<Env>& item) {
    auto const begun = item.begin(self_, counters_);
    if (begun.batch == nullptr) return true;
    Stay const stay(*this, *begun.batch, begun.epoch, false);
    work(*begun.batch, {begun.epoch, 0, begun.batch->job().total}, false);
    return false;
  }

  // True when it has run something. Whom the caller benches sees to it that another one helps.
  bool help(Batch<Env>& batch) {
    if (batch.benched() == self_) {
      shared_.call_for_help(batch, self_, batch.remaining(), counters_.wakes, 1);
      return false;
    }
    if (!enter(batch)) return false;
    search_again();  // on its own CPU
    return true;
  }

  // Holds the place inside the batch, also while the thread is being unwound.
  struct Stay {
    Stay(Worker& who, Batch<Env>& in, std::uint64_t entered, bool searching)
        : worker(who), batch(in), epoch(entered), is_searching(searching) {
      if (epoch == 0) return;
      worker.shared_.cpu_loans[worker.self_].enter(&batch);
      if (!batch.job().has_timeout()) worker.batch_ = &batch;
    }
    Stay(Stay const&) = delete;
    Stay& operator=(Stay const&) = delete;
    ~Stay() {
      worker.batch_ = nullptr;
      if (epoch == 0 || worker.seat_.was_given_up()) return;
      Keeper* const keeper = batch.leave_to_keeper();
      bool const pauses = keeper != nullptr && is_searching;
      if (pauses) worker.end_search();
      if (keeper != nullptr) keeper->quiescent();      // ends the run, with users' code
      worker.shared_.cpu_loans[worker.self_].leave();  // slowly, perhaps: nobody waits any more
      if (pauses) worker.search_again();
    }
    Worker& worker;
    Batch<Env>& batch;
    std::uint64_t const epoch;
    bool is_searching;
  };

  bool enter(Batch<Env>& batch) {
    std::uint64_t const since_ns = Env::ticks_ns();
    Stay stay(*this, batch, batch.try_enter(), true);
    // Of many who come at once each waits for the others; and who has slept is slow at first.
    bool const is_typical = is_warm_ && batch.inside_approx() <= 2;
    // The batch may be another run's by now, one in which a caller takes this worker's place.
    if (stay.epoch == 0 || batch.benched() == self_) return false;
    Range range;
    bool stolen = false;
    if (!batch.take(self_, stay.epoch, range, stolen)) return false;
    if (is_typical) shared_.help_cost.note(Env::ticks_ns() - since_ns);
    batch.uncount(range);  // before others are called: for what is in this hand none is needed
    end_search();
    stay.is_searching = false;
    work(batch, range, stolen);
    is_warm_ = true;
    return true;
  }

  void work(Batch<Env>& batch, Range range, bool stolen) {  // inside it
    Participant<Env> participant(shared_, batch, range.epoch, self_, counters_, &seat_);
    participant.work(range, stolen, Env::ticks_ns());
  }

  // Before it runs what is its users': nobody must count on its looks.
  void end_search() noexcept {
    shared_.idle.end_search();
    shared_.call_for_others(self_, true, counters_.wakes);
  }

  void search_again() noexcept {
    REACTOR_ASSERT(
        !shared_.is_forked(),
        "a task forked on a worker's thread, and its child came back into the worker: "
        "there is no Reactor in this process; a child forked in a task must exec or _exit");
    if (!seat_.is_aside()) shared_.idle.begin_search();
  }

  void sleep() {
    hand_.put_down();
    shared_.idle.announce(self_);
    if (must_stay_up()) return shared_.idle.withdraw(self_);
    shared_.call_for_others(self_, true, counters_.wakes);
    counters_.parks.add(1);
    is_warm_ = false;
    if (shared_.idle.begin_watch() && watch()) return;
    shared_.idle.sleep(self_, k_forever_ns);
  }

  bool must_stay_up() const noexcept {
    auto const wants_me = [this](Batch<Env> const& batch) {
      return batch.wants(self_) && !shared_.crowd.keeps_out_of(batch, shared_.idle);
    };
    return shared_.slab.find_if(wants_me) != nullptr || shared_.has_submitted() ||
           shared_.is_stopping();
  }

  // Announced, and alone in watching. True when it is searching again, false when the Reactor has
  // not been used for long and the watch is over: then it sleeps on, unless it has been woken.
  bool watch() {
    std::uint64_t last_use = shared_.use_approx();
    for (int quiet_ticks = 0; quiet_ticks < Env::k_watch_quiet_ticks; ++quiet_ticks) {
      if (shared_.idle.sleep(self_, k_watch_tick_ns)) {
        shared_.idle.end_watch();
        return true;
      }
      if (must_stay_up()) {
        shared_.idle.end_watch();
        shared_.idle.withdraw(self_);
        return true;
      }
      shared_.slab.find_if([this](Batch<Env>& b) { return shared_.crowd.note_look(b), false; });
      shared_.call_for_others(self_, false, counters_.wakes);
      std::uint64_t const before = std::exchange(last_use, shared_.use_approx());
      if (last_use != before) quiet_ticks = 0;
    }
    shared_.idle.end_watch();
    // Wakes this worker, too, if it is the one that can help: then it does not sleep.
    shared_.call_for_others(self_, true, counters_.wakes);
    return false;
  }

  Shared<Env>& shared_;
  std::uint32_t const self_;
  // this thread only
  Sight<Env> sight_{shared_};
  bool has_helped_ = false;
  bool is_warm_ = false;          // has helped since it slept
  Hand hand_{shared_.in_flight};  // has what is of the inbox
  Batch<Env> const* batch_ = nullptr;
  Counters<Env> counters_;
  // shared with the watchdog
  alignas(k_line_bytes) Seat<Env> seat_;
  typename Env::template atomic<bool> ended_{false};
};

}  // namespace reactor::engine
