// SPDX-License-Identifier: BSD-3-Clause
// What goes wrong while a process makes its first Reactor, and with it reads what the machine is
// like, must not stay wrong: each fault in a process of its own, which then makes another one.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/cpu_quota.hpp"
#include "engine/topology.hpp"
#include "reactor/reactor.hpp"
#include "tests/contract/leave.hpp"
#include "tests/faults/aftermath.hpp"
#include "tests/faults/inject.hpp"
#include "tests/faults/sweep.hpp"

using reactor::Reactor;

namespace faults {
namespace {

// Each scenario's expectations are checked in a child. How many faults there were in it.
std::uint64_t in_child(std::function<std::uint64_t()> const& scenario) {
  enum : int { k_hit, k_missed, k_failed };
  std::fflush(nullptr);
  pid_t const child = fork();
  if (child == 0) {
    std::uint64_t const injected = scenario();
    std::fflush(nullptr);
    leave(::testing::Test::HasFailure() ? k_failed : injected != 0 ? k_hit : k_missed);
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status)) << "ended by signal " << WTERMSIG(status);
  EXPECT_NE(WEXITSTATUS(status), k_failed);
  return WIFEXITED(status) && WEXITSTATUS(status) == k_hit ? 1 : 0;
}

// What a default Reactor has to come to, found without making one.
std::size_t default_parallelism() {
  std::size_t const cpus = usable_cpus().size();
  auto const quota = reactor::engine::cgroup_cpu_quota();
  return quota ? std::clamp<std::size_t>(static_cast<std::size_t>(*quota), 1, cpus) : cpus;
}

class FirstUseFaults : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  FirstUseFaults() { unsetenv("REACTOR_PARALLELISM"); }

  // `may_end` is how the first Reactor may end; where it is made all the same, it must be right.
  void sweep_first_use(std::string const& name, Plan plan, std::uint64_t at_least,
                       std::function<bool(Ending)> const& may_end,
                       bool must_be_pinned = true) const {
    plan.count = GetParam();
    std::size_t const expected = default_parallelism();
    std::vector<int> const mask = usable_cpus();
    auto const expect_right = [&](Reactor& reactor, bool is_pinned) {
      EXPECT_EQ(reactor.parallelism(), expected);
      EXPECT_EQ(reactor.stats().workers, expected);
      EXPECT_TRUE(!is_pinned || reactor.stats().pinned == expected);
      expect_works(reactor);
    };
    sweep(name + (GetParam() == 1 ? ", one" : ", all from there on"), plan, at_least,
          [&](Plan const& swept) {
            return in_child([&] {
              std::optional<Reactor> reactor;
              Armed armed(swept);
              Ending const ending = ending_of([&] { reactor.emplace(); });
              std::uint64_t const injected = armed.end();
              EXPECT_EQ(ending == Ending::well, reactor.has_value());
              EXPECT_TRUE(ending == Ending::well || may_end(ending)) << ending;
              EXPECT_EQ(usable_cpus(), mask) << "the calling thread has been moved";
              if (reactor) expect_right(*reactor, must_be_pinned);
              reactor.reset();
              reactor.emplace();
              expect_right(*reactor, true);
              return injected;
            });
          });
  }
};

// Machines that this one is not: without cores, with hyperthreads.
TEST(FirstUse, OnAMachineOfAnotherKind) {
  for (char const* const machine : {"pu:2", "core:2 pu:2", "core:1 pu:64"}) {
    EXPECT_EQ(in_child([&] {
                setenv("HWLOC_SYNTHETIC", machine, 1);
                std::vector<int> const mask = usable_cpus();
                std::vector<int> cpus = reactor::engine::usable_cpus();
                EXPECT_FALSE(cpus.empty()) << machine;
                for (int const cpu : cpus) {
                  EXPECT_EQ(std::count(mask.begin(), mask.end(), cpu), 1) << machine;
                }
                Reactor reactor(reactor::Options{.parallelism = 2});
                expect_works(reactor);
                return std::uint64_t{1};
              }),
              1u);
  }
}

// The affinity mask will do, but for which CPUs share a core.
TEST(FirstUse, OnAMachineThatCannotBeRead) {
  EXPECT_EQ(in_child([] {
              setenv("HWLOC_COMPONENTS", "stop", 1);
              EXPECT_EQ(reactor::engine::usable_cpus(), usable_cpus());
              Reactor reactor;
              EXPECT_EQ(reactor.stats().pinned, reactor.parallelism());
              expect_works(reactor);
              return std::uint64_t{1};
            }),
            1u);
}

TEST_P(FirstUseFaults, OfMemory) {
  sweep_first_use("first use without memory", {.point = Point::allocation}, 20, [](Ending ending) {
    return ending == Ending::bad_alloc || ending == Ending::system_error;
  });
}

TEST_P(FirstUseFaults, OfMemoryToReadTheTopology) {
  sweep_first_use("first use without memory for hwloc", {.point = Point::topology}, 2,
                  [](Ending ending) { return ending == Ending::bad_alloc; });
}

TEST_P(FirstUseFaults, OfThreads) {
  sweep_first_use("first use without threads", {.point = Point::thread, .error = EAGAIN},
                  default_parallelism(),
                  [](Ending ending) { return ending == Ending::system_error; });
}

TEST_P(FirstUseFaults, OfPinning) {
  sweep_first_use(
      "first use without pinning", {.point = Point::set_affinity, .error = EPERM},
      default_parallelism(), [](Ending) { return false; }, false);
}

// Only one at a time: hwloc asks until it is told.
TEST(FirstUseFaultsOnce, OfAskingForTheMask) {
  sweep("first use without being told the mask", {.point = Point::get_affinity, .error = EINVAL}, 2,
        [](Plan const& plan) {
          return in_child([&] {
            Armed armed(plan);
            Reactor reactor;
            std::uint64_t const injected = armed.end();
            expect_works(reactor);
            Reactor another;
            EXPECT_EQ(another.stats().pinned, another.parallelism());
            return injected;
          });
        });
}

INSTANTIATE_TEST_SUITE_P(Count, FirstUseFaults, ::testing::Values(1, k_from_then_on));

}  // namespace
}  // namespace faults
