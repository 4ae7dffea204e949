// SPDX-License-Identifier: BSD-3-Clause
// Which CPUs the workers are bound to.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "machine.hpp"
#include "reactor/reactor.hpp"

using reactor::Options;
using reactor::Pinning;
using reactor::Reactor;

namespace {

using Masks = std::map<std::size_t, std::set<int>>;

// By worker, the CPUs it may use.
Masks masks_of(std::string const& name) {
  Masks masks;
  for (auto const& [number, thread] : workers_of(name)) masks[number] = allowed_cpus(thread);
  return masks;
}

// How many workers each CPU has. Every worker must have one CPU.
std::map<int, int> load_of(Masks const& masks) {
  std::map<int, int> load;
  for (auto const& [number, mask] : masks) {
    EXPECT_EQ(mask.size(), 1u) << number;
    ++load[*mask.begin()];
  }
  return load;
}

TEST(PinningOfWorkers, GivesEachOneCpu) {
  auto const cpus = usable_cpus();
  Reactor const reactor(Options{.parallelism = cpus.size(), .name = "pinned"});
  auto const load = load_of(masks_of("pinned"));
  EXPECT_EQ(load.size(), cpus.size());
  EXPECT_EQ(reactor.stats().pinned, cpus.size());
}

TEST(PinningOfWorkers, SpreadsMoreWorkersThanCpusEvenly) {
  auto const cpus = usable_cpus();
  Reactor const reactor(Options{.parallelism = 3 * cpus.size(), .name = "pinned"});
  auto const load = load_of(masks_of("pinned"));
  EXPECT_EQ(load.size(), cpus.size());
  for (auto const& [cpu, workers] : load) EXPECT_EQ(workers, 3) << cpu;
}

TEST(PinningOfWorkers, AvoidsCpusThatOtherReactorsUse) {
  std::size_t const different = std::min<std::size_t>(2, usable_cpus().size());
  Reactor const one(Options{.parallelism = 1, .name = "one"});
  Reactor const two(Options{.parallelism = 1, .name = "two"});
  auto used = masks_of("one").at(0);
  used.merge(masks_of("two").at(0));
  EXPECT_EQ(used.size(), different);
}

TEST(PinningOfWorkers, TakesBackWhatAReactorThatIsGoneHadUsed) {
  auto const cpus = usable_cpus();
  for (int round = 0; round < 5; ++round) {
    Reactor const reactor(Options{.parallelism = cpus.size(), .name = "pinned"});
    EXPECT_EQ(load_of(masks_of("pinned")).size(), cpus.size());
  }
}

TEST(PinningOfWorkers, FollowsTheCpusGivenStartingOverAtTheEnd) {
  auto cpus = usable_cpus();
  std::reverse(cpus.begin(), cpus.end());
  std::size_t const parallelism = 2 * cpus.size() + 1;
  Reactor const reactor(Options{.parallelism = parallelism, .cpus = cpus, .name = "chosen"});
  auto const masks = masks_of("chosen");
  ASSERT_EQ(masks.size(), parallelism);
  for (auto const& [number, mask] : masks) {
    EXPECT_EQ(mask, std::set<int>{cpus[number % cpus.size()]}) << number;
  }
  EXPECT_EQ(reactor.stats().pinned, parallelism);
  EXPECT_EQ(reactor.options().cpus, cpus);
}

TEST(PinningOfWorkers, TellsTheCpusInForce) {
  Reactor const reactor(Options{.parallelism = 3, .name = "pinned"});
  auto const& cpus = reactor.options().cpus;
  ASSERT_FALSE(cpus.empty());
  for (auto const& [number, mask] : masks_of("pinned")) {
    EXPECT_EQ(mask, std::set<int>{cpus[number % cpus.size()]}) << number;
  }
}

TEST(PinningOfWorkers, NoneLeavesMasksAlone) {
  auto const cpus = usable_cpus();
  Reactor const reactor(Options{.parallelism = 3, .pinning = Pinning::none, .name = "floating"});
  auto const masks = masks_of("floating");
  ASSERT_EQ(masks.size(), 3u);
  for (auto const& [number, mask] : masks) {
    EXPECT_EQ(mask, std::set<int>(cpus.begin(), cpus.end())) << number;
  }
  EXPECT_EQ(reactor.stats().pinned, 0u);
  EXPECT_TRUE(reactor.options().cpus.empty());
}

TEST(PinningOfWorkers, LeavesTheCallingThreadAlone) {
  auto const before = usable_cpus();
  Reactor reactor(Options{.parallelism = 2});
  reactor.run(100, [](std::size_t) {});
  EXPECT_EQ(usable_cpus(), before);
}

}  // namespace
