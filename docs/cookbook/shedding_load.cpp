// SPDX-License-Identifier: BSD-3-Clause
// A server that sheds load: what cannot be queued is refused at once, and nobody waits in vain.
#include <atomic>
#include <iostream>
#include <latch>
#include <reactor/reactor.hpp>

int main() {
  std::atomic<int> served{0};
  int refused = 0;
  {
    std::latch is_busy(1);
    std::latch backend_is_back(1);
    reactor::Reactor reactor({.parallelism = 1, .queue_limit = 10});
    reactor.post([&] {  // a request that takes long, for as long as the backend does
      is_busy.count_down();
      backend_is_back.wait();
      ++served;
    });
    is_busy.wait();
    for (int request = 0; request < 100; ++request) {
      if (!reactor.try_post([&] { ++served; })) ++refused;  // answer "503 busy"
    }
    backend_is_back.count_down();
  }  // waits for what was accepted
  std::cout << served << " served, " << refused << " refused\n";
}
