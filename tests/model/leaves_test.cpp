// SPDX-License-Identifier: BSD-3-Clause
// The parts that are algorithms by themselves: slots, failure map, slab, solo runs, idle, bench.
#include <gtest/gtest.h>

#include <memory>

#include "engine/bench.hpp"
#include "engine/failure_map.hpp"
#include "engine/idle.hpp"
#include "engine/install.hpp"
#include "engine/parker.hpp"
#include "engine/slab.hpp"
#include "engine/solo_runs.hpp"
#include "reactor/detail/shared_count.hpp"
#include "tests/model/env.hpp"
#include "tests/model/explore.hpp"

namespace reactor::model {
namespace {

// Protocol B's batches: an entry has one owner at a time, who sees what the one before left.
TEST(Slab, gives_each_entry_to_one_owner) {
  explore("slab: acquire and release", {{3, 2, 0}, 25'543, 500'000}, [] {
    engine::Slab<Env, Var<int>> slab;
    auto const make = [](std::uint32_t) { return std::make_unique<Var<int>>(0); };
    auto const use = [&] {
      auto* const entry = slab.acquire(make);
      entry->value->set(entry->value->get() + 1);
      slab.release(entry);
    };
    auto const walk = [&] {
      use();
      slab.find_if([](Var<int>&) { return false; });
      use();
    };
    Env::thread first("first", walk);
    Env::thread second("second", walk);
    first.join();
    second.join();
    int uses = 0;
    slab.find_if([&](Var<int>& value) {
      uses += value.get();
      return false;
    });
    require(uses == 4, "a use was lost");
    require(slab.was_all_free(), "an entry was not given back");
  });
}

// Each in its turn, whoever wants help for ever.
TEST(Slab, finds_the_next_one) {
  explore("slab: in turn", {{0, 0, 0}, 1, 0}, [] {
    engine::Slab<Env, Var<int>> slab;
    auto const make = [](std::uint32_t) { return std::make_unique<Var<int>>(0); };
    auto* const first = slab.acquire(make);
    auto* const second = slab.acquire(make);
    auto const any = [](Var<int>&) { return true; };
    require(slab.find_next(first, any) == second, "the same again");
    require(slab.find_next(second, any) == first, "the same again");
  });
}

// However deep runs are nested, and until the outermost caller sleeps.
TEST(Bench, is_the_outermost_callers) {
  explore("bench: nested", {{0, 0, 0}, 1, 0}, [] {
    engine::Parker<Env> callers[4];
    engine::Bench<Env> outer(callers[0]);
    engine::Bench<Env> inner(callers[1]);
    engine::Bench<Env> third(callers[2]);
    engine::Bench<Env> innermost(callers[3]);
    outer.open(5, nullptr);
    inner.open(6, &outer);
    third.open(6, &inner);
    innermost.open(7, &third);
    require(inner.worker() == 5 && innermost.worker() == 5, "not the outermost caller's");
    callers[1].announce();
    callers[2].announce();
    require(innermost.worker() == 5, "another's sleep counts");
    callers[0].announce();
    require(outer.worker() == 5, "a run's own caller lets go of its place");
    require(outer.nested_worker() == engine::k_nobody, "kept though the caller sleeps");
    require(inner.worker() == engine::k_nobody, "kept though the caller sleeps");
    innermost.open(7, nullptr);
    require(innermost.worker() == 7, "nested in what is over");
  });
}

// Who finds all entries free may free what their owners used.
TEST(Slab, all_free_means_that_the_owners_are_done) {
  explore("slab: all free", {{3, 2, 0}, 15, 0}, [] {
    Var<int> used_by_owner;
    engine::Slab<Env, Var<int>> slab;
    auto const make = [](std::uint32_t) { return std::make_unique<Var<int>>(0); };
    auto* const entry = slab.acquire(make);
    Env::thread owner("owner", [&] {
      used_by_owner.set(1);
      slab.release(entry);
    });
    while (!slab.was_all_free()) Env::relax();
    used_by_owner.set(2);
    owner.join();
  });
}

struct ModelFailure {
  explicit ModelFailure(int of = 1) : cause(of) {}
  Var<int> cause;
};

// Protocol F: what is found is complete, nothing is lost when two install the same node.
TEST(Failures, two_at_once_and_a_reader) {
  explore("failures: two at once and a reader", {{3, 2, 0}, 35'419, 500'000}, [] {
    engine::FailureMap<Env, ModelFailure> map;
    map.reset(128);
    auto const record = [&](std::uint64_t i) { map.emplace(i); };
    Env::thread first("first", [&] { record(1); });
    Env::thread second("second", [&] { record(2); });
    if (ModelFailure const* const found = map.find(1)) {
      require(found->cause.get() == 1, "a failure without its cause");
    }
    first.join();
    second.join();
    require(map.find(1) != nullptr && map.find(2) != nullptr, "a failure was lost");
    require(map.find(3) == nullptr, "a failure from nowhere");
  });
}

// A page is made by one of two who need it, nothing goes where the other's is, and who reads what
// one has recorded knows the page that the other has made.
TEST(Failures, two_in_one_page) {
  explore("failures: two in one page", {{3, 2, 0}, 13'283, 500'000}, [] {
    engine::FailureMap<Env, ModelFailure> map;
    map.reset(64);
    map.emplace(0);
    auto const record = [&](int i) { map.emplace(static_cast<std::uint64_t>(i), i); };
    auto const has = [&](int i) {
      ModelFailure const* const found = map.find(static_cast<std::uint64_t>(i));
      require(found == nullptr || found->cause.get() == i, "a failure stands in another's place");
      return found != nullptr;
    };
    Env::thread first("first", [&] { record(2); });
    Env::thread second("second", [&] { record(3); });
    has(2);
    has(3);
    first.join();
    second.join();
    require(has(2) && has(3), "a failure was lost");
  });
}

// Who finds its share to be the only one may use the memory again: a task that was left behind has
// done its last with it. Who drops the last one frees it.
TEST(Slots, shared_with_a_task_that_was_left_behind) {
  explore("slots: is anybody left", {{3, 3, 0}, 11, 500'000}, [] {
    detail::SharedCount<Atomic<std::uint64_t>> shares;
    Var<int> value, frees;
    shares.add();
    auto const drop = [&] {
      if (!shares.drop()) return;
      value.get();
      frees.set(frees.get() + 1);
    };
    Env::thread left_behind("left_behind", [&] {
      value.set(1);
      drop();
    });
    bool const is_reused = shares.is_sole();
    if (is_reused) value.set(value.get() + 1);
    drop();
    left_behind.join();
    require(frees.get() == 1, "freed twice, or by nobody");
    require(value.get() == (is_reused ? 2 : 1), "used again while it was shared");
  });
}

// Protocol S: what a status says is there, is there; what is pending in a run that is over, was
// never begun.
TEST(Slots, read_during_the_run) {
  explore("slots: read during the run", {{3, 3, 0}, 12'657, 500'000}, [] {
    Atomic<std::uint8_t> done{0}, failed{0}, never{0};
    Atomic<bool> over{false};
    detail::RunMark run;
    run.advance();
    Var<int> value, summary;
    engine::FailureMap<Env, ModelFailure> failures;
    failures.reset(2);
    Env::thread runner("runner", [&] {
      value.set(1);
      detail::transition(done, run, Status::done);
      engine::publish_failure(failures, 1, failed, run, Status::failed);
      summary.set(1);
      detail::store_is_over(over);
    });
    Env::thread reader("reader", [&] {
      Status const status = detail::load_status(failed, run, over);
      if (status == Status::failed) {
        ModelFailure const* const failure = failures.find(1);
        require(failure != nullptr && failure->cause.get() == 1, "no failure behind its status");
      }
      require(status != Status::skipped, "a task that was begun reads skipped");
    });
    if (detail::load_status(done, run, over) == Status::done) {
      require(value.get() == 1, "no value behind its status");
    }
    if (detail::load_status(never, run, over) == Status::skipped) {
      require(summary.get() == 1, "no summary behind a skipped task");
    }
    runner.join();
    reader.join();
  });
}

// Made by the first who asks, complete for everybody.
TEST(Install, two_ask_at_once) {
  explore("install: two at once", {{3, 2, 0}, 280, 100'000}, [] {
    Atomic<ModelFailure*> link{nullptr};
    auto const ask = [&] {
      auto* const got = engine::get_or_install<ModelFailure>(
          link, [] { return std::make_unique<ModelFailure>(); });
      require(got->cause.get() == 1, "installed, but not complete");
    };
    Env::thread first("first", ask);
    Env::thread second("second", ask);
    first.join();
    second.join();
    delete link.load(std::memory_order_relaxed);
  });
}

// Protocol I: a batch that is new when a worker falls asleep is seen by its last look, or its maker
// sees the worker asleep.
TEST(Idle, a_new_batch_is_not_slept_through) {
  explore("idle: a new batch", {{3, 3, 0}, 55, 100'000}, [] {
    engine::Idle<Env> idle(1);
    engine::Slab<Env, Atomic<int>> slab;
    idle.begin_search();
    bool sleeper_saw = false;
    bool maker_saw = false;
    Env::thread sleeper("sleeper", [&] {
      idle.announce(0);
      sleeper_saw = slab.find_if([](Atomic<int>& queued) {
        return queued.load(std::memory_order_seq_cst) != 0;
      }) != nullptr;
    });
    auto* const entry =
        slab.acquire([](std::uint32_t) { return std::make_unique<Atomic<int>>(0); });
    entry->value->fetch_add(1, std::memory_order_seq_cst);
    maker_saw = idle.look().asleep != 0;
    sleeper.join();
    require(sleeper_saw || maker_saw, "work and sleeper missed each other");
  });
}

TEST(Solo, its_end_is_its_last_touch) {
  explore("solo: ends", {{3, 2, 0}, 72, 0}, [] {
    Var<int> used_by_run;
    engine::SoloRuns<Env> runs;
    runs.begin();
    Env::thread other("other", [&] {
      used_by_run.set(1);
      runs.end(2, 1);
    });
    while (!runs.was_all_over()) Env::relax();
    used_by_run.set(2);
    require(runs.tasks_approx() == 2 && runs.errors_approx() == 1, "not counted");
    other.join();
  });
}

}  // namespace
}  // namespace reactor::model
