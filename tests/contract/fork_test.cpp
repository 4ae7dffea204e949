// SPDX-License-Identifier: BSD-3-Clause
// In a forked child the workers don't exist: it is told so, and never hangs.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>

#include "leave.hpp"
#include "machine.hpp"
#include "reactor/reactor.hpp"
#include "rendezvous.hpp"

using reactor::Options;
using reactor::Reactor;

namespace {

constexpr int k_as_expected = 42;

// What the child does last. It must not return into the tests.
[[noreturn]] void end_child(bool is_as_expected) {
  leave(is_as_expected ? k_as_expected : 1);
}

// A child that hangs is ended by its alarm.
void bound_child() {
  alarm(static_cast<unsigned>(k_hang_bound.count()));
}

void expect_child_did_as_expected(pid_t child) {
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), k_as_expected);
}

template <class Body>
void expect_in_child(Body const& body) {
  pid_t const child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    bound_child();
    end_child(body());
  }
  expect_child_did_as_expected(child);
}

bool throws_error(Reactor& reactor, std::size_t tasks) {
  try {
    reactor.run(tasks, [](std::size_t) {});
  } catch (reactor::TaskError const&) {
    return false;
  } catch (reactor::Error const&) {
    return true;
  }
  return false;
}

class Fork : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    reactor_->run(100, [](std::size_t) {});
  }

  std::unique_ptr<Reactor> reactor_ =
      std::make_unique<Reactor>(Options{.parallelism = 4, .caller_participates = GetParam()});
};

TEST_P(Fork, ChildMayNotUseAnInheritedReactor) {
  expect_in_child([&] {
    return throws_error(*reactor_, 0) && throws_error(*reactor_, 1) && throws_error(*reactor_, 100);
  });
  EXPECT_EQ(reactor_->run(100, [](std::size_t) {}).summary().done, 100u);
}

TEST_P(Fork, ChildMayDestroyAnInheritedReactor) {
  expect_in_child([&] {
    reactor_.reset();
    return true;
  });
}

TEST_P(Fork, AStreamInFlightStaysItsParents) {
  Gate gate;
  std::stop_source user;
  auto generate = [next = std::size_t{0}]() mutable { return std::optional(next++); };
  auto stream = reactor_->submit(reactor::lazy(generate),
                                 [&](std::size_t task) {
                                   if (task != 0) gate.wait();
                                   return task;
                                 },
                                 {.stop = user.get_token(), .in_flight_max = 8});
  auto at = stream.begin();
  expect_in_child([&] {
    bool has_thrown = false;
    try {
      ++at;
    } catch (reactor::Error const&) {
      has_thrown = true;
    }
    stream.cancel();
    stream = {};
    return has_thrown;
  });
  gate.open();
  ++at;
  EXPECT_EQ(*(*at), 1u);
}

#if !CONTRACT_IS_THREAD_SANITIZED  // ThreadSanitizer ends a forked child that starts a thread.
TEST_P(Fork, ChildMayMakeItsOwn) {
  expect_in_child([&] {
    Reactor own(Options{.parallelism = 4, .caller_participates = GetParam()});
    for (int round = 0; round < 10; ++round) {
      Rendezvous all_in_flight(4);
      auto const results = own.run(4, [&](std::size_t) { return all_in_flight.arrive_and_wait(); });
      for (auto const outcome : results) {
        if (!*outcome) return false;
      }
    }
    return own.run(1000, [](std::size_t) {}).summary().done == 1000;
  });
}
#endif

TEST_P(Fork, OutcomesMayBeReadInTheChild) {
  auto const results = reactor_->run(100, [](std::size_t task) { return task; });
  expect_in_child([&] { return *results[99] == 99; });
}

INSTANTIATE_TEST_SUITE_P(CallerParticipates, Fork, ::testing::Bool());

// The tasks of a run meet, so that the caller runs one and all workers are inside, and then the
// caller's task forks. What the threads share outlives the child, in which it must not be
// destroyed: threads that no longer exist may have been using it.
class ForkInsideATask : public ::testing::Test {
 protected:
  // Runs in both processes. True when the run threw an Error of its own.
  bool run_and_fork() {
    try {
      reactor_->run(k_parallelism, [this](std::size_t) {
        all_in_flight_.arrive_and_wait();
        if (std::this_thread::get_id() == caller_) fork_once();
        eventually([&] { return has_forked_.load(); });
      });
    } catch (reactor::TaskError const&) {
      return false;
    } catch (reactor::Error const&) {
      return true;
    }
    return false;
  }

  void fork_once() {
    child_ = fork();
    if (child_ == 0) bound_child();
    has_forked_ = true;
  }

  static constexpr std::size_t k_parallelism = 4;
  std::unique_ptr<Reactor> reactor_ =
      std::make_unique<Reactor>(Options{.parallelism = k_parallelism});
  std::thread::id const caller_ = std::this_thread::get_id();
  Rendezvous all_in_flight_{k_parallelism};
  std::atomic<bool> has_forked_{false};
  pid_t child_ = -1;
};

TEST_F(ForkInsideATask, ChildThatReturnsIntoTheRunGetsAnError) {
  bool const has_thrown = run_and_fork();
  if (child_ == 0) end_child(has_thrown && throws_error(*reactor_, 10));
  EXPECT_FALSE(has_thrown);
  ASSERT_GT(child_, 0);
  expect_child_did_as_expected(child_);
  EXPECT_EQ(reactor_->run(100, [](std::size_t) {}).summary().done, 100u);
}

TEST_F(ForkInsideATask, ChildMayDestroyTheReactorAfterwards) {
  run_and_fork();
  if (child_ == 0) {
    reactor_.reset();
    end_child(true);
  }
  ASSERT_GT(child_, 0);
  expect_child_did_as_expected(child_);
}

TEST_F(ForkInsideATask, ChildMayEndItselfThere) {
  reactor_->run(1, [this](std::size_t) {
    fork_once();
    if (child_ == 0) end_child(true);
  });
  ASSERT_GT(child_, 0);
  expect_child_did_as_expected(child_);
}

}  // namespace
