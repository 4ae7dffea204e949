// SPDX-License-Identifier: BSD-3-Clause
// Keep going, with each task beside what became of it: its value, or why there is none.
#include <iostream>
#include <reactor/reactor.hpp>
#include <stdexcept>
#include <string>
#include <vector>

int add_5(std::string const& task) {
  std::size_t length = 0;
  int const value = std::stoi(task, &length);
  if (length != task.size()) throw std::invalid_argument("there is more than a number");
  return value + 5;
}

// What the task itself had to say. TaskError::what() adds which task of how many and which worker.
std::string cause_of(reactor::TaskError const& error) {
  try {
    error.rethrow_cause();
  } catch (std::invalid_argument const& cause) {
    return cause.what();
  }
}

int main() {
  std::vector<std::string> const tasks = {"1 apple", "2", "3", "4 pears", "5"};

  reactor::Reactor reactor({.stop_on_error = false, .parallelism = 2});
  auto const results = reactor.run(tasks, add_5);

  for (auto const& [task, outcome] : reactor::correlate(tasks, results)) {
    std::cout << task << ": ";
    if (outcome) {
      std::cout << *outcome << '\n';
    } else {
      std::cout << cause_of(outcome.error()) << '\n';
    }
  }
}
