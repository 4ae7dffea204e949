// SPDX-License-Identifier: BSD-3-Clause
// One task of ten throws. The worker on which it did takes the next task like any other.
#include <iostream>
#include <reactor/reactor.hpp>
#include <stdexcept>

std::size_t square(std::size_t task) {
  if (task == 3) throw std::runtime_error("three is bad luck");
  return task * task;
}

int main() {
  reactor::Reactor reactor({.stop_on_error = false, .parallelism = 2});
  auto const results = reactor.run(10, square);

  for (auto const& outcome : results) {
    std::cout << outcome.index() << ": ";
    if (outcome) {
      std::cout << *outcome << '\n';
    } else {
      std::cout << "failed\n";
    }
  }
  std::cout << "done: " << results.summary().done << ", failed: " << results.summary().failed
            << ", workers alive: " << reactor.stats().workers << '\n';
}
