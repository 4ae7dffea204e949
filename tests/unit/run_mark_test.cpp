// SPDX-License-Identifier: BSD-3-Clause
#include "reactor/detail/run_mark.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>

namespace reactor::detail {
namespace {

TEST(RunMark, reads_what_was_written_with_it) {
  RunMark mark;
  mark.advance();
  for (Status const status : {Status::pending, Status::done, Status::failed, Status::timed_out}) {
    EXPECT_EQ(mark.status_in(mark.with(status)), status);
  }
}

TEST(RunMark, reads_zero_and_what_others_wrote_as_pending) {
  RunMark mark;
  std::set<std::uint8_t> of_others{0};
  while (mark.advance()) {
    for (std::uint8_t const byte : of_others) EXPECT_EQ(mark.status_in(byte), Status::pending);
    of_others.insert(mark.with(Status::done));
  }
  EXPECT_EQ(of_others.size(), 32u) << "zero, and each mark there is";
  RunMark first;
  first.advance();
  EXPECT_EQ(mark.with(Status::done), first.with(Status::done)) << "the marks begin again";
}

}  // namespace
}  // namespace reactor::detail
