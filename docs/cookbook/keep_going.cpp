// SPDX-License-Identifier: BSD-3-Clause
// Keep going: a task fails, its worker lives on, and all other tasks run.
#include <iostream>
#include <reactor/reactor.hpp>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

using Task = std::variant<int, std::string>;

int add_5(Task const& task) {
  if (auto const* text = std::get_if<std::string>(&task)) {
    throw std::invalid_argument("cannot add 5 to '" + *text + "'");
  }
  return std::get<int>(task) + 5;
}

int main() {
  std::vector<Task> const tasks = {"1", 2, 3, 4, 5};

  reactor::Reactor reactor({.stop_on_error = false, .parallelism = 2});
  auto const results = reactor.run(tasks, add_5);

  std::cout << '[';
  for (auto const& outcome : results) {
    if (outcome.index() != 0) std::cout << ", ";
    if (outcome) {
      std::cout << *outcome;
    } else {
      std::cout << "none";
    }
  }
  std::cout << "]\n";
}
