// SPDX-License-Identifier: BSD-3-Clause
// Stop on error: the first task to fail ends the run, and run() throws its error.
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

// error.what() is the whole story in a line, with the worker. Here it is told piece by piece.
void print(reactor::TaskError const& error) {
  try {
    error.rethrow_cause();
  } catch (std::invalid_argument const& cause) {
    std::cout << "task " << error.task_index() << " of " << error.summary().total
              << " failed: " << cause.what() << '\n';
  }
}

int main() {
  std::vector<Task> const tasks = {"1", 2, 3, 4, 5};

  reactor::Reactor reactor({.stop_on_error = true, .parallelism = 2});
  try {
    auto const results = reactor.run(tasks, add_5);
    std::cout << "all " << results.size() << " tasks are done\n";
  } catch (reactor::TaskError const& error) {
    print(error);
  }
}
