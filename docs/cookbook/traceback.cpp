// SPDX-License-Identifier: BSD-3-Clause
// Where was it thrown? what() ends with the stack of the throw, through functions that know nothing
// of reactor. Built with -g it has files and lines.
#include <iostream>
#include <reactor/reactor.hpp>
#include <stdexcept>
#include <string>
#include <vector>

[[gnu::noinline]] double price_in(std::string const& field) {
  if (field.find_first_not_of("0123456789.") != std::string::npos) {
    throw std::invalid_argument("no price: '" + field + "'");
  }
  return std::stod(field);
}

[[gnu::noinline]] double total_of(std::string const& order) {
  std::size_t const comma = order.find(',');
  double const first = price_in(order.substr(0, comma));
  return first + price_in(order.substr(comma + 1));
}

int main() {
  std::vector<std::string> const orders = {"1.99,free", "3.50,4.25", "0.99,2.00"};
  reactor::Reactor reactor;
  try {
    reactor.run(orders, total_of);
  } catch (reactor::TaskError const& error) {
    std::cout << error.what() << '\n';
  }
}
