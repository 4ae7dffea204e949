// SPDX-License-Identifier: BSD-3-Clause
// A run in the background: the thread that submitted it shows how far it has come.
#include <chrono>
#include <cstddef>
#include <iostream>
#include <latch>
#include <reactor/reactor.hpp>

int main() {
  std::latch was_seen(1);  // so that it is not over before there is a half to be seen

  reactor::Reactor reactor({.parallelism = 2});
  auto batch = reactor.submit(1000, [&](std::size_t task) {
    if (task == 999) was_seen.wait();  // one, so there is a worker left for all others
    return task;
  });
  std::size_t shown = 0;
  while (!batch.wait_for(std::chrono::milliseconds(1))) {
    reactor::Summary const so_far = batch.progress();
    if (shown < 500 && so_far.done >= 500) {
      shown = 500;
      std::cout << "half of " << so_far.total << " tasks done\n";
      was_seen.count_down();
    }
  }
  std::cout << "all of them: " << batch.get().summary().done << '\n';
}
