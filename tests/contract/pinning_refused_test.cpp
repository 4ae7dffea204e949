// SPDX-License-Identifier: BSD-3-Clause
// Where no thread may be pinned. A program of its own, because it replaces the system's function.
#include <gtest/gtest.h>
#include <sched.h>

#include <cerrno>
#include <string>

#include "reactor/reactor.hpp"

extern "C" int sched_setaffinity(pid_t, std::size_t, cpu_set_t const*) noexcept {
  errno = EPERM;
  return -1;
}

namespace {

TEST(PinningRefused, WorkersRunUnpinnedAndStatsSaySo) {
  reactor::Reactor reactor({.parallelism = 3});
  EXPECT_EQ(reactor.run(100, [](std::size_t i) { return i; }).summary().done, 100u);
  EXPECT_EQ(reactor.stats().workers, 3u);
  EXPECT_EQ(reactor.stats().pinned, 0u);
}

TEST(PinningRefused, CpusThatWereNamedAreRefusedByName) {
  try {
    reactor::Reactor const reactor({.parallelism = 1, .cpus = {0}});
    FAIL();
  } catch (reactor::OptionsError const& error) {
    EXPECT_NE(std::string(error.what()).find("Options::cpus[0] = 0"), std::string::npos);
  }
}

}  // namespace
