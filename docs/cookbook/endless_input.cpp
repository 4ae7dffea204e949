// SPDX-License-Identifier: BSD-3-Clause
// Input without an end in sight: lines are read while others are worked on, eight at most at a
// time, and nothing more is read than is needed.
#include <iostream>
#include <iterator>
#include <optional>
#include <reactor/reactor.hpp>
#include <sstream>
#include <string>

int main() {
  std::size_t lines_read = 0;
  auto const next_line = [&]() -> std::optional<std::string> {  // on this thread only: no lock
    return "request " + std::to_string(lines_read++);
  };
  auto const answer = [](std::string const& line) { return line + ", answered"; };

  reactor::Reactor reactor({.parallelism = 2});
  auto answers = reactor.submit(reactor::lazy(next_line), answer, {.in_flight_max = 8});
  for (auto const outcome : answers) {
    if (outcome.index() % 10'000 == 0) std::cout << *outcome << '\n';
    if (outcome.index() == 30'000) break;
  }
  std::cout << (lines_read <= 30'000 + 8 ? "no" : "too many") << " lines read ahead in vain\n";

  // An input range does as well; here the first bad line ends it all.
  std::istringstream log("12 7 x 9");
  struct Words {
    std::istream& in;
    auto begin() { return std::istream_iterator<std::string>(in); }
    auto end() { return std::istream_iterator<std::string>(); }
  };
  try {
    for (auto const number : reactor.submit(reactor::lazy(Words{log}),
                                            [](std::string const& word) { return std::stoi(word); },
                                            {.in_flight_max = 1})) {
      std::cout << *number << '\n';
    }
  } catch (reactor::TaskError const& error) {
    std::cout << "word " << error.task_index() << " is no number\n";
  }
}
