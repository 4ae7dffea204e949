// SPDX-License-Identifier: BSD-3-Clause
// A generator says by an empty optional that there is nothing left.
// expect: reactor: a lazy source must be an input range whose elements can be copied, or
#include "reactor/reactor.hpp"

int main() {
  reactor::Reactor reactor;
  auto const next = [] { return 1; };
  reactor.submit(reactor::lazy(next), [](int task) { return task; });
}
