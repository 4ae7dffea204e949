// SPDX-License-Identifier: BSD-3-Clause
// Many threads share one Reactor. Each gets the results of its own run; one's error is no other's.
#include <array>
#include <iostream>
#include <numeric>
#include <reactor/reactor.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

constexpr std::size_t k_callers = 4;
constexpr std::size_t k_tasks = 1000;

std::string call(reactor::Reactor& reactor, std::size_t caller) {
  auto const multiply = [caller](std::size_t task) {
    if (caller == 2 && task == 500) throw std::runtime_error("only the third caller's");
    return caller * task;
  };
  try {
    std::vector<std::size_t> const products = reactor.run(k_tasks, multiply).values();
    return "sum " +
           std::to_string(std::accumulate(products.begin(), products.end(), std::size_t{0}));
  } catch (reactor::TaskError const& error) {
    return "stopped by task " + std::to_string(error.task_index());
  }
}

int main() {
  reactor::Reactor reactor({.parallelism = 2});
  std::array<std::string, k_callers> answers;
  {
    std::vector<std::jthread> callers;
    for (std::size_t caller = 0; caller < k_callers; ++caller) {
      callers.emplace_back([&, caller] { answers[caller] = call(reactor, caller); });
    }
  }
  for (std::size_t caller = 0; caller < k_callers; ++caller) {
    std::cout << "caller " << caller << ": " << answers[caller] << '\n';
  }
}
