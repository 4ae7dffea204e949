// SPDX-License-Identifier: BSD-3-Clause
// A task that hangs and hears nothing: the run goes on without it, at full parallelism, and its
// caller is not held up.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <iostream>
#include <memory>
#include <reactor/reactor.hpp>
#include <thread>

int main() {
  auto const is_over = std::make_shared<std::atomic<bool>>(false);
  {
    reactor::Reactor reactor({.stop_on_error = false,
                              .parallelism = 2,
                              .result_timeout = std::chrono::milliseconds(300)});

    // The action owns what it uses: it may still be running when run() has returned.
    auto const results = reactor.run(100, [is_over](std::size_t task) {
      while (task == 42 && !is_over->load()) std::this_thread::yield();
      return task * task;
    });

    auto const summary = results.summary();
    std::cout << summary.done << " done, " << summary.timed_out << " given up on\n";
    for (auto const& outcome : results.failures()) {
      std::cout << "task " << outcome.index() << ' '
                << (outcome.status() == reactor::Status::timed_out ? "took too long" : "failed")
                << '\n';
    }
    std::cout << "threads aside: " << reactor.stats().stragglers << '\n';

    is_over->store(true);  // or the next line waits for ever
  }
  std::cout << "the straggler has ended, and so has its reactor\n";
}
