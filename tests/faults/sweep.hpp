// SPDX-License-Identifier: BSD-3-Clause
// A scenario again and again, each time with a fault one place further on, until none is hit.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <iostream>
#include <string>

#include "tests/faults/inject.hpp"

namespace faults {

// Calls scenario(plan), which arms the plan, checks what came of it, and returns how many faults
// there were. Fewer than `at_least` places are a failure of the test: it would have tested nothing.
template <class Scenario>
void sweep(std::string const& name, Plan plan, std::uint64_t at_least, Scenario const& scenario) {
  std::uint64_t faults = 0;
  for (plan.first = 0;; ++plan.first) {
    SCOPED_TRACE(name + ", place " + std::to_string(plan.first));
    std::uint64_t const injected = scenario(plan);
    if (injected == 0 || ::testing::Test::HasFailure()) break;
    faults += injected;
  }
  std::cout << name << ": " << plan.first << " places, " << faults << " faults\n";
  EXPECT_GE(plan.first, at_least) << name;
}

}  // namespace faults
