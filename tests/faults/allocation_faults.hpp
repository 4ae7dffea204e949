// SPDX-License-Identifier: BSD-3-Clause
// Each test twice: with one allocation that fails, and with all from one on.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "tests/faults/aftermath.hpp"
#include "tests/faults/inject.hpp"
#include "tests/faults/sweep.hpp"

namespace faults {

class AllocationFaults : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  ~AllocationFaults() override { before_.expect_nothing_left(); }

  bool only_one() const { return GetParam() == 1; }

  template <class Scenario>
  void sweep_allocations(std::string const& name, std::uint64_t at_least,
                         Scenario const& scenario) const {
    sweep((only_one() ? "one allocation, " : "no allocation from there on, ") + name,
          {.point = Point::allocation, .count = GetParam()}, at_least, scenario);
  }

  Before const before_;
};

}  // namespace faults
