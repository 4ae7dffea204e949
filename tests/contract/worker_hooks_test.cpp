// SPDX-License-Identifier: BSD-3-Clause
// What users see of the workers' threads: hooks and names.
#include <gtest/gtest.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>

#include "machine.hpp"
#include "reactor/reactor.hpp"
#include "rendezvous.hpp"

using reactor::Options;
using reactor::Reactor;
using reactor::TaskContext;

namespace {

// Which threads called a hook, by the number it got.
class Calls {
 public:
  void add(std::size_t worker) {
    std::lock_guard const lock(mutex_);
    calls_.emplace(worker, gettid());
  }
  std::multimap<std::size_t, pid_t> all() const {
    std::lock_guard const lock(mutex_);
    return calls_;
  }

 private:
  mutable std::mutex mutex_;
  std::multimap<std::size_t, pid_t> calls_;
};

TEST(WorkerHooks, AreCalledOnceOnEachWorkersThread) {
  Calls started;
  Calls exited;
  std::multimap<std::size_t, pid_t> expected;
  {
    Reactor reactor(Options{.parallelism = 4,
                            .name = "hooked",
                            .on_worker_start = [&](std::size_t worker) { started.add(worker); },
                            .on_worker_exit = [&](std::size_t worker) { exited.add(worker); }});
    for (auto const& worker : workers_of("hooked")) expected.insert(worker);
    EXPECT_EQ(started.all(), expected);
    reactor.run(1000, [](std::size_t) {});
    EXPECT_EQ(started.all(), expected);
    EXPECT_TRUE(exited.all().empty());
  }
  EXPECT_EQ(expected.size(), 4u);
  EXPECT_EQ(exited.all(), expected);
}

TEST(WorkerHooks, StartComesBeforeTheFirstTask) {
  thread_local bool is_started = false;
  Reactor reactor(Options{.parallelism = 4,
                          .caller_participates = false,
                          .on_worker_start = [](std::size_t) { is_started = true; }});
  auto const results = reactor.run(1000, [](std::size_t) { return is_started; });
  for (auto const outcome : results) ASSERT_TRUE(*outcome);
}

TEST(WorkerHooks, ExceptionFromStartComesOutOfTheConstructor) {
  for (std::size_t failing = 0; failing < 4; ++failing) {
    auto const start = [failing](std::size_t worker) {
      if (worker == failing) throw std::out_of_range("no such worker");
    };
    EXPECT_THROW(Reactor(Options{.parallelism = 4, .name = "failing", .on_worker_start = start}),
                 std::out_of_range);
    EXPECT_TRUE(eventually([] { return workers_of("failing").empty(); }));
  }
}

TEST(WorkerHooks, AReplacementWhoseStartThrowsIsALostWorker) {
  std::atomic<int> starts{0};
  Reactor reactor(
      Options{.parallelism = 1, .caller_participates = false, .on_worker_start = [&](std::size_t) {
                if (++starts == 2) throw std::out_of_range("no second one");
              }});
  auto const ended =
      reactor.run(1, [](std::size_t) { pthread_exit(nullptr); }, {.stop_on_error = false});
  EXPECT_EQ(ended[0].status(), reactor::Status::failed);
  auto const later = reactor.run(3, [](std::size_t i) { return i; });
  EXPECT_EQ(later.summary().done, 3u);
  EXPECT_EQ(reactor.stats().workers, 0u);
  EXPECT_EQ(reactor.stats().pinned, 0u);
}

TEST(WorkerNames, AreTheReactorsAndTheWorkersNumber) {
  Reactor const reactor(Options{.parallelism = 12, .name = "name"});
  auto const workers = workers_of("name");
  ASSERT_EQ(workers.size(), 12u);
  for (auto const& [number, thread] : workers) EXPECT_LT(number, 12u);
}

TEST(WorkerNames, AreReactorByDefault) {
  Reactor const reactor(Options{.parallelism = 2});
  EXPECT_EQ(workers_of("reactor").size(), 2u);
}

TEST(WorkerNames, AreCutButForTheNumber) {
  Reactor const reactor(Options{.parallelism = 11, .name = "longer-than-the-system-allows"});
  EXPECT_EQ(workers_of("longer-than-t").size(), 10u);  // 0 to 9
  EXPECT_EQ(workers_of("longer-than-").count(10), 1u);
}

TEST(WorkerNames, MayHoldASlashOrBeEmpty) {
  Reactor const with_slash(Options{.parallelism = 2, .name = "a/b"});
  EXPECT_EQ(workers_of("a/b").size(), 2u);
  Reactor const empty(Options{.parallelism = 2, .name = ""});
  EXPECT_EQ(workers_of("").size(), 2u);
}

}  // namespace
