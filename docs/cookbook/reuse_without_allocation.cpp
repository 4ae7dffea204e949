// SPDX-License-Identifier: BSD-3-Clause
// Results that are run into again keep their memory: once warm, a run allocates nothing at all.
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <new>
#include <reactor/reactor.hpp>
#include <vector>

namespace {
std::atomic<std::size_t> allocations{0};
}

void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

int main() {
  std::vector<int> const tasks(10'000, 3);
  auto const square = [](int task) { return task * task; };

  reactor::Reactor reactor({.parallelism = 2});
  reactor::Results<int> results;
  reactor.run_into(results, tasks, square);  // warms up

  std::size_t const before = allocations;
  long long sum = 0;
  for (int run = 0; run < 100; ++run) {
    reactor.run_into(results, tasks, square);
    for (auto const& outcome : results) sum += *outcome;
  }
  std::size_t const after = allocations;

  std::cout << "100 runs, sum " << sum << ", allocations: " << after - before << '\n';
}
