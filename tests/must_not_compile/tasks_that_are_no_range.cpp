// SPDX-License-Identifier: BSD-3-Clause
// expect: reactor: tasks must be an integer count, or a range
#include "reactor/reactor.hpp"

struct NoRange {};

int main() {
  reactor::Reactor reactor;
  reactor.run(NoRange{}, [](int task) { return task; });
}
