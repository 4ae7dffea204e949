// SPDX-License-Identifier: BSD-3-Clause
// What does a run of few trivial tasks cost more than calling the function?
//
//   run(1, f)  beside  f(0)            run(n, f)  beside  for (i < n) f(i)
//
// Every contender's answers are checked.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <reactor/reactor.hpp>

namespace {

[[gnu::noinline]] std::uint64_t work(std::size_t i) {
  return i * 0x9e3779b97f4a7c15u + 1;
}

void loop(benchmark::State& state) {
  auto const tasks = static_cast<std::size_t>(state.range(0));
  std::uint64_t last = 0;
  for (auto _ : state) {
    for (std::size_t i = 0; i < tasks; ++i) benchmark::DoNotOptimize(last = work(i));
  }
  if (last != work(tasks - 1)) state.SkipWithError("wrong answer");
}

void reactor_run(benchmark::State& state) {
  auto const tasks = static_cast<std::size_t>(state.range(0));
  reactor::Reactor reactor({.parallelism = 2});
  reactor::Results<std::uint64_t> results;
  for (auto _ : state) results = reactor.run(tasks, work);
  if (*results[tasks - 1] != work(tasks - 1)) state.SkipWithError("wrong answer");
}

void reactor_run_into(benchmark::State& state) {
  auto const tasks = static_cast<std::size_t>(state.range(0));
  reactor::Reactor reactor({.parallelism = 2});
  reactor::Results<std::uint64_t> results;
  for (auto _ : state) reactor.run_into(results, tasks, work);
  if (*results[tasks - 1] != work(tasks - 1)) state.SkipWithError("wrong answer");
}

void counts(benchmark::internal::Benchmark* it) {
  it->ArgName("tasks")->Arg(1)->Arg(2)->Arg(4)->Arg(16)->UseRealTime();
}

BENCHMARK(loop)->Apply(counts);
BENCHMARK(reactor_run)->Apply(counts);
BENCHMARK(reactor_run_into)->Apply(counts);

}  // namespace

BENCHMARK_MAIN();
