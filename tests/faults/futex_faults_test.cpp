// SPDX-License-Identifier: BSD-3-Clause
// Threads that are to sleep come back from the system call for no good reason.
#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <string>
#include <thread>

#include "reactor/reactor.hpp"
#include "tests/faults/aftermath.hpp"
#include "tests/faults/inject.hpp"

using reactor::Options;
using reactor::Reactor;

namespace faults {
namespace {

constexpr std::size_t k_sleepers = 3;
// Never polls: all waiting is sleeping.
Options sleepy(bool caller_participates) {
  return {.parallelism = k_sleepers,
          .caller_participates = caller_participates,
          .spin = std::chrono::nanoseconds(0)};
}

// Tasks that all wait for each other need every worker awake.
void expect_all_come(Reactor& reactor) {
  Rendezvous all_in_flight(k_sleepers);
  auto const results =
      reactor.run(k_sleepers, [&](std::size_t) { return all_in_flight.arrive_and_wait(); });
  for (auto const outcome : results) EXPECT_TRUE(outcome.value());
}

void expect_nested_works(Reactor& reactor) {
  auto const row = [&](std::size_t y) {
    return reactor.run(4, [y](std::size_t x) { return 10 * y + x; }).values();
  };
  auto const table = reactor.run(4, row).values();
  for (std::size_t y = 0; y < 4; ++y) {
    for (std::size_t x = 0; x < 4; ++x) EXPECT_EQ(table[y][x], 10 * y + x);
  }
}

void expect_all_well(Reactor& reactor) {
  expect_all_come(reactor);
  expect_works(reactor);
  expect_nested_works(reactor);
  std::array<std::thread, 2> callers;
  for (auto& caller : callers) caller = std::thread([&] { expect_works(reactor); });
  for (auto& caller : callers) caller.join();
}

class FutexFaults : public ::testing::TestWithParam<int> {
 protected:
  FutexFaults() : error_(GetParam()) {}
  ~FutexFaults() override { before_.expect_nothing_left(); }

  std::string name() const {
    return error_ == 0 ? "spurious wake-ups" : "errno " + std::to_string(error_);
  }

  int const error_;
  Before const before_;
};

// How often anybody sleeps in a run is up to the scheduler: so it goes on until the fault has come.
TEST_P(FutexFaults, OneAtATimeChangeNothing) {
  constexpr std::uint64_t k_places = 60;
  for (bool const caller_participates : {true, false}) {
    for (std::uint64_t place = 0; place < k_places; ++place) {
      Armed armed({.point = Point::futex_wait, .error = error_, .first = place});
      Reactor reactor(sleepy(caller_participates));
      do {
        expect_all_well(reactor);
      } while (armed.seen() <= place && !HasFailure());
      EXPECT_EQ(armed.end(), 1u) << "place " << place;
    }
    std::cout << "one wait, " << name() << ": " << k_places << " places\n";
  }
}

// Many, not all: threads that never got to sleep would burn the CPU that the others need.
TEST_P(FutexFaults, InARowChangeNothing) {
  for (bool const caller_participates : {true, false}) {
    std::uint64_t injected = 0;
    for (int round = 0; round < 20; ++round) {
      Armed armed({.point = Point::futex_wait, .error = error_, .count = 2000});
      Reactor reactor(sleepy(caller_participates));
      for (int runs = 0; runs < 4; ++runs) expect_all_well(reactor);
      injected += armed.end();
    }
    std::cout << "every wait, " << name() << ": " << injected << " faults\n";
    EXPECT_GE(injected, 1000u);
  }
}

INSTANTIATE_TEST_SUITE_P(Error, FutexFaults, ::testing::Values(0, EINTR, EAGAIN, ETIMEDOUT));

}  // namespace
}  // namespace faults
