// SPDX-License-Identifier: BSD-3-Clause
// The engine over a queue that keeps only what it promised: each element comes out at most once, in
// any order, and a look may find nothing although something is there.
#include <gtest/gtest.h>

#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "engine/caller.hpp"
#include "engine/crew.hpp"
#include "tests/unit/counting_job.hpp"

namespace reactor::engine {
namespace {

constexpr unsigned k_seed = 20240229;

template <class T>
class LyingQueue {
 public:
  class Producer {
   public:
    explicit Producer(LyingQueue&) : state_(std::make_unique<State>()) {}

    bool push(T const& element) {
      std::lock_guard const lock(state_->mutex);
      if (state_->elements.size() == 4) return false;
      state_->elements.push_back(element);
      return true;
    }

    bool pop(T& element) {
      std::lock_guard const lock(state_->mutex);
      auto& elements = state_->elements;
      if (elements.empty() || state_->random() % 2 == 0) return false;
      std::swap(elements[state_->random() % elements.size()], elements.back());
      element = elements.back();
      elements.pop_back();
      return true;
    }

   private:
    struct State {
      std::mutex mutex;
      std::vector<T> elements;
      std::mt19937 random{k_seed};
    };
    std::unique_ptr<State> state_;
  };
};

struct LyingEnv : NativeEnv {
  template <class T>
  using queue = LyingQueue<T>;
};

void run_often(bool caller_helps, std::uint64_t spin_ns) {
  constexpr std::uint32_t k_thieves = 3;
  Crew<LyingEnv> crew(k_thieves, spin_ns, "lying", {});
  auto const run_some = [&] {
    for (std::uint64_t const size : {2u, 3u, 5u, 64u, 1'000u}) {
      for (int round = 0; round < 40; ++round) {
        CountingJob<LyingEnv> counting(size);
        counting.in_task = [](std::uint64_t i) {
          if (i % 16 == 0) std::this_thread::yield();
        };
        Caller<LyingEnv> caller(crew.shared(), k_thieves, 0, caller_helps);
        RunCounts const counts = caller.run(counting.job(), LyingEnv::now_ns());
        ASSERT_EQ(counts.remaining, 0u);
        ASSERT_TRUE(counting.every_task_was_run_once()) << "seed " << k_seed;
      }
    }
  };
  std::thread other(run_some);
  run_some();
  other.join();
}

TEST(LyingQueue, a_caller_that_helps_gets_every_task_run_once) {
  run_often(true, 0);
  run_often(true, 20'000);
}

TEST(LyingQueue, a_caller_that_waits_gets_every_task_run_once) {
  run_often(false, 0);
  run_often(false, 20'000);
}

}  // namespace
}  // namespace reactor::engine
