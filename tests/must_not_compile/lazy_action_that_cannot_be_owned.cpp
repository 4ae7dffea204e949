// SPDX-License-Identifier: BSD-3-Clause
// expect: reactor: a stream owns its action
#include <memory>
#include <vector>

#include "reactor/reactor.hpp"

int main() {
  reactor::Reactor reactor;
  std::vector<int> const tasks{1, 2};
  auto const action = [own = std::make_unique<int>(1)](int task) { return task + *own; };
  reactor.submit(reactor::lazy(tasks), action);
}
