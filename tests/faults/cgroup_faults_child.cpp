// SPDX-License-Identifier: BSD-3-Clause
// What a process sees in a cgroup; for cgroup_faults_test.cpp, which puts it there.
//   cgroup_faults_child pids <file of the limit>
//   cgroup_faults_child cpuset <the CPU> <another CPU>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include "reactor/reactor.hpp"
#include "tests/faults/aftermath.hpp"

using reactor::Options;
using reactor::OptionsError;
using reactor::Reactor;

namespace faults {
namespace {

// Fewer threads than eight, more than two.
void expect_too_few_threads() {
  { Reactor const first({.parallelism = 1}); }
  auto const before = settled_thread_count();
  for (int round = 0; round < 10; ++round) {
    try {
      Reactor const reactor({.parallelism = 8});
      ADD_FAILURE() << "there were threads enough";
    } catch (std::system_error const& error) {
      EXPECT_EQ(error.code(), std::errc::resource_unavailable_try_again);
    }
    EXPECT_TRUE(eventually([&] { return thread_count() == before; }));
    Reactor reactor({.parallelism = 2});
    expect_works(reactor);
  }
  std::cout << "pids: 10 faults\n";
}

void expect_one_cpu(int cpu, int other) {
  unsetenv("REACTOR_PARALLELISM");
  Reactor reactor;
  EXPECT_EQ(reactor.options().cpus, std::vector<int>{cpu});
  EXPECT_EQ(reactor.stats().pinned, 1u);
  expect_works(reactor);
  EXPECT_THROW(Reactor(Options{.cpus = {other}}), OptionsError);
  EXPECT_THROW(Reactor(Options{.cpus = {cpu, other}}), OptionsError);
  Reactor explicitly({.cpus = {cpu, cpu}});
  EXPECT_EQ(explicitly.stats().pinned, 2u);
  expect_works(explicitly);
  std::cout << "cpuset: 2 faults\n";
}

void expect_one_thread_for_a_quota() {
  unsetenv("REACTOR_PARALLELISM");
  Reactor reactor;
  EXPECT_EQ(reactor.parallelism(), 1u);
  expect_works(reactor);
  std::cout << "cpu: 1 quota\n";
}

}  // namespace
}  // namespace faults

int main(int count, char** words) {
  ::testing::InitGoogleTest();
  if (count < 3) return 2;
  if (words[1] == std::string("pids")) {
    faults::expect_too_few_threads();
    // Leak checkers need a thread when the process ends.
    std::ofstream(words[2]) << "max";
  } else if (words[1] == std::string("quota")) {
    faults::expect_one_thread_for_a_quota();
  } else {
    faults::expect_one_cpu(std::atoi(words[2]), std::atoi(words[3]));
  }
  return ::testing::UnitTest::GetInstance()->Passed() ? 0 : 1;
}
