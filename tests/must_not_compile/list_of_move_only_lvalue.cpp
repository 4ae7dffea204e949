// SPDX-License-Identifier: BSD-3-Clause
// A list has to be copied to be indexed, and this one is not given away.
// expect: whose elements can be indexed, copied, or moved from a temporary range
#include <list>
#include <memory>

#include "reactor/reactor.hpp"

int main() {
  reactor::Reactor reactor;
  std::list<std::unique_ptr<int>> tasks;
  reactor.run(tasks, [](std::unique_ptr<int> const& task) { return *task; });
}
