// SPDX-License-Identifier: BSD-3-Clause
// An action without tasks: there is nothing to call it with.
// expect: what is submitted without tasks must be callable as f()
#include "reactor/reactor.hpp"

int main() {
  reactor::Reactor reactor;
  reactor.submit([](int task) { return task; });
}
