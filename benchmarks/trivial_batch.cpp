// SPDX-License-Identifier: BSD-3-Clause
// What does the engine cost when a task costs nothing?
//
//   task i: reads 8 bytes, writes 8 bytes          ┌─ worker ─┐
//   input ────────────────────────────────────────►│  x → f(x) │──► output + 1 status byte
//                                                  └─ caller ─┘
//
// All contenders keep the same books: a status byte a task, stored with release; a throw is caught
// a task. Two threads each. Every run checks the sum of its output.
#include <benchmark/benchmark.h>
#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <reactor/reactor.hpp>
#include <vector>

namespace {

constexpr std::size_t k_threads = 2;

std::uint64_t transform(std::uint64_t x) {
  return x * 0x9e3779b97f4a7c15u ^ x >> 7;
}

std::vector<std::uint64_t> make_input(std::size_t size) {
  std::vector<std::uint64_t> input(size);
  std::iota(input.begin(), input.end(), 1);
  return input;
}

std::uint64_t expected_sum(std::vector<std::uint64_t> const& input) {
  std::uint64_t sum = 0;
  for (std::uint64_t const x : input) sum += transform(x);
  return sum;
}

// What the rivals keep, by hand.
struct Output {
  explicit Output(std::size_t size)
      : values(size), statuses(new std::atomic<std::uint8_t>[size]()) {}

  void run_task(std::vector<std::uint64_t> const& input, std::size_t i) noexcept {
    try {
      values[i] = transform(input[i]);
      statuses[i].store(1, std::memory_order_release);
    } catch (...) {
      statuses[i].store(2, std::memory_order_release);
    }
  }

  std::uint64_t sum() const {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (statuses[i].load(std::memory_order_acquire) == 1) sum += values[i];
    }
    return sum;
  }

  void clear() {
    for (std::size_t i = 0; i < values.size(); ++i) statuses[i].store(0, std::memory_order_relaxed);
  }

  std::vector<std::uint64_t> values;
  std::unique_ptr<std::atomic<std::uint8_t>[]> statuses;
};

void check(benchmark::State& state, std::uint64_t got, std::uint64_t expected) {
  if (got != expected) state.SkipWithError("wrong answer");
}

void serial(benchmark::State& state) {
  auto const input = make_input(static_cast<std::size_t>(state.range(0)));
  Output output(input.size());
  for (auto _ : state) {
    for (std::size_t i = 0; i < input.size(); ++i) output.run_task(input, i);
    benchmark::ClobberMemory();
  }
  check(state, output.sum(), expected_sum(input));
}

void tbb_auto(benchmark::State& state) {
  auto const input = make_input(static_cast<std::size_t>(state.range(0)));
  Output output(input.size());
  tbb::global_control const threads(tbb::global_control::max_allowed_parallelism, k_threads);
  for (auto _ : state) {
    tbb::parallel_for(tbb::blocked_range<std::size_t>(0, input.size()), [&](auto const& range) {
      for (std::size_t i = range.begin(); i < range.end(); ++i) output.run_task(input, i);
    });
    benchmark::ClobberMemory();
  }
  check(state, output.sum(), expected_sum(input));
}

std::uint64_t sum_of(reactor::Results<std::uint64_t> const& results) {
  std::uint64_t sum = 0;
  for (auto outcome : results) sum += outcome.value();
  return sum;
}

void reactor_run_into(benchmark::State& state) {
  auto const input = make_input(static_cast<std::size_t>(state.range(0)));
  reactor::Reactor reactor({.parallelism = k_threads});
  reactor::Results<std::uint64_t> results;
  for (auto _ : state) {
    reactor.run_into(results, input, [](std::uint64_t x) { return transform(x); });
    benchmark::ClobberMemory();
  }
  check(state, sum_of(results), expected_sum(input));
}

// With memory of its own for every run, as `run` gives it.
void reactor_run(benchmark::State& state) {
  auto const input = make_input(static_cast<std::size_t>(state.range(0)));
  reactor::Reactor reactor({.parallelism = k_threads});
  reactor::Results<std::uint64_t> results;
  for (auto _ : state) {
    results = reactor.run(input, [](std::uint64_t x) { return transform(x); });
    benchmark::ClobberMemory();
  }
  check(state, sum_of(results), expected_sum(input));
}

void sizes(benchmark::internal::Benchmark* it) {
  it->ArgName("tasks")->Arg(1'000)->Arg(1'000'000)->UseRealTime()->Unit(benchmark::kMicrosecond);
}

BENCHMARK(serial)->Apply(sizes);
BENCHMARK(tbb_auto)->Apply(sizes);
BENCHMARK(reactor_run_into)->Apply(sizes);
BENCHMARK(reactor_run)->Apply(sizes);

}  // namespace

BENCHMARK_MAIN();
