// SPDX-License-Identifier: BSD-3-Clause
// Outcomes whose memory is used from run to run: what stands in it is of the runs before, or of one
// long ago.
#include <gtest/gtest.h>

#include <cstddef>

#include "reactor/reactor.hpp"

using reactor::Options;
using reactor::Reactor;
using reactor::Results;
using reactor::Status;
using reactor::TaskError;

namespace {

// Done up to the task that fails, skipped from there on.
void expect_stopped_at(std::size_t fails_at, Results<std::size_t> const& results, std::size_t run) {
  for (auto const outcome : results) {
    std::size_t const i = outcome.index();
    Status const expected = i < fails_at    ? Status::done
                            : i == fails_at ? Status::failed
                                            : Status::skipped;
    ASSERT_EQ(outcome.status(), expected) << "task " << i << " of run " << run;
    if (expected == Status::done) {
      ASSERT_EQ(*outcome, i + run);
    }
  }
}

TEST(ResultsReused, SayNothingOfEarlierRuns) {
  Reactor reactor(Options{.parallelism = 1});
  Results<std::size_t> results;
  constexpr std::size_t k_sizes[] = {1'000, 40, 300, 5'000, 1'000, 65, 4'999};
  for (std::size_t run = 0; run < 300; ++run) {
    std::size_t const size = k_sizes[run % std::size(k_sizes)];
    std::size_t const fails_at = run * 37 % size;
    auto const action = [&](std::size_t task) {
      if (task == fails_at) throw run;
      return task + run;
    };
    EXPECT_THROW(reactor.run_into(results, size, action), TaskError);
    ASSERT_EQ(results.size(), size);
    ASSERT_NO_FATAL_FAILURE(expect_stopped_at(fails_at, results, run));
  }
}

}  // namespace
