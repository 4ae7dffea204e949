// SPDX-License-Identifier: BSD-3-Clause
// Requests that come one at a time: each is a call, and its answer a future.
#include <iostream>
#include <reactor/reactor.hpp>
#include <stdexcept>
#include <string>

namespace {

int price_of(std::string const& item) {
  if (item != "tea") throw std::out_of_range("no such item: " + item);
  return 3;
}

}  // namespace

int main() {
  reactor::Reactor reactor({.parallelism = 2});

  auto answer = reactor.submit([] { return price_of("tea"); }).then([](int price) {
    return "tea is " + std::to_string(price);
  });
  auto no_answer = reactor.submit([] { return price_of("coal"); }).then([](int price) {
    return "coal is " + std::to_string(price);
  });

  std::cout << answer.get() << '\n';
  try {
    std::cout << no_answer.get() << '\n';
  } catch (reactor::TaskError const& error) {
    try {
      error.rethrow_cause();
    } catch (std::out_of_range const& cause) {
      std::cout << cause.what() << '\n';
    }
  }
}
