// SPDX-License-Identifier: BSD-3-Clause
// The thread in run(): it opens a batch, helps, waits for what it cannot do itself, closes, and
// makes sure that nothing of the run executes any more. Protocol B in README.md.
#pragma once

#include <cstdint>
#include <string>

#include "engine/batch.hpp"
#include "engine/env.hpp"
#include "engine/participant.hpp"
#include "engine/run_counts.hpp"
#include "engine/shared.hpp"
#include "reactor/error.hpp"

namespace reactor::engine {

template <class Env>
class Caller {
 public:
  using Job = typename Batch<Env>::Job;

  // `self` is the worker that this thread is, or shared.workers. `benched` is the worker whose
  // place it takes while it helps, so that no more than `workers` threads are ever inside.
  Caller(Shared<Env>& shared, std::uint32_t self, std::uint32_t benched, bool helps)
      : shared_(shared), self_(self), benched_(helps ? benched : k_nobody), helps_(helps) {}

  // Blocks until the run is over. Allocates only when more batches are open than ever before.
  // Throws before any task was begun: std::bad_alloc then, or Error when that are too many.
  // What `attach` returns for the batch that is used may call Batch::stop as long as it lives.
  template <class Attach>
  RunCounts run(Job const& job, std::uint64_t start_ns, Attach const& attach) {
    auto* const entry = shared_.acquire_batch();
    if (entry == nullptr) {
      if (!helps_ || job.is_controlled) {
        throw Error("run: " + std::to_string(Shared<Env>::BatchSlab::k_entries_max) +
                    " runs are in flight on this Reactor; allowed are no more, unless callers "
                    "participate and set neither a deadline nor a stop token");
      }
      return run_alone(job);
    }
    Stay stay(*this, *entry);
    return stay.run(job, start_ns, attach);
  }
  RunCounts run(Job const& job, std::uint64_t start_ns) {
    return run(job, start_ns, [](Batch<Env>&) { return nullptr; });
  }

  // On this thread and no other: nothing is shared, nobody is told.
  RunCounts run_alone(Job const& job) {
    ErrorLatch<Env> latch;
    typename Batch<Env>::Frame frame;
    frame.latch = &latch.state();
    frame.slots = job.slots;
    frame.stop_on_error = job.stop_on_error;
    frame.worker = self_;
    Solo const solo(shared_.solo_runs, frame);
    job.execute(job.context, 0, job.total, frame);
    return {job.total - frame.reached, frame.failed, 0, latch.winner(), shared_.is_forked()};
  }

 private:
  // A run on one thread, counted also when the thread is being unwound.
  struct Solo {
    Solo(SoloRuns<Env>& all, typename Batch<Env>::Frame const& of) : runs(all), frame(of) {
      runs.begin();
    }
    Solo(Solo const&) = delete;
    Solo& operator=(Solo const&) = delete;
    ~Solo() { runs.end(frame.reached, frame.failed); }
    SoloRuns<Env>& runs;
    typename Batch<Env>::Frame const& frame;
  };

  // The use of one batch for one run. Its destructor also ends a run whose caller is being unwound
  // by pthread_exit or cancellation.
  class Stay {
   public:
    Stay(Caller& caller, typename Shared<Env>::BatchSlab::Entry& entry)
        : caller_(caller), shared_(caller.shared_), entry_(entry), batch_(*entry.value) {}
    Stay(Stay const&) = delete;
    Stay& operator=(Stay const&) = delete;

    ~Stay() {
      if (is_open_) {
        batch_.latch().trip(0);
        finish();
      }
      // In a forked child threads that no longer exist may still be counted inside: never reuse it.
      if (!shared_.is_forked()) shared_.slab.release(&entry_);
    }

    template <class Attach>
    RunCounts run(Job const& job, std::uint64_t start_ns, Attach const& attach) {
      batch_.counters().runs.add(1);
      std::uint64_t const epoch = batch_.open(job, caller_.self_, caller_.benched_, caller_.helps_);
      is_open_ = true;
      shared_.watch_over(batch_, job);
      [[maybe_unused]] auto const attached = attach(batch_);
      Range const whole{epoch, 0, job.total};
      if (caller_.helps_) {
        help(whole, start_ns);
      } else {
        delegate(whole);
      }
      finish();
      return {batch_.remaining(), batch_.failed(), batch_.timed_out(), batch_.latch().winner(),
              shared_.is_forked()};
    }

   private:
    // Runs what it can get, waits for what others have got.
    void help(Range range, std::uint64_t start_ns) {
      Participant<Env> participant(shared_, batch_, range.epoch, caller_.self_, batch_.counters(),
                                   &batch_.caller_seat());
      bool stolen = false;
      participant.work(range, stolen, start_ns);
      while (await_work(range, stolen)) participant.work(range, stolen, Env::now_ns());
    }

    // True with a range to run, false when the run is decided.
    bool await_work(Range& range, bool& stolen) {
      bool taken = false;
      auto const done = [&] {
        return is_decided() || (taken = batch_.take(caller_.self_, range.epoch, range, stolen));
      };
      // An empty look proves nothing: as long as something is counted as queued, look again.
      await(done, [&] { return !batch_.has_queued(); });
      return taken;
    }

    void delegate(Range const& whole) {
      // Nothing else is in the producer: stale ranges were dropped when the batch was opened.
      REACTOR_ASSERT(batch_.offer(caller_.self_, whole), "a fresh batch has no room for its tasks");
      shared_.call_for_help(batch_, caller_.self_, Shared<Env>::k_at_any_cost,
                            batch_.counters().wakes);
      auto const always = [] { return true; };
      await([&] { return is_decided() || shared_.is_deserted(); }, always);
      Range range{whole.epoch, 0, 0};
      bool stolen = false;
      if (await_work(range, stolen)) help(range, Env::now_ns());
    }

    bool is_decided() const noexcept { return batch_.was_decided() || shared_.is_forked(); }

    // From here on nobody begins a task of this run; wait for those that have begun one.
    void finish() noexcept {
      is_open_ = false;
      if (!batch_.close()) {
        await([&] { return batch_.was_quiescent() || shared_.is_forked(); }, [] { return true; });
      }
      batch_.forget_timeout();
    }

    // Polls for a while, then sleeps if it may. Whoever makes `done` true or `may_sleep` false
    // unparks the caller afterwards.
    template <class Done, class MaySleep>
    void await(Done const& done, MaySleep const& may_sleep) {
      std::uint64_t spin_until_ns = 0;
      for (std::uint32_t turn = 0;; ++turn) {
        if (done()) return;
        Env::relax();
        if (turn % Env::k_turns_per_look != 0) continue;
        std::uint64_t const now_ns = Env::now_ns();
        if (spin_until_ns == 0) spin_until_ns = now_ns + shared_.spin_ns;
        if (now_ns < spin_until_ns) continue;
        batch_.caller_parker().announce();
        bool const is_done = done();
        if (is_done || !may_sleep()) {
          batch_.caller_parker().withdraw();
          if (is_done) return;
          Env::yield();
          continue;
        }
        batch_.counters().parks.add(1);
        batch_.caller_parker().wait();
        spin_until_ns = 0;
      }
    }

    Caller& caller_;
    Shared<Env>& shared_;
    typename Shared<Env>::BatchSlab::Entry& entry_;
    Batch<Env>& batch_;
    bool is_open_ = false;
  };

  Shared<Env>& shared_;
  std::uint32_t const self_;
  std::uint32_t const benched_;
  bool const helps_;
};

}  // namespace reactor::engine
