// SPDX-License-Identifier: BSD-3-Clause
// What the other programs here get wrong, done right.
// expect: nothing
#include <list>
#include <memory>
#include <vector>

#include "reactor/reactor.hpp"

struct Immovable {
  Immovable() = default;
  Immovable(Immovable const&) = delete;
};

int main() {
  reactor::Reactor reactor;
  std::vector<int> const tasks{1, 2, 3};
  Immovable shared;

  reactor.run(tasks, [](int task) { return task; });
  reactor.run(3, [](std::size_t, reactor::TaskContext&) {});
  reactor.run(tasks, [](int) -> reactor::Expected<int> { return reactor::unexpected("no"); });
  reactor.run(tasks, [&](int) { return &shared; });

  reactor::Results<int> results;
  reactor.run_into(results, tasks, [](int task) { return task; });

  std::list<std::unique_ptr<int>> list;
  reactor.run(std::move(list), [](std::unique_ptr<int> task) { return task; });
}
