// SPDX-License-Identifier: BSD-3-Clause
#include "forks.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <latch>
#include <system_error>

#include "callers.hpp"
#include "instrumented.hpp"
#include "oracle.hpp"
#include "perform.hpp"
#include "stage.hpp"

namespace stress {

namespace {

constexpr unsigned k_child_seconds_max = 30;

// How a child ends.
enum Exit : int { k_all_well = 42, k_could_run, k_own_failed, k_threw };

bool is_refused(reactor::Reactor& reactor, std::size_t tasks) {
  try {
    reactor.run(tasks, [](std::size_t) {});
  } catch (reactor::TaskError const&) {
    return false;
  } catch (reactor::Error const&) {
    return true;
  }
  return false;
}

bool own_reactor_works(ReactorPlan const& plan) {
  reactor::Reactor own({.parallelism = 2, .caller_participates = plan.caller_participates});
  auto const results = own.run(100, [](std::size_t task) { return task; });
  return results.summary().done == 100 && *results[99] == 99;
}

Exit behave_as_child(Stage& stage, bool lets_go) {
  try {
    for (unsigned const which : {0u, 1u}) {
      for (std::size_t const tasks : {0u, 1u, 100u}) {
        if (!is_refused(stage.reactor(which), tasks)) return k_could_run;
      }
    }
    if (lets_go) stage.let_go();
    // ThreadSanitizer ends a forked child that starts a thread.
    if constexpr (!k_is_thread_sanitized) {
      if (!own_reactor_works(stage.plan(0))) return k_own_failed;
    }
  } catch (...) {
    return k_threw;
  }
  return k_all_well;
}

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "waitpid");
  }
  return status;
}

void fork_once(Stage& stage, bool lets_go) {
  pid_t const child = fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child == 0) {
    std::signal(SIGALRM, SIG_DFL);
    alarm(k_child_seconds_max);  // ends it if it hangs
    _exit(behave_as_child(stage, lets_go));
  }
  int const status = wait_for(child);
  add(stage.totals().forks);
  if (WIFSIGNALED(status)) {
    stage.verdict().differs("a forked child was ended by signal {}{}", WTERMSIG(status),
                            WTERMSIG(status) == SIGALRM ? ", its alarm: it hung" : "");
  } else if (WEXITSTATUS(status) != k_all_well) {
    stage.verdict().differs(
        "a forked child ended with {}, not {}; {}: it could run on an inherited Reactor, {}: its "
        "own did not work, {}: something was thrown",
        WEXITSTATUS(status), static_cast<int>(k_all_well), static_cast<int>(k_could_run),
        static_cast<int>(k_own_failed), static_cast<int>(k_threw));
  }
}

// What goes on meanwhile.
void run_on(Stage& stage, unsigned which, RunPlan plan, std::latch& warm,
            std::atomic<bool> const& is_enough) {
  Repeated repeated;
  perform(stage, which, plan, repeated);
  for (warm.count_down(); !is_enough.load(); ++plan.salt) perform(stage, which, plan, repeated);
}

// The same without an allocation: AddressSanitizer's allocator may be locked by a thread that is
// not there in the child, which then hangs.
void run_on_without_allocating(Stage& stage, unsigned which, std::size_t tasks, std::latch& warm,
                               std::atomic<bool> const& is_enough) {
  reactor::Results<std::size_t> results;
  auto const run = [&] {
    stage.reactor(which).run_into(results, tasks, [](std::size_t task) { return task; });
    stage.book(which, tasks, 0);
    for (auto const outcome : results) {
      if (!outcome || *outcome != outcome.index()) {
        stage.verdict().differs("task {} is not done, or has another value", outcome.index());
      }
    }
  };
  run();
  for (warm.count_down(); !is_enough.load();) run();
}

}  // namespace

void fork_during_runs(Stage& stage, Step const& step) {
  std::atomic<bool> is_enough{false};
  std::latch all_warm(step.callers);
  Callers callers(stage.totals());
  for (unsigned caller = 0; caller < step.callers; ++caller) {
    callers.add([&, caller] {
      unsigned const which = caller % 2;
      RunPlan const plan = fitted(step.run, stage.plan(which));
      if (k_is_instrumented) {
        run_on_without_allocating(stage, which, plan.tasks, all_warm, is_enough);
      } else {
        run_on(stage, which, plan, all_warm, is_enough);
      }
    });
  }
  all_warm.wait();
  for (unsigned round = 0; round < step.rounds && !stage.is_over(); ++round) {
    fork_once(stage, round % 2 == 1);
    if (!stage.verdict().is_good()) break;
  }
  is_enough = true;
}

}  // namespace stress
