// SPDX-License-Identifier: BSD-3-Clause
// What was submitted may still run when the vector is gone, and the vector is not given away.
// expect: submit owns its tasks and its action
#include <memory>
#include <vector>

#include "reactor/reactor.hpp"

int main() {
  reactor::Reactor reactor;
  std::vector<std::unique_ptr<int>> tasks;
  reactor.submit(tasks, [](std::unique_ptr<int> const& task) { return *task; });
}
