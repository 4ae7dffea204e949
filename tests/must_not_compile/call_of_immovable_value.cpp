// SPDX-License-Identifier: BSD-3-Clause
// A value that cannot be moved cannot come out of its future.
// expect: what a call returns must be movable
#include <mutex>

#include "reactor/reactor.hpp"

int main() {
  reactor::Reactor reactor;
  reactor.submit([] { return std::mutex(); });
}
