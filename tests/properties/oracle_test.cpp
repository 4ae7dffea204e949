// SPDX-License-Identifier: BSD-3-Clause
// The oracle is not blind: whatever else comes of a run than it says, it tells.
#include "oracle.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <string>

#include "action.hpp"
#include "check.hpp"
#include "draw.hpp"
#include "stage.hpp"

using namespace stress;
using ::testing::HasSubstr;

namespace {

class Oracle : public ::testing::Test {
 protected:
  Oracle() { stage_.make(0); }

  // Makes a run by one plan, and checks it as if it were by another.
  std::string differences(RunPlan const& made, RunPlan const& checked) {
    RunState state(stage_, 0, made, nullptr);
    Action<std::uint64_t, true> const action(state);
    reactor::Results<std::uint64_t> results;
    std::optional<reactor::TaskError> thrown;
    try {
      stage_.reactor(0).run_into(results, made.tasks, action,
                                 {.stop_on_error = made.stop_on_error});
    } catch (reactor::TaskError const& error) {
      thrown = error;
    }
    if (forgotten_) forgotten_->set(0);
    Marks const& marks = forgotten_ ? *forgotten_ : state.marks;
    Check(checked, marks, verdict_, totals_.progress).outcomes(results, thrown);
    return verdict_.text();
  }

  Program const program_ = {};
  Verdict verdict_;
  Totals totals_;
  std::atomic<bool> is_over_{false};
  Stage stage_{program_, verdict_, totals_, is_over_};
  std::optional<Marks> forgotten_;  // instead of what was marked
};

constexpr RunPlan k_good = {.tasks = 10, .salt = 1};
constexpr RunPlan k_bad = {.tasks = 10, .salt = 1, .failing = 1000};

TEST_F(Oracle, AgreesWithWhatIsRight) {
  RunPlan stopped = k_bad;
  stopped.stop_on_error = true;
  for (RunPlan const& plan : {k_good, k_bad, stopped}) EXPECT_EQ(differences(plan, plan), "");
}

TEST_F(Oracle, TellsAWrongNumberOfOutcomes) {
  RunPlan other = k_good;
  other.tasks = 11;
  EXPECT_THAT(differences(k_good, other), HasSubstr("10 outcomes of 11 tasks"));
}

TEST_F(Oracle, TellsAWrongValue) {
  RunPlan other = k_good;
  other.salt = 2;
  EXPECT_THAT(differences(k_good, other), HasSubstr("task 9 of 10 has value"));
}

TEST_F(Oracle, TellsAFailureThatShouldNotBeAndOneThatIsMissing) {
  EXPECT_THAT(differences(k_bad, k_good), HasSubstr("task 0 of 10 failed, should be done"));
  EXPECT_THAT(differences(k_good, k_bad), HasSubstr("task 0 of 10 is done, should have failed"));
}

TEST_F(Oracle, TellsAnotherTasksError) {
  RunPlan other = k_bad;
  other.salt = 2;
  EXPECT_THAT(differences(k_bad, other), HasSubstr("failed with 1 '1/0', expected 1 '2/0'"));
}

TEST_F(Oracle, TellsAnotherKindOfError) {
  for (Failure const failure : {Failure::number, Failure::message, Failure::null_pointer}) {
    RunPlan other = k_bad;
    other.failure = failure;
    EXPECT_THAT(differences(other, k_bad), HasSubstr("task 0 of 10 failed with"));
    EXPECT_THAT(differences(k_bad, other), HasSubstr("task 0 of 10 failed with"));
  }
}

TEST_F(Oracle, TellsAStopThatShouldNotBeAndOneThatIsMissing) {
  RunPlan stopped = k_bad;
  stopped.stop_on_error = true;
  EXPECT_THAT(differences(stopped, k_bad), HasSubstr("tasks failed, and run threw"));
  EXPECT_THAT(differences(k_bad, stopped), HasSubstr("tasks failed, and run did not throw"));
}

TEST_F(Oracle, TellsATaskThatHasAnOutcomeButDidNotRun) {
  forgotten_.emplace(10);
  EXPECT_THAT(differences(k_good, k_good), HasSubstr("task 1 of 10 did not run"));
}

TEST_F(Oracle, TellsAMissingCompletionOrder) {
  RunPlan other = k_good;
  other.order = true;
  EXPECT_THAT(differences(k_good, other), HasSubstr("a completion order of 0 tasks, expected 10"));
}

TEST_F(Oracle, TellsATaskThatRunsTwiceOrElsewhere) {
  RunState state(stage_, 0, k_good, nullptr);
  Action<std::uint64_t, false> const action(state);
  stage_.reactor(0).run(10, action);
  stage_.reactor(0).run(1, action);
  EXPECT_THAT(verdict_.text(), HasSubstr("task 0 of 10 was run twice"));
  stage_.reactor(0).run(11, [&](std::size_t task, reactor::TaskContext& context) {
    return task == 10 ? action(task, context) : 0;
  });
  EXPECT_THAT(verdict_.text(), HasSubstr("task 10 of 10 was given number 10"));
}

TEST_F(Oracle, TellsCountsOfAReactorThatAreWrong) {
  stage_.reactor(0).run(10, [](std::size_t) {});
  stage_.destroy(0);
  EXPECT_THAT(verdict_.text(), HasSubstr("runs = 1, expected 0"));
  EXPECT_THAT(verdict_.text(), HasSubstr("tasks = 10, expected 0"));
}

TEST(Drawing, GivesTheSameProgramForTheSameNumber) {
  for (std::uint64_t number = 0; number < 100; ++number) {
    Program const program = draw(Profile::mixed, 7, number, 4);
    EXPECT_EQ(program, draw(Profile::mixed, 7, number, 4));
    EXPECT_NE(program, draw(Profile::mixed, 8, number, 4));
    EXPECT_NE(program, draw(Profile::mixed, 7, number + 1, 4));
  }
}

}  // namespace
