// SPDX-License-Identifier: BSD-3-Clause
// guard <tasks>: runs so many tasks that throw nothing, on one thread. See guard.py.
#include <cstdint>
#include <cstdlib>
#include <reactor/reactor.hpp>

int main(int argc, char** argv) {
  auto const tasks = static_cast<std::size_t>(std::atoll(argv[argc - 1]));
  reactor::Reactor reactor({.parallelism = 1});
  reactor::Results<std::uint64_t> results;
  auto const action = [](std::size_t i) { return std::uint64_t{i} * 0x9e3779b97f4a7c15u; };
  reactor.run_into(results, tasks, action);
  return *results[1] == 0x9e3779b97f4a7c15u ? 0 : 1;
}
