// SPDX-License-Identifier: BSD-3-Clause
#include "pinned_programs.hpp"

#include <gtest/gtest.h>

#include <string>

#include "playing.hpp"

namespace {

class PinnedPrograms : public ::testing::TestWithParam<std::size_t> {
 protected:
  stress::PinnedProgram const& pinned() const { return stress::pinned_programs()[GetParam()]; }
};

TEST_P(PinnedPrograms, DoWhatTheOracleSays) {
  EXPECT_EQ(stress::differences_of(pinned().program), "") << pinned().name;
}

INSTANTIATE_TEST_SUITE_P(All, PinnedPrograms,
                         ::testing::Range<std::size_t>(0, stress::pinned_programs().size()));

}  // namespace
