// SPDX-License-Identifier: BSD-3-Clause
// Every worker that starts leaves in good order, also after runs that errors have stopped.
#include <atomic>
#include <iostream>
#include <reactor/reactor.hpp>
#include <stdexcept>

int main() {
  std::atomic<int> started{0};
  std::atomic<int> left{0};
  {
    reactor::Reactor reactor({.parallelism = 3,
                              .on_worker_start = [&](std::size_t) { ++started; },
                              .on_worker_exit = [&](std::size_t) { ++left; }});
    std::cout << "started: " << started << ", left: " << left << '\n';

    for (int run = 1; run <= 2; ++run) {
      try {
        reactor.run(1000, [](std::size_t) { throw std::runtime_error("every task fails"); });
      } catch (reactor::TaskError const&) {
        std::cout << "run " << run << " was stopped, left: " << left << '\n';
      }
    }
  }
  std::cout << "the reactor is gone, left: " << left << '\n';
}
