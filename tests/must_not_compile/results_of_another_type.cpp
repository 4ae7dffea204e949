// SPDX-License-Identifier: BSD-3-Clause
// expect: reactor: these Results are for another type than the action returns
#include "reactor/reactor.hpp"

int main() {
  reactor::Reactor reactor;
  reactor::Results<int> results;
  reactor.run_into(results, 3, [](std::size_t) { return 0.5; });
}
