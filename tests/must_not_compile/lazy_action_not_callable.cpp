// SPDX-License-Identifier: BSD-3-Clause
// expect: reactor: the action must be callable as action(task) or
#include <string>
#include <vector>

#include "reactor/reactor.hpp"

int main() {
  reactor::Reactor reactor;
  std::vector<std::string> const tasks{"1", "2"};
  reactor.run(reactor::lazy(tasks), [](int task) { return task; });
}
