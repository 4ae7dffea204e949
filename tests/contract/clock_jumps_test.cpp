// SPDX-License-Identifier: BSD-3-Clause
// Somebody sets the machine's clock a year ahead, or back, while threads wait: nobody here goes by
// that clock. A program of its own, because it replaces the system's functions. What the kernel
// believes stays as it is, so a wait until a time by this clock would be a year long, or none.
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <thread>

#include "reactor/reactor.hpp"

namespace {

constexpr long k_year_s = 365L * 24 * 3600;

std::atomic<long> shift_s{0};

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* now) noexcept {
  auto const result = static_cast<int>(syscall(SYS_clock_gettime, clock, now));
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) now->tv_sec += shift_s.load();
  return result;
}

int gettimeofday(timeval* now, void*) noexcept {
  timespec precise{};
  clock_gettime(CLOCK_REALTIME, &precise);
  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* result) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (result != nullptr) *result = now.tv_sec;
  return now.tv_sec;
}
}

namespace {

using reactor::Options;
using reactor::Reactor;

// A year ahead, a year back, and so on, as long as it lives.
class JumpingClock {
 public:
  JumpingClock() = default;
  JumpingClock(JumpingClock const&) = delete;
  JumpingClock& operator=(JumpingClock const&) = delete;
  ~JumpingClock() {
    is_over_ = true;
    thread_.join();
    shift_s = 0;
  }

 private:
  std::atomic<bool> is_over_{false};
  std::thread thread_{[this] {
    while (!is_over_) {
      for (long const shift : {k_year_s, -k_year_s}) {
        shift_s = shift;
        std::this_thread::yield();
      }
    }
  }};
};

TEST(ClockJumps, AreSeenByWhoAsksTheClock) {
  auto const before = std::chrono::system_clock::now();
  shift_s = k_year_s;
  EXPECT_GT(std::chrono::system_clock::now() - before, std::chrono::hours(24 * 364));
  shift_s = 0;
}

// Sleepers watch, fall asleep for good, and are woken: a caller that only waits needs them.
TEST(ClockJumps, DisturbNoRun) {
  JumpingClock const jumping;
  for (bool const helps : {true, false}) {
    Reactor reactor(Options{
        .parallelism = 3, .caller_participates = helps, .spin = std::chrono::nanoseconds(0)});
    for (int round = 0; round < 2000; ++round) {
      std::size_t const tasks = 1 + static_cast<std::size_t>(round) % 100;
      auto const results = reactor.run(tasks, [](std::size_t task) { return task; });
      ASSERT_EQ(results.summary().done, tasks);
      ASSERT_LT(results.summary().elapsed, std::chrono::hours(24));
      ASSERT_GE(results.summary().elapsed.count(), 0);
    }
  }
}

// Neither early nor a year late.
TEST(ClockJumps, ChangeNoDeadlineAndNoLimit) {
  JumpingClock const jumping;
  Reactor reactor(Options{.stop_on_error = false, .parallelism = 2});
  auto const wait_for_stop = [](std::size_t, reactor::TaskContext& context) {
    while (!context.stop_requested()) std::this_thread::yield();
  };
  for (int round = 0; round < 20; ++round) {
    auto const start = std::chrono::steady_clock::now();
    auto const soon = start + std::chrono::milliseconds(3);
    EXPECT_THROW(reactor.run(2, wait_for_stop, {.deadline = soon}), reactor::DeadlineExceeded);
    EXPECT_GE(std::chrono::steady_clock::now(), soon);
    auto const results =
        reactor.run(2, wait_for_stop, {.result_timeout = std::chrono::milliseconds(3)});
    EXPECT_EQ(results.summary().timed_out, 2u);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::hours(1));
  }
}

}  // namespace
