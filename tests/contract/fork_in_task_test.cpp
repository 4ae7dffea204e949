// SPDX-License-Identifier: BSD-3-Clause
// Children that are born inside a task, or use what they inherited.
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "leave.hpp"
#include "reactor/reactor.hpp"

using reactor::Options;
using reactor::Reactor;
using reactor::Results;
using reactor::Status;

namespace {

TEST(ForkInATask, AChildThatComesBackIntoAWorkerIsAborted) {
  Reactor reactor(Options{.parallelism = 2, .caller_participates = false});
  auto const results = reactor.run(2, [](std::size_t) {
    pid_t const child = fork();
    if (child == 0) return 0;
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : -1;
  });
  EXPECT_EQ(*results[0], SIGABRT);
  EXPECT_EQ(*results[1], SIGABRT);
}

// Its only thread ends there, and so does the child: nobody takes the worker's place.
TEST(ForkInATask, AChildThatEndsTheWorkersThreadEnds) {
  Reactor reactor(Options{.parallelism = 2, .caller_participates = false});
  auto const results = reactor.run(2, [&](std::size_t) {
    pid_t const child = fork();
    if (child == 0) {
      // The process ends with its last thread, as by exit(): not as far as sanitizers, for which
      // all is a leak that the parent's threads held.
      std::atexit([] { leave(0); });
      keep_coverage();
      pthread_exit(nullptr);
    }
    int status = -1;
    waitpid(child, &status, 0);
    return status;
  });
  for (auto const outcome : results) EXPECT_EQ(*outcome, 0);
}

// Also where the thread is alone and nothing is shared.
TEST(ForkInATask, AChildThatComesBackIntoTheCallerGetsAnError) {
  for (std::size_t const parallelism : {std::size_t{1}, std::size_t{2}}) {
    Reactor reactor(Options{.parallelism = parallelism});
    pid_t const parent = getpid();
    pid_t child = -1;
    try {
      reactor.run(1, [&](std::size_t) { child = fork(); });
    } catch (reactor::Error const&) {
      leave(getpid() == parent ? 2 : 0);
    }
    if (getpid() != parent) leave(1);
    int status = -1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0) << parallelism;
  }
}

TEST(ForkInATask, OutcomesOfARunThatWasRefusedAreFinal) {
  Reactor reactor(Options{.parallelism = 2});
  pid_t const child = fork();
  if (child == 0) {
    Results<int> results;
    try {
      reactor.run_into(results, 3, [](std::size_t) { return 1; });
    } catch (reactor::Error const&) {
      leave(results[2].status() == Status::skipped && results.summary().skipped == 3 ? 0 : 1);
    }
    leave(2);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
