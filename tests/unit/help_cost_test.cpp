// SPDX-License-Identifier: BSD-3-Clause
#include "engine/help_cost.hpp"

#include <gtest/gtest.h>

namespace reactor::engine {
namespace {

constexpr std::uint64_t k_near_ns = 90;  // a join between threads of one core
constexpr std::uint64_t k_far_ns = 300;

void join(HelpCost& cost, std::uint64_t took_ns, int times) {
  for (int i = 0; i < times; ++i) cost.note(took_ns);
}

TEST(HelpCost, follows_what_joins_take) {
  HelpCost cost;
  for (std::uint64_t const took_ns : {k_near_ns, k_far_ns, k_near_ns}) {
    join(cost, took_ns, 10);
    std::uint64_t const exact_ns = took_ns * HelpCost::k_worth_in_joins;
    EXPECT_GE(cost.worth_ns(), exact_ns - exact_ns / 3);
    EXPECT_LE(cost.worth_ns(), exact_ns + exact_ns / 3);
  }
}

TEST(HelpCost, does_not_believe_one_that_was_interrupted) {
  HelpCost cost;
  join(cost, k_near_ns, 10);
  std::uint64_t const before_ns = cost.worth_ns();
  cost.note(~std::uint64_t{0});
  EXPECT_LE(cost.worth_ns(), before_ns + before_ns / 2);
  join(cost, k_near_ns, 10);
  EXPECT_LE(cost.worth_ns(), before_ns + before_ns / 4);
}

TEST(HelpCost, stays_within_its_bounds) {
  HelpCost cost;
  join(cost, 0, 100);
  EXPECT_GE(cost.worth_ns(), HelpCost::k_least_ns);
  EXPECT_LE(cost.worth_ns(), HelpCost::k_least_ns / 8 * 9);
  join(cost, ~std::uint64_t{0}, 100);
  EXPECT_LE(cost.worth_ns(), HelpCost::k_most_ns);
  EXPECT_GE(cost.worth_ns(), HelpCost::k_most_ns / 8 * 7);
}

TEST(HelpCost, is_not_written_where_nothing_is_new) {
  HelpCost cost;
  join(cost, k_far_ns, 20);
  std::uint64_t const known_ns = cost.worth_ns();
  std::uint64_t const as_known_ns = known_ns / HelpCost::k_worth_in_joins;
  join(cost, as_known_ns + as_known_ns / 10, 20);
  join(cost, as_known_ns - as_known_ns / 10, 20);
  EXPECT_EQ(cost.worth_ns(), known_ns);
}

TEST(HelpCost, is_tried_again_when_much_has_been_kept_from_help) {
  HelpCost cost;
  join(cost, k_far_ns, 20);
  std::uint64_t const known_ns = cost.worth_ns();
  std::uint64_t const run_ns = known_ns - 1;
  for (std::uint64_t kept_ns = run_ns; kept_ns < HelpCost::k_retry_ns; kept_ns += run_ns) {
    cost.note_kept(run_ns);
    ASSERT_EQ(cost.worth_ns(), known_ns);
  }
  cost.note_kept(run_ns);
  EXPECT_EQ(cost.worth_ns(), HelpCost::k_least_ns);
}

TEST(HelpCost, is_not_tried_again_for_what_is_never_worth_it) {
  HelpCost cost;
  for (int i = 0; i < 100'000; ++i) cost.note_kept(HelpCost::k_least_ns - 1);
  EXPECT_EQ(cost.worth_ns(), HelpCost::k_at_first_ns);
}

}  // namespace
}  // namespace reactor::engine
