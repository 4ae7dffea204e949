// SPDX-License-Identifier: BSD-3-Clause
// Results as they land: each is used as soon as it is there, failures are heard of at once.
#include <iostream>
#include <latch>
#include <reactor/reactor.hpp>
#include <stdexcept>
#include <string>
#include <vector>

int main() {
  std::vector<std::string> const pages{"slow", "broken", "quick"};
  std::latch quick_is_there(1);
  std::latch told(1);

  auto const fetch = [&](std::string const& page) {
    if (page == "broken") throw std::runtime_error("404");
    if (page == "slow") quick_is_there.wait();
    if (page == "quick") told.wait();
    return "<" + page + ">";
  };
  reactor::Reactor reactor({.stop_on_error = false, .parallelism = 3});
  auto batch = reactor.submit(pages, [fetch](std::string const& page) { return fetch(page); },
                              {.completion_order = true});
  batch.on_error([&](reactor::Outcome<std::string> const& first) {
    std::cout << "at once: " << pages[first.index()] << " failed\n";
    told.count_down();
  });
  for (auto const& outcome : batch.as_completed()) {
    if (outcome.has_error()) continue;
    std::cout << *outcome << '\n';
    if (*outcome == "<quick>") quick_is_there.count_down();
  }
}
