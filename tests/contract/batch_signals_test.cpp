// SPDX-License-Identifier: BSD-3-Clause
// Who wants to be told of a run in flight: as tasks end, when one fails, when all is over.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "detached.hpp"
#include "machine.hpp"
#include "reactor/reactor.hpp"
#include "rendezvous.hpp"

using namespace std::chrono_literals;
using reactor::Batch;
using reactor::Cancelled;
using reactor::Error;
using reactor::Options;
using reactor::Outcome;
using reactor::Reactor;
using reactor::RunOptions;
using reactor::Status;
using reactor::Summary;
using reactor::TaskContext;
using reactor::TaskError;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

namespace {

RunOptions const in_order{.completion_order = true};

TEST(AsCompleted, YieldsEachAsItEnds) {
  Reactor reactor(Options{.parallelism = 3});
  std::vector<Gate> gates(3);
  auto batch = reactor.submit(
      3,
      [&](std::size_t task) {
        gates[task].wait();
        return 10 * task;
      },
      in_order);
  std::vector<std::size_t> seen;
  gates[1].open();
  for (Outcome<std::size_t> const outcome : batch.as_completed()) {
    EXPECT_EQ(*outcome, 10 * outcome.index());
    seen.push_back(outcome.index());
    if (seen.size() == 1) gates[2].open();
    if (seen.size() == 2) gates[0].open();
  }
  EXPECT_THAT(seen, ElementsAre(1u, 2u, 0u));
  auto const results = batch.get();
  EXPECT_THAT(results.completion_order(), ElementsAre(1u, 2u, 0u));
}

TEST(AsCompleted, ManyTasksFailuresIncluded) {
  Reactor reactor(Options{.stop_on_error = false, .parallelism = 2});
  std::size_t const count = static_cast<std::size_t>(scaled(20'000, 2'000));
  auto batch = reactor.submit(
      count,
      [](std::size_t task) {
        if (task % 7 == 0) throw std::runtime_error("seventh");
        return task;
      },
      in_order);
  std::vector<int> seen(count);
  std::size_t failed = 0;
  for (auto const outcome : batch.as_completed()) {
    EXPECT_NE(outcome.status(), Status::pending);
    ++seen[outcome.index()];
    failed += outcome.has_error() ? 1 : 0;
  }
  EXPECT_THAT(seen, ::testing::Each(1));
  EXPECT_EQ(failed, (count + 6) / 7);
  std::size_t again = 0;
  for (auto const outcome : batch.as_completed()) again += outcome.index() < count ? 1 : 0;
  EXPECT_EQ(again, count);
}

TEST(AsCompleted, EndsWithARunThatIsStopped) {
  Reactor reactor(Options{.parallelism = 1});
  auto batch = reactor.submit(
      10,
      [](std::size_t task) {
        if (task == 2) throw std::runtime_error("third");
        return task;
      },
      in_order);
  std::vector<std::size_t> seen;
  for (auto const outcome : batch.as_completed()) seen.push_back(outcome.index());
  EXPECT_THAT(seen, ElementsAre(0u, 1u, 2u));
}

TEST(AsCompleted, InATaskOfTheOnlyWorker) {
  Reactor reactor(Options{.parallelism = 1});
  auto const seen = reactor
                        .submit(1,
                                [&](std::size_t) {
                                  auto inner = reactor.submit(
                                      5, [](std::size_t) {}, in_order);
                                  std::size_t count = 0;
                                  for (auto const outcome : inner.as_completed()) {
                                    count += outcome.has_value() ? 1 : 0;
                                  }
                                  return count;
                                })
                        .get();
  EXPECT_EQ(*seen[0], 5u);
}

TEST(AsCompleted, IsARange) {
  Reactor reactor(Options{.parallelism = 1});
  auto batch = reactor.submit(
      10, [](std::size_t task) { return 3 * task; }, in_order);
  auto ended = batch.as_completed();
  static_assert(std::ranges::input_range<decltype(ended)> && std::ranges::view<decltype(ended)>);
  auto const is_12 = [](Outcome<std::size_t> const& outcome) { return *outcome == 12; };
  auto const found = std::ranges::find_if(ended, is_12);
  ASSERT_NE(found, ended.end());
  EXPECT_EQ((*found).index(), 4u);
}

TEST(AsCompleted, NeedsTheOrder) {
  Reactor reactor(Options{.parallelism = 1});
  auto batch = reactor.submit(1, [](std::size_t) {});
  EXPECT_THAT([&] { static_cast<void>(batch.as_completed()); },
              ::testing::ThrowsMessage<Error>(HasSubstr("RunOptions::completion_order")));
}

TEST(OnComplete, IsCalledOnAWorkerWhenAllIsOver) {
  Gate gate;
  Gate told;
  std::atomic<int> ended{0};
  std::thread::id where;
  Reactor reactor(Options{.parallelism = 2});
  auto batch = reactor.submit(4, [&](std::size_t) {
    gate.wait();
    ++ended;
  });
  batch.on_complete([&, own = std::make_unique<int>(0)](Summary const& summary) {
    EXPECT_EQ(summary.done, 4u);
    EXPECT_EQ(ended, 4);
    where = std::this_thread::get_id();
    told.open();
  });
  gate.open();
  EXPECT_TRUE(told.wait());
  EXPECT_NE(where, std::this_thread::get_id());
  EXPECT_TRUE(batch.done());
}

TEST(OnComplete, IsCalledAtOnceWhenItIsDone) {
  Reactor reactor(Options{.parallelism = 1});
  auto batch = reactor.submit(2, [](std::size_t) {});
  batch.wait();
  int calls = 0;
  batch.on_complete([&](Summary const& summary) { calls += static_cast<int>(summary.done); });
  EXPECT_EQ(calls, 2);
}

TEST(OnComplete, AnyNumberOfThemAlsoForACancelledRun) {
  std::vector<int> order;
  {
    Reactor reactor(Options{.parallelism = 1});
    Gate gate;
    auto busy = reactor.submit(1, [&](std::size_t) { gate.wait(); });
    auto batch = reactor.submit(1, [](std::size_t) {});
    for (int i = 0; i < 5; ++i) {
      batch.on_complete([&order, i](Summary const& summary) {
        EXPECT_EQ(summary.skipped, 1u);
        order.push_back(i);
      });
    }
    batch.cancel();
    gate.open();
    busy.wait();
  }  // which waits for those who are to be told, too
  EXPECT_THAT(order, ElementsAre(0, 1, 2, 3, 4));
}

// What is queued does not come before it.
TEST(OnComplete, IsCalledBeforeTheNextRunBegins) {
  Gate gate;
  Gate told;
  Reactor reactor(Options{.parallelism = 1});
  auto first = reactor.submit(1, [&](std::size_t) { gate.wait(); });
  first.on_complete([&](Summary const&) { told.open(); });
  auto second = reactor.submit(1, [&](std::size_t) { EXPECT_TRUE(told.wait()); });
  gate.open();
  second.get();
}

TEST(OnComplete, MayDestroyTheBatchAndBeginTheNext) {
  Gate told;
  auto batch = std::make_unique<Batch<void>>();
  Batch<std::size_t> next;
  Gate gate;
  Reactor reactor(Options{.parallelism = 2});
  *batch = reactor.submit(2, [&](std::size_t) { gate.wait(); });
  batch->on_complete([&](Summary const&) {
    batch.reset();
    next = reactor.submit(3, [](std::size_t task) { return task; });
    EXPECT_EQ(reactor.run(2, [](std::size_t task) { return task; }).size(), 2u);
    told.open();
  });
  gate.open();
  EXPECT_TRUE(told.wait());
  EXPECT_EQ(next.get().size(), 3u);
}

// Which task it is that get() throws the error of.
std::size_t error_of(Batch<void>& batch) {
  try {
    batch.get();
  } catch (TaskError const& error) {
    return error.task_index();
  }
  return batch.size();
}

TEST(OnError, IsCalledAtOnceWhileOthersStillRun) {
  for (bool const stop_on_error : {true, false}) {
    Reactor reactor(Options{.stop_on_error = stop_on_error, .parallelism = 2});
    Gate gate;
    Gate told;
    std::string what;
    auto batch = reactor.submit(2, [&](std::size_t task) {
      if (task == 1) throw std::runtime_error("at once");
      gate.wait();
    });
    batch.on_error([&](Outcome<void> const& outcome) {
      what = outcome.error().what();
      told.open();
    });
    EXPECT_TRUE(told.wait());
    EXPECT_THAT(what, HasSubstr("at once"));
    EXPECT_FALSE(batch.done());
    gate.open();
    batch.wait();
  }
}

TEST(OnError, IsCalledOnceForTheFirst) {
  Reactor reactor(Options{.stop_on_error = false, .parallelism = 2});
  for (int i = 0; i < scaled(500, 50); ++i) {
    std::atomic<int> calls{0};
    auto batch = reactor.submit(8, [](std::size_t) { throw std::runtime_error("each"); });
    batch.on_error([&](Outcome<void> const& outcome) {
      EXPECT_TRUE(outcome.has_error());
      ++calls;
    });
    batch.wait();
    EXPECT_EQ(calls, 1);
  }
}

TEST(OnError, IsNotCalledWithoutOne) {
  Reactor reactor(Options{.parallelism = 2});
  auto batch = reactor.submit(8, [](std::size_t) {});
  int calls = 0;
  batch.on_error([&](Outcome<void> const&) { ++calls; });
  batch.get();
  EXPECT_EQ(calls, 0);
}

// Whom nobody will call any more is let go of.
TEST(OnError, IsForgottenWhenTheRunIsOver) {
  Reactor reactor(Options{.parallelism = 1});
  auto batch = std::make_shared<Batch<void>>(reactor.submit(2, [](std::size_t) {}));
  batch->on_error([batch](Outcome<void> const&) {});
  batch->wait();
  batch->on_error([batch](Outcome<void> const&) {});
  std::weak_ptr<Batch<void>> const gone = batch;
  batch.reset();
  EXPECT_TRUE(gone.expired());
}

TEST(OnError, OfATaskThatTookTooLong) {
  auto const gate = std::make_shared<Gate>();
  Gate told;
  Reactor reactor(Options{.parallelism = 1});
  auto batch = reactor.submit(1, [gate](std::size_t) { gate->wait(); }, {.result_timeout = 10ms});
  batch.on_error([&](Outcome<void> const& outcome) {
    EXPECT_EQ(outcome.status(), Status::timed_out);
    told.open();
  });
  EXPECT_TRUE(told.wait());
  gate->open();
  EXPECT_THROW(batch.get(), reactor::TaskTimeout);
}

// Tasks that see the stop and give up fail as well, before anybody has been told.
TEST(OnError, IsToldOfTheOneThatStoppedTheRun) {
  Reactor reactor(Options{.parallelism = 2});
  Gate is_listening;
  Rendezvous both(2);
  auto const has_booked_one = [&] { return reactor.stats().errors == 1; };
  auto const wait_for_the_other = [&] { EXPECT_TRUE(eventually(has_booked_one)); };
  std::optional<std::stop_callback<decltype(wait_for_the_other)>> before_the_end;
  auto fail = [&](std::size_t task, TaskContext& context) {
    if (task == 1) before_the_end.emplace(context.stop_token(), wait_for_the_other);
    is_listening.wait();
    both.arrive_and_wait();
    if (task == 1) throw std::runtime_error("the first");
    EXPECT_TRUE(eventually([&] { return context.stop_requested(); }));
    throw std::runtime_error("given up");
  };
  auto batch = reactor.submit(2, std::move(fail));
  std::size_t told = 2;
  batch.on_error([&](Outcome<void> const& outcome) { told = outcome.index(); });
  is_listening.open();
  EXPECT_EQ(error_of(batch), 1u);
  EXPECT_EQ(told, 1u);
}

// Another one fails while it is told of.
TEST(OnError, IsToldOfTheTimeoutThatStoppedTheRun) {
  Reactor reactor(Options{.parallelism = 2});
  auto const end = std::make_shared<Gate>();
  auto const is_told = std::make_shared<std::atomic<bool>>(false);
  auto hang_or_fail = [end, is_told](std::size_t task) {
    if (task == 0) {
      end->wait();
      return;
    }
    auto const until = std::chrono::steady_clock::now() + 100us;
    while (!*is_told && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    if (*is_told) throw std::runtime_error("while it is told");
  };
  auto batch = reactor.submit(200'000, std::move(hang_or_fail), {.result_timeout = 20ms});
  std::size_t told = 200'000;
  batch.on_error([&](Outcome<void> const& outcome) {
    told = outcome.index();
    *is_told = true;
    EXPECT_TRUE(eventually([&] { return reactor.stats().tasks != 0; }));  // the other has left
  });
  EXPECT_EQ(error_of(batch), told);
  EXPECT_EQ(told, 0u);
  end->open();
}

struct Seen {
  Gate end;
  std::size_t sum = 0;
  std::string error;
  std::thread::id where;
};

Detached add_up(Reactor& reactor, Seen& seen, Gate& gate) {
  auto const results = co_await reactor.submit(4, [&gate](std::size_t task) {
    gate.wait();
    return task;
  });
  for (auto const outcome : results) seen.sum += *outcome;
  seen.where = std::this_thread::get_id();
  try {
    co_await reactor.submit(1, [](std::size_t) { throw std::runtime_error("thrown inside"); });
  } catch (TaskError const& error) {
    seen.error = error.what();
  }
  seen.end.open();
}

TEST(CoAwait, GoesOnOnAWorkerWithValuesAndErrors) {
  Reactor reactor(Options{.parallelism = 2});
  Seen seen;
  Gate gate;
  add_up(reactor, seen, gate);
  EXPECT_EQ(seen.sum, 0u);
  gate.open();
  ASSERT_TRUE(seen.end.wait());
  EXPECT_EQ(seen.sum, 6u);
  EXPECT_NE(seen.where, std::this_thread::get_id());
  EXPECT_THAT(seen.error, HasSubstr("thrown inside"));
}

// What is to be done on the test's thread.
class Loop {
 public:
  void post(std::coroutine_handle<> coroutine) {
    std::lock_guard const lock(mutex_);
    ready_ = coroutine;
  }
  void run_one() {
    EXPECT_TRUE(eventually([&] {
      std::lock_guard const lock(mutex_);
      return ready_ != nullptr;
    }));
    ready_.resume();
  }

 private:
  std::mutex mutex_;
  std::coroutine_handle<> ready_;
};

Detached on_the_loop(Reactor& reactor, Loop& loop, Gate& gate, Seen& seen) {
  auto batch = reactor.submit(2, [&gate](std::size_t task) {
    gate.wait();
    return task;
  });
  auto const results = co_await batch.resume_on(
      [&loop](std::coroutine_handle<> coroutine) { loop.post(coroutine); });
  seen.sum = results.size();
  seen.where = std::this_thread::get_id();
}

Detached on_the_loop_when_done(Batch<void> batch, Loop& loop, Seen& seen) {
  co_await batch.resume_on([&loop](std::coroutine_handle<> coroutine) { loop.post(coroutine); });
  seen.sum = 1;
}

TEST(CoAwait, GoesOnWhereItIsToldAlsoWhenItIsDone) {
  Reactor reactor(Options{.parallelism = 1});
  auto batch = reactor.submit(2, [](std::size_t) {});
  batch.wait();
  Loop loop;
  Seen seen;
  on_the_loop_when_done(std::move(batch), loop, seen);
  EXPECT_EQ(seen.sum, 0u);
  loop.run_one();
  EXPECT_EQ(seen.sum, 1u);
}

TEST(CoAwait, GoesOnWhereItIsTold) {
  Loop loop;
  Gate gate;
  Seen seen;
  Reactor reactor(Options{.parallelism = 2});
  on_the_loop(reactor, loop, gate, seen);
  gate.open();
  loop.run_one();
  EXPECT_EQ(seen.sum, 2u);
  EXPECT_EQ(seen.where, std::this_thread::get_id());
}

}  // namespace
