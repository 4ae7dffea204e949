// SPDX-License-Identifier: BSD-3-Clause
// expect: reactor: the action returns reactor::Unexpected, which has no value type; declare its
#include "reactor/reactor.hpp"

int main() {
  reactor::Reactor reactor;
  reactor.run(3, [](std::size_t) { return reactor::unexpected("no"); });
}
