// SPDX-License-Identifier: BSD-3-Clause
// expect: reactor: the action returns a reference to something that cannot be copied;
#include "reactor/reactor.hpp"

struct Immovable {
  Immovable() = default;
  Immovable(Immovable const&) = delete;
};

int main() {
  reactor::Reactor reactor;
  Immovable shared;
  reactor.run(3, [&](std::size_t) -> Immovable const& { return shared; });
}
