// SPDX-License-Identifier: BSD-3-Clause
// A task runs tasks on the same Reactor. Whoever waits for an inner run helps with it, so nothing
// deadlocks however deep this goes.
#include <iostream>
#include <numeric>
#include <reactor/reactor.hpp>
#include <vector>

using Row = std::vector<int>;

int main() {
  std::vector<Row> const matrix = {{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10, 11, 12}};
  reactor::Reactor reactor({.parallelism = 2});

  auto const square = [](int cell) { return cell * cell; };
  auto const sum_of_squares = [&](Row const& row) {
    std::vector<int> const squares = reactor.run(row, square).values();
    return std::accumulate(squares.begin(), squares.end(), 0);
  };

  for (auto const& sum : reactor.run(matrix, sum_of_squares)) {
    std::cout << "row " << sum.index() << ": " << *sum << '\n';
  }
}
