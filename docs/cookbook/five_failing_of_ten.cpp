// SPDX-License-Identifier: BSD-3-Clause
// Five tasks of ten throw, more than there are workers. All workers live on, run after run.
#include <iostream>
#include <reactor/reactor.hpp>
#include <stdexcept>
#include <string>

std::size_t half(std::size_t task) {
  if (task % 2 != 0) throw std::domain_error(std::to_string(task) + " is odd");
  return task / 2;
}

void print_cause(reactor::TaskError const& error) {
  try {
    error.rethrow_cause();
  } catch (std::domain_error const& cause) {
    std::cout << "  task " << error.task_index() << ": " << cause.what() << '\n';
  }
}

int main() {
  reactor::Reactor reactor({.stop_on_error = false, .parallelism = 2});

  for (int run = 1; run <= 2; ++run) {
    auto const results = reactor.run(10, half);
    std::cout << "run " << run << ", failed: " << results.summary().failed << '\n';
    for (auto const& outcome : results.failures()) print_cause(outcome.error());
    std::cout << "  done: " << results.summary().done
              << ", workers alive: " << reactor.stats().workers << '\n';
  }
}
