// SPDX-License-Identifier: BSD-3-Clause
// Options that are refused, and defaults that come from outside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>
#include <thread>

#include "machine.hpp"
#include "reactor/reactor.hpp"

using reactor::Options;
using reactor::OptionsError;
using reactor::Pinning;
using reactor::Reactor;
using ::testing::AllOf;
using ::testing::HasSubstr;

namespace {

constexpr char const* k_variable = "REACTOR_PARALLELISM";

// Sets or unsets the variable for each test, and puts it back.
class OptionsOfReactors : public ::testing::Test {
 protected:
  OptionsOfReactors() {
    if (char const* const value = std::getenv(k_variable)) before_ = value;
    unsetenv(k_variable);
  }
  ~OptionsOfReactors() override {
    if (before_) {
      setenv(k_variable, before_->c_str(), 1);
    } else {
      unsetenv(k_variable);
    }
  }

  static std::string refusal(Options const& options) {
    try {
      Reactor const reactor(options);
    } catch (OptionsError const& error) {
      return error.what();
    }
    return "accepted";
  }

 private:
  std::optional<std::string> before_;
};

TEST_F(OptionsOfReactors, ParallelismBeyondItsRangeIsRefused) {
  EXPECT_THAT(refusal({.parallelism = 4097}),
              AllOf(HasSubstr("parallelism"), HasSubstr("4097"), HasSubstr("1 to 4096")));
}

TEST_F(OptionsOfReactors, NegativeSpinIsRefused) {
  EXPECT_THAT(refusal({.parallelism = 1, .spin = std::chrono::nanoseconds(-5)}),
              AllOf(HasSubstr("spin"), HasSubstr("-5"), HasSubstr("0 or more")));
}

TEST_F(OptionsOfReactors, UnknownPinningIsRefused) {
  EXPECT_THAT(refusal({.parallelism = 1, .pinning = static_cast<Pinning>(7)}),
              AllOf(HasSubstr("pinning"), HasSubstr("7"), HasSubstr("automatic")));
}

TEST_F(OptionsOfReactors, NegativeCpuIsRefused) {
  EXPECT_THAT(refusal({.parallelism = 1, .cpus = {0, -3}}),
              AllOf(HasSubstr("cpus"), HasSubstr("-3"), HasSubstr("allowed")));
}

TEST_F(OptionsOfReactors, CpuThatDoesNotExistIsRefused) {
  int const most = std::numeric_limits<int>::max();
  EXPECT_THAT(refusal({.parallelism = 1, .cpus = {most}}),
              AllOf(HasSubstr("cpus"), HasSubstr(std::to_string(most)), HasSubstr("16383")));
  EXPECT_THAT(refusal({.parallelism = 1, .cpus = {4000}}),
              AllOf(HasSubstr("cpus"), HasSubstr("4000"), HasSubstr("allowed")));
  EXPECT_THAT(refusal({.parallelism = 3, .cpus = {usable_cpus().front(), 4000}}),
              AllOf(HasSubstr("cpus"), HasSubstr("4000"), HasSubstr("allowed")));
}

TEST_F(OptionsOfReactors, CpusWithoutPinningAreRefused) {
  EXPECT_THAT(refusal({.parallelism = 1, .pinning = Pinning::none, .cpus = {0}}),
              AllOf(HasSubstr("pinning"), HasSubstr("none"), HasSubstr("cpus")));
}

TEST_F(OptionsOfReactors, SpinOfZeroAndOfHoursIsFine) {
  for (auto const spin : {std::chrono::nanoseconds(0), std::chrono::nanoseconds::max()}) {
    Reactor reactor(Options{.parallelism = 2, .spin = spin});
    EXPECT_EQ(reactor.run(100, [](std::size_t) {}).summary().done, 100u);
  }
}

TEST_F(OptionsOfReactors, VariableGivesTheDefaultParallelism) {
  for (char const* const value : {"1", "3", "17"}) {
    setenv(k_variable, value, 1);
    EXPECT_EQ(Reactor().parallelism(), std::stoul(value));
    EXPECT_EQ(Reactor().options().parallelism, std::stoul(value));
  }
}

TEST_F(OptionsOfReactors, VariableOutOfRangeOrNoNumberIsRefused) {
  for (std::string const value :
       {"0", "4097", "99999999999999999999", "-1", "", " 3", "3x", "two"}) {
    setenv(k_variable, value.c_str(), 1);
    EXPECT_THAT(refusal({}),
                AllOf(HasSubstr(k_variable), HasSubstr("'" + value + "'"), HasSubstr("1 to 4096")));
  }
}

TEST_F(OptionsOfReactors, VariableIsIgnoredWhenParallelismIsGiven) {
  for (char const* const value : {"3", "no number"}) {
    setenv(k_variable, value, 1);
    EXPECT_EQ(Reactor(Options{.parallelism = 2}).parallelism(), 2u);
  }
}

TEST_F(OptionsOfReactors, ParallelismIsOnePerUsableCpuAtMost) {
  Reactor const reactor;
  EXPECT_GE(reactor.parallelism(), 1u);
  EXPECT_LE(reactor.parallelism(), usable_cpus().size());
}

TEST_F(OptionsOfReactors, ParallelismIsOnePerCpuGiven) {
  int const cpu = usable_cpus().front();
  EXPECT_EQ(Reactor(Options{.cpus = {cpu}}).parallelism(), 1u);
  EXPECT_EQ(Reactor(Options{.cpus = {cpu, cpu, cpu}}).parallelism(), 3u);
}

TEST_F(OptionsOfReactors, AffinityOfTheConstructingThreadLimitsTheDefault) {
  std::thread([] {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<unsigned>(usable_cpus().back()), &one);
    ASSERT_EQ(pthread_setaffinity_np(pthread_self(), sizeof(one), &one), 0);
    EXPECT_EQ(Reactor().parallelism(), 1u);
  }).join();
}

}  // namespace
