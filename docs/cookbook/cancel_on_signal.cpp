// SPDX-License-Identifier: BSD-3-Clause
// Ctrl-C ends a run in good order: what is in flight is told, what is queued is skipped.
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <iostream>
#include <reactor/reactor.hpp>
#include <stop_token>
#include <thread>

int main() {
  // Blocked before any thread is made, so that it comes to the one that waits for it.
  sigset_t interrupt;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  pthread_sigmask(SIG_BLOCK, &interrupt, nullptr);

  std::stop_source source;
  std::jthread const listener([&] {
    int signal = 0;
    sigwait(&interrupt, &signal);
    source.request_stop();
  });

  reactor::Reactor reactor({.parallelism = 2});
  try {
    reactor.run(1'000'000,
                [](std::size_t task, reactor::TaskContext& context) {
                  if (task == 0) kill(getpid(), SIGINT);  // the user's Ctrl-C
                  while (!context.stop_requested()) std::this_thread::yield();
                },
                {.stop = source.get_token()});
  } catch (reactor::Cancelled const& cancelled) {
    auto const& summary = cancelled.summary();
    std::cout << "interrupted: " << (summary.done <= 2 ? "at most two" : "more than two")
              << " had begun, and they have ended\n"
              << "nothing is lost: " << summary.done + summary.skipped << " of " << summary.total
              << '\n';
  }
}
