// SPDX-License-Identifier: BSD-3-Clause
// A run of many tasks in a task is that task's run's help: it has the same places.
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <reactor/reactor.hpp>
#include <set>
#include <thread>

#include "busy.hpp"
#include "rendezvous.hpp"

namespace reactor {
namespace {

// A run of two tasks, one by the caller and one by a worker.
class NestedPlaces : public testing::Test {
 protected:
  template <class ByCaller, class ByWorker>
  void run(ByCaller const& by_caller, ByWorker const& by_worker) {
    auto const caller = std::this_thread::get_id();
    Rendezvous both(2);
    reactor_.run(2, [&](std::size_t) {
      EXPECT_TRUE(both.arrive_and_wait());
      std::this_thread::get_id() == caller ? by_caller() : by_worker();
    });
  }

  // That a run of many tasks has.
  std::size_t count_threads() {
    auto const seats = reactor_.run(64, [](std::size_t) {
      be_busy_for(std::chrono::microseconds(100));  // long enough for anybody to come and help
      return std::this_thread::get_id();
    });
    std::set<std::thread::id> threads;
    for (auto const outcome : seats) threads.insert(*outcome);
    return threads.size();
  }

  Reactor reactor_{{.parallelism = 2}};
};

TEST_F(NestedPlaces, AreNoMoreWhileTheOutermostCallerIsBusy) {
  for (int round = 0; round < 20; ++round) {
    Gate over;
    run([&] { EXPECT_TRUE(over.wait()); },
        [&] {
          EXPECT_EQ(count_threads(), 1u);
          over.open();
        });
  }
}

TEST_F(NestedPlaces, AreTheOutermostCallersWhenThatHasNothingToDo) {
  run([] {}, [&] { EXPECT_TRUE(eventually([&] { return count_threads() == 2; })); });
}

// Of no more tasks than workers each may wait for all others, whoever is busy elsewhere.
TEST_F(NestedPlaces, AreEnoughForTasksThatWaitForEachOther) {
  for (int round = 0; round < 20; ++round) {
    Gate over;
    run([&] { EXPECT_TRUE(over.wait()); },
        [&] {
          Rendezvous both(2);
          reactor_.run(2, [&](std::size_t) { EXPECT_TRUE(both.arrive_and_wait()); });
          over.open();
        });
  }
}

}  // namespace
}  // namespace reactor
