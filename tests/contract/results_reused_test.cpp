// SPDX-License-Identifier: BSD-3-Clause
// Outcomes whose memory is used from run to run: what stands in it is of the runs before, or of one
// long ago.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>

#include "reactor/reactor.hpp"

using reactor::Options;
using reactor::Reactor;
using reactor::Results;
using reactor::Status;
using reactor::TaskError;

namespace {

constexpr auto k_index = [](std::size_t task) { return task; };

// Only the first task was begun, and failed.
bool tells_nothing_else(Results<std::size_t> const& results) {
  return std::all_of(results.begin(), results.end(), [](auto const outcome) {
    return outcome.status() == (outcome.index() == 0 ? Status::failed : Status::skipped);
  });
}

class ResultsReused : public ::testing::TestWithParam<std::size_t> {
 protected:
  void run(std::size_t size) { reactor_.run_into(results_, size, k_index); }
  void fail_at_once(std::size_t size) {
    auto const action = [](std::size_t task) {
      if (task == 0) throw 1;
      return task;
    };
    EXPECT_THROW(reactor_.run_into(results_, size, action), TaskError);
    ASSERT_EQ(results_.size(), size);
    ASSERT_TRUE(tells_nothing_else(results_));
  }

  Reactor reactor_{Options{.parallelism = 1}};
  Results<std::size_t> results_;
};

// Each run between marks its first task only, so nothing hides what a run has left behind, however
// many runs ago it was.
TEST_P(ResultsReused, SayNothingOfEarlierRuns) {
  for (std::size_t const between : {std::size_t{1}, GetParam()}) {
    for (std::size_t runs = 0; runs <= 64; ++runs) {
      SCOPED_TRACE(::testing::Message() << runs << " runs of " << between << " after it");
      results_ = {};
      run(GetParam());
      for (std::size_t i = 0; i < runs; ++i) {
        between == 1 ? run(1) : fail_at_once(between);
      }
      ASSERT_NO_FATAL_FAILURE(fail_at_once(GetParam()));
    }
  }
}

// Part of the memory is not used for so long that what marked it comes again.
TEST_P(ResultsReused, SayNothingOfLongerRuns) {
  for (std::size_t runs = 0; runs <= 64; ++runs) {
    SCOPED_TRACE(::testing::Message() << runs << " shorter runs after it");
    results_ = {};
    run(5 * GetParam());
    for (std::size_t i = 0; i < runs; ++i) ASSERT_NO_FATAL_FAILURE(fail_at_once(GetParam()));
    ASSERT_NO_FATAL_FAILURE(fail_at_once(5 * GetParam()));
  }
}

INSTANTIATE_TEST_SUITE_P(Tasks, ResultsReused, ::testing::Values(40, 64, 300, 1'000));

}  // namespace
