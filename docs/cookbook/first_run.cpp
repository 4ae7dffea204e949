// SPDX-License-Identifier: BSD-3-Clause
#include <iostream>
#include <reactor/reactor.hpp>
#include <string>
#include <vector>

int main() {
  std::vector<std::string> const tasks{"one", "2", "3", "4", "5"};
  auto const add_5 = [](std::string const& task) { return std::stoi(task) + 5; };

  reactor::Reactor reactor({.stop_on_error = false});
  auto const results = reactor.run(tasks, add_5);

  for (auto&& [task, outcome] : reactor::correlate(tasks, results)) {
    std::cout << task << " + 5 = " << (outcome ? std::to_string(*outcome) : "?") << '\n';
  }
  for (auto failed : results.failures()) std::cout << failed.error().what() << '\n';
}
