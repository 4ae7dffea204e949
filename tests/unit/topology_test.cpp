// SPDX-License-Identifier: BSD-3-Clause
#include "engine/topology.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

namespace reactor::engine {
namespace {

TEST(Topology, usable_cpus_are_those_of_the_affinity_mask) {
  cpu_set_t mask;
  ASSERT_EQ(sched_getaffinity(0, sizeof(mask), &mask), 0);
  std::vector<int> const cpus = usable_cpus();
  EXPECT_EQ(cpus.size(), static_cast<std::size_t>(CPU_COUNT(&mask)));
  EXPECT_EQ(std::set<int>(cpus.begin(), cpus.end()).size(), cpus.size());
  for (int const cpu : cpus) EXPECT_TRUE(CPU_ISSET(static_cast<unsigned>(cpu), &mask));
}

TEST(Topology, pinning_binds_to_one_cpu) {
  int const cpu = usable_cpus().back();
  std::thread([cpu] {
    ASSERT_TRUE(pin_this_thread(cpu));
    EXPECT_EQ(usable_cpus(), std::vector<int>{cpu});
    EXPECT_EQ(sched_getcpu(), cpu);
  }).join();
}

TEST(Topology, pinning_to_what_is_not_there_is_refused) {
  EXPECT_FALSE(pin_this_thread(-1));
  EXPECT_FALSE(pin_this_thread(100'000));
}

TEST(CpuClaim, goes_where_the_fewest_are) {
  CpuClaim const first = CpuClaim::choose(3, {70, 71, 72, 73});
  EXPECT_EQ(first.cpus(), (std::vector<int>{70, 71, 72}));
  CpuClaim const second = CpuClaim::choose(3, {70, 71, 72, 73});
  EXPECT_EQ(second.cpus(), (std::vector<int>{73, 70, 71}));
}

TEST(CpuClaim, is_given_back) {
  static_cast<void>(CpuClaim::choose(2, {80, 81}));
  EXPECT_EQ(CpuClaim::choose(1, {80, 81}).cpus(), std::vector<int>{80});
}

TEST(CpuClaim, named_cpus_are_taken_in_turn) {
  EXPECT_EQ(CpuClaim::exactly(5, {91, 90}).cpus(), (std::vector<int>{91, 90, 91, 90, 91}));
}

// The child of a fork at any moment can claim, too: what it counts may be wrong there.
TEST(CpuClaim, is_not_held_for_ever_in_a_forked_child) {
  std::atomic<bool> is_over{false};
  std::thread claimer([&] {
    while (!is_over) static_cast<void>(CpuClaim::choose(8, {70, 71}));
  });
  for (int round = 0; round < 200; ++round) {
    pid_t const child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      alarm(60);  // a hang ends by it
      static_cast<void>(CpuClaim::choose(1, {70, 71}));
      _exit(0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status)) << "killed by signal " << WTERMSIG(status);
  }
  is_over = true;
  claimer.join();
}

}  // namespace
}  // namespace reactor::engine
