// SPDX-License-Identifier: BSD-3-Clause
// The system refuses to bind threads to CPUs, or to tell which CPUs they may use.
#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reactor/reactor.hpp"
#include "tests/faults/aftermath.hpp"
#include "tests/faults/inject.hpp"
#include "tests/faults/sweep.hpp"

using reactor::Options;
using reactor::OptionsError;
using reactor::Reactor;

namespace faults {
namespace {

constexpr std::size_t k_workers = 4;

// With one refusal, and with refusals from one on.
class AffinityFaults : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  ~AffinityFaults() override { before_.expect_nothing_left(); }

  template <class Scenario>
  void sweep_refusals(std::string const& name, Point point, int error, std::uint64_t at_least,
                      Scenario const& scenario) const {
    sweep((GetParam() == 1 ? "one refusal, " : "refusals from there on, ") + name + ", errno " +
              std::to_string(error),
          {.point = point, .error = error, .count = GetParam()}, at_least, scenario);
  }

  Before const before_;
};

TEST_P(AffinityFaults, LeaveAWorkerUnpinnedWhenItsCpuWasChosenForIt) {
  for (int const error : {EINVAL, EPERM}) {
    sweep_refusals("CPUs chosen", Point::set_affinity, error, k_workers, [](Plan const& plan) {
      Armed armed(plan);
      Reactor reactor({.parallelism = k_workers});
      std::uint64_t const injected = armed.end();
      EXPECT_EQ(reactor.stats().workers, k_workers);
      EXPECT_EQ(reactor.stats().pinned, k_workers - injected);
      expect_works(reactor);
      return injected;
    });
  }
}

TEST_P(AffinityFaults, EndConstructionWhenTheCpuWasGiven) {
  int const cpu = usable_cpus().back();
  for (int const error : {EINVAL, EPERM}) {
    sweep_refusals("CPUs given", Point::set_affinity, error, k_workers, [&](Plan const& plan) {
      std::string refusal;
      std::atomic<int> up{0};
      Options const options{.parallelism = k_workers,
                            .cpus = {cpu},
                            .on_worker_start = [&](std::size_t) { ++up; },
                            .on_worker_exit = [&](std::size_t) { --up; }};
      std::optional<Reactor> reactor;
      Armed armed(plan);
      try {
        reactor.emplace(options);
      } catch (OptionsError const& error_thrown) {
        refusal = error_thrown.what();
      }
      std::uint64_t const injected = armed.end();
      if (injected != 0) {
        EXPECT_NE(refusal.find("Options::cpus[0] = " + std::to_string(cpu)), std::string::npos)
            << refusal;
        EXPECT_EQ(up, 0) << "each worker that was started has ended, and no other";
        before_.expect_nothing_left();
      } else {
        EXPECT_EQ(refusal, "");
        EXPECT_EQ(reactor->stats().pinned, k_workers);
      }
      return injected;
    });
  }
}

// In the place of threads that tasks have ended.
TEST_P(AffinityFaults, LeaveALaterThreadUnpinnedInAnyCase) {
  int const cpu = usable_cpus().back();
  for (std::vector<int> const& cpus : {std::vector<int>{}, std::vector<int>{cpu}}) {
    sweep_refusals("replacement", Point::set_affinity, EPERM, k_workers, [&](Plan const& plan) {
      Reactor reactor({.parallelism = k_workers, .caller_participates = false, .cpus = cpus});
      Rendezvous all_in_flight(k_workers);
      auto const end_thread = [&](std::size_t) {
        EXPECT_TRUE(all_in_flight.arrive_and_wait());
        pthread_exit(nullptr);
      };
      Armed armed(plan);
      auto const results = reactor.run(k_workers, end_thread, {.stop_on_error = false});
      EXPECT_TRUE(eventually([&] { return armed.seen() == k_workers; }));
      std::uint64_t const injected = armed.end();
      EXPECT_EQ(results.summary().failed, k_workers);
      EXPECT_EQ(reactor.stats().workers, k_workers);
      EXPECT_TRUE(eventually([&] { return reactor.stats().pinned == k_workers - injected; }))
          << reactor.stats().pinned;
      expect_works(reactor);
      return injected;
    });
  }
}

// A loan of a CPU that is refused is none, and one that cannot be given back is kept for another
// run.
TEST_P(AffinityFaults, InMovingAThreadChangeNothingButWhere) {
  std::vector<int> const usable = usable_cpus();
  // All workers but one want one CPU, and who waits for them is on another, if there is one.
  std::vector<int> cpus(k_workers, usable.back());
  cpus.back() = usable.front();
  Reactor reactor({.parallelism = k_workers, .caller_participates = false, .cpus = cpus});
  Armed armed({.point = Point::move_thread, .error = EPERM, .count = GetParam()});
  EXPECT_TRUE(eventually([&] {
    auto const results = reactor.run(2'000, [](std::size_t i) {
      std::size_t volatile made = i;
      for (int step = 0; step < 10'000; ++step) made = made + 1;
      return std::size_t{made};
    });
    for (auto const outcome : results) EXPECT_EQ(*outcome, outcome.index() + 10'000);
    return armed.seen() >= 4 || usable.size() == 1;
  }));
  armed.end();
  EXPECT_EQ(reactor.stats().pinned, k_workers);
  expect_works(reactor);
}

// Then the CPUs are those of the machine, and a worker that gets one that is forbidden is refused
// it, as above.
TEST_P(AffinityFaults, InAskingForTheMaskStillMakeAReactor) {
  for (int const error : {EINVAL, EFAULT}) {
    sweep_refusals("asking for the mask", Point::get_affinity, error, 1, [](Plan const& plan) {
      Armed armed(plan);
      Reactor reactor;
      std::uint64_t const injected = armed.end();
      EXPECT_GE(reactor.parallelism(), 1u);
      EXPECT_EQ(reactor.options().cpus.size(), reactor.parallelism());
      expect_works(reactor);
      return injected;
    });
  }
}

INSTANTIATE_TEST_SUITE_P(Count, AffinityFaults, ::testing::Values(1, k_from_then_on));

}  // namespace
}  // namespace faults
