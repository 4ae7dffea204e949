// SPDX-License-Identifier: BSD-3-Clause
// No memory while a Reactor is made or destroyed. Made: all of it or nothing.
#include <gtest/gtest.h>
#include <sched.h>
#include <stdlib.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "engine/cpu_quota.hpp"
#include "reactor/reactor.hpp"
#include "tests/faults/allocation_faults.hpp"

using reactor::Options;
using reactor::Reactor;

namespace faults {
namespace {

class AllocationFaultsInConstruction : public AllocationFaults {
 protected:
  // Either std::bad_alloc, or std::system_error where it was the system that had no memory for a
  // thread; or everything as if nothing had been.
  void sweep_construction(std::string const& name, std::uint64_t at_least,
                          Options const& wanted) const {
    Before const before;
    Options in_force;
    {
      Reactor const reference(wanted);
      in_force = reference.options();
    }
    sweep_allocations(name, at_least, [&](Plan const& plan) {
      std::optional<Reactor> reactor;
      Options options = wanted;
      Armed armed(plan);
      Ending const ending = ending_of([&] { reactor.emplace(std::move(options)); });
      std::uint64_t const injected = armed.end();
      if (ending == Ending::well) {
        EXPECT_EQ(reactor->parallelism(), in_force.parallelism);
        EXPECT_EQ(reactor->options().cpus, in_force.cpus);
        EXPECT_EQ(reactor->stats().workers, in_force.parallelism);
        bool const is_pinned = wanted.pinning == reactor::Pinning::automatic;
        EXPECT_EQ(reactor->stats().pinned, is_pinned ? in_force.parallelism : 0);
        expect_works(*reactor);
      } else {
        EXPECT_TRUE(ending == Ending::bad_alloc || ending == Ending::system_error) << ending;
        EXPECT_FALSE(reactor.has_value());
      }
      reactor.reset();
      before.expect_nothing_left();
      return injected;
    });
  }
};

TEST_P(AllocationFaultsInConstruction, LeaveNothingOfADefaultReactor) {
  sweep_construction("default construction", 20, {});
}

// What the affinity mask cannot be told from is not a mask of all CPUs.
TEST_P(AllocationFaultsInConstruction, NeverHideTheAffinityMask) {
  cpu_set_t all;
  ASSERT_EQ(sched_getaffinity(0, sizeof(all), &all), 0);
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<unsigned>(usable_cpus().back()), &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
  sweep_construction("default construction on one CPU", 20, {});
  ASSERT_EQ(sched_setaffinity(0, sizeof(all), &all), 0);
}

TEST_P(AllocationFaultsInConstruction, LeaveNothingOfPinnedWorkers) {
  // Not the same number on each CPU: what was left of it would tip the balance.
  sweep_construction("construction of pinned workers", 15,
                     {.parallelism = 2 * usable_cpus().size() + 1});
}

TEST_P(AllocationFaultsInConstruction, LeaveNothingOfWorkersOnCpusGiven) {
  int const cpu = usable_cpus().back();
  sweep_construction("construction on CPUs given", 10, {.parallelism = 2, .cpus = {cpu}});
}

TEST_P(AllocationFaultsInConstruction, LeaveNothingOfUnpinnedWorkersWithLongNameAndHooks) {
  std::atomic<int> up{0};
  Options options{.parallelism = 3,
                  .pinning = reactor::Pinning::none,
                  .name = "a name too long to be kept without memory",
                  .on_worker_start = [&](std::size_t) { ++up; },
                  .on_worker_exit = [&](std::size_t) { --up; }};
  sweep_construction("construction with hooks", 15, options);
  EXPECT_EQ(up, 0);
}

// What a quota cannot be told from is no quota: a Reactor would come to have too many threads.
TEST_P(AllocationFaultsInConstruction, NeverHideTheQuota) {
  std::string root = (std::filesystem::temp_directory_path() / "reactor-quota-XXXXXX").string();
  ASSERT_NE(mkdtemp(root.data()), nullptr);
  std::filesystem::create_directories(root + "/proc/self");
  std::filesystem::create_directories(root + "/cg/group");
  std::ofstream(root + "/proc/self/cgroup") << "0::/group\n";
  std::ofstream(root + "/proc/self/mountinfo")
      << "30 20 0:26 / /cg rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw\n";
  std::ofstream(root + "/cg/group/cpu.max") << "150000 100000\n";
  ASSERT_EQ(reactor::engine::cgroup_cpu_quota(root), 1.5);
  sweep_allocations("reading the quota", 20, [&](Plan const& plan) {
    std::optional<double> quota;
    Armed armed(plan);
    Ending const ending = ending_of([&] { quota = reactor::engine::cgroup_cpu_quota(root); });
    std::uint64_t const injected = armed.end();
    if (ending != Ending::bad_alloc) {
      EXPECT_EQ(ending, Ending::well);
      EXPECT_EQ(quota, 1.5);
    }
    return injected;
  });
  std::filesystem::remove_all(root);
}

TEST_P(AllocationFaultsInConstruction, DestructionNeedsNoMemory) {
  std::optional<Reactor> reactor(std::in_place, Options{.parallelism = 3});
  expect_works(*reactor);
  Armed armed({.point = Point::allocation, .count = k_from_then_on});
  reactor.reset();
  EXPECT_EQ(armed.end(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Count, AllocationFaultsInConstruction,
                         ::testing::Values(1, k_from_then_on));

}  // namespace
}  // namespace faults
