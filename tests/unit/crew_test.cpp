// SPDX-License-Identifier: BSD-3-Clause
#include "engine/crew.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <set>
#include <stdexcept>
#include <system_error>

#include "engine/caller.hpp"
#include "tests/unit/counting_job.hpp"

namespace reactor::engine {
namespace {

// A machine that has only so many threads to give, ever.
struct ScarceEnv : NativeEnv {
  static inline std::atomic<int> left{0};
  static inline std::atomic<int> live{0};

  class thread : public NativeEnv::thread {
   public:
    thread() = default;
    thread(std::string const& name, std::function<void()> body)
        : NativeEnv::thread(name, [token = take(), body = std::move(body)] { body(); }) {}

   private:
    static std::shared_ptr<void> take() {
      if (left.fetch_sub(1) <= 0) {
        throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
      }
      ++live;
      return {nullptr, [](void*) { --live; }};
    }
  };
};

using ScarceCrew = Crew<ScarceEnv>;
constexpr std::uint32_t k_crew = 4;

TEST(Crew, construction_is_all_or_nothing) {
  for (int threads = 0; threads < static_cast<int>(k_crew); ++threads) {
    ScarceEnv::left = threads;
    EXPECT_THROW(ScarceCrew(k_crew, 0, "scarce", {}), std::system_error);
    EXPECT_EQ(ScarceEnv::live, 0) << "after " << threads;
  }
  ScarceEnv::left = k_crew;
  { ScarceCrew const crew(k_crew, 0, "scarce", {}); }
  EXPECT_EQ(ScarceEnv::live, 0);
}

TEST(Crew, an_error_in_a_start_hook_comes_out_of_the_constructor) {
  ScarceEnv::left = k_crew;
  auto const start = [](Worker<ScarceEnv> const& worker) {
    if (worker.self() == 2) throw std::runtime_error("no licence for worker 2");
  };
  EXPECT_THROW(ScarceCrew(k_crew, 0, "scarce", {start, {}}), std::runtime_error);
  EXPECT_EQ(ScarceEnv::live, 0);
}

TEST(Crew, hooks_are_called_once_on_each_workers_thread) {
  ScarceEnv::left = k_crew;
  std::atomic<std::uint32_t> started{0};
  std::atomic<std::uint32_t> exited{0};
  {
    ScarceCrew const crew(k_crew, 0, "scarce",
                          {[&](Worker<ScarceEnv> const& worker) { started += 1u << worker.self(); },
                           [&](std::uint32_t self) { exited += 1u << self; }});
    EXPECT_EQ(started, 0b1111u) << "the constructor waits for them";
    EXPECT_EQ(exited, 0u);
  }
  EXPECT_EQ(exited, 0b1111u);
}

// Every task ends the thread that runs it, unless that is the caller's.
RunCounts run_killing_workers(ScarceCrew& crew, CountingJob<ScarceEnv>& counting) {
  pthread_t const caller_thread = pthread_self();
  counting.in_task = [caller_thread](std::uint64_t) {
    if (!pthread_equal(pthread_self(), caller_thread)) pthread_exit(nullptr);
  };
  Caller<ScarceEnv> caller(crew.shared(), k_crew, k_nobody, false);
  return caller.run(counting.job(), ScarceEnv::now_ns());
}

TEST(Crew, a_worker_whose_thread_was_ended_lives_on_in_another) {
  ScarceEnv::left = 1'000'000;
  ScarceCrew crew(k_crew, 0, "scarce", {});
  for (int round = 0; round < 20; ++round) {
    CountingJob<ScarceEnv> counting(50);
    EXPECT_EQ(run_killing_workers(crew, counting).remaining, 0u);
    EXPECT_TRUE(counting.every_task_was_run_once());
  }
  EXPECT_FALSE(crew.shared().is_deserted());
  EXPECT_EQ(crew.shared().lost.load(), 0u);
}

TEST(Crew, a_caller_whose_last_worker_is_lost_takes_over) {
  for (int round = 0; round < 20; ++round) {
    ScarceEnv::left = static_cast<int>(k_crew) + round;
    ScarceCrew crew(k_crew, 0, "scarce", {});
    CountingJob<ScarceEnv> counting(100);
    EXPECT_EQ(run_killing_workers(crew, counting).remaining, 0u);
    EXPECT_TRUE(counting.every_task_was_run_once());
    EXPECT_TRUE(crew.shared().is_deserted());
    CountingJob<ScarceEnv> again(100);
    EXPECT_EQ(run_killing_workers(crew, again).remaining, 0u) << "and from the start next time";
  }
}

TEST(Crew, past_the_limit_of_batches_a_caller_that_helps_runs_alone) {
  ScarceEnv::left = k_crew;
  ScarceCrew crew(k_crew, 0, "scarce", {});
  std::vector<Shared<ScarceEnv>::BatchSlab::Entry*> taken;
  while (auto* const entry = crew.shared().acquire_batch()) taken.push_back(entry);
  CountingJob<ScarceEnv> counting(10);
  Caller<ScarceEnv> helping(crew.shared(), k_crew, 0, true);
  EXPECT_EQ(helping.run(counting.job(), ScarceEnv::now_ns()).remaining, 0u);
  EXPECT_TRUE(counting.every_task_was_run_once());
  Caller<ScarceEnv> waiting(crew.shared(), k_crew, 0, false);
  EXPECT_THROW(waiting.run(counting.job(), ScarceEnv::now_ns()), Error);
  for (auto* const entry : taken) crew.shared().slab.release(entry);
}

}  // namespace
}  // namespace reactor::engine
