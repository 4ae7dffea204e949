// SPDX-License-Identifier: BSD-3-Clause
// A task throws. When does the caller have it, and what is still begun until then?
//
//   task 200 of n: stamps the time, throws ──► run ends ──► the caller's handler: stamps the time
//
// Tasks of 1.3 µs. Contenders that do not stop by themselves pass over what is left, asking a flag.
// The Reactor records where it was thrown.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <stdexcept>

#include "measure.hpp"

namespace {

constexpr std::size_t k_failing = 200;

template <class Contender>
struct Stopping {
  explicit Stopping(std::size_t threads) : contender(threads) {}

  template <class Body>
  void run(std::size_t tasks, Body const& body) {
    contenders::run_until_throw(contender, tasks, body);
  }

  Contender contender;
};

template <>
struct Stopping<contenders::InReactor> {
  explicit Stopping(std::size_t threads) : reactor({.parallelism = threads}) {}

  template <class Body>
  void run(std::size_t tasks, Body const& body) {
    reactor.run_into(results, tasks, body);
  }

  reactor::Reactor reactor;
  reactor::Results<void> results;
};

template <class Contender>
void run(benchmark::State& state) {
  auto const tasks = static_cast<std::size_t>(state.range(0));
  Stopping<Contender> contender(measure::cpus());
  measure::Samples samples(static_cast<std::size_t>(state.max_iterations));
  std::size_t begun_after_max = 0;
  for (auto _ : state) {
    std::atomic<bool> has_thrown{false};
    std::atomic<std::size_t> begun_after{0};
    measure::Clock::time_point thrown_at;
    auto const body = [&](std::size_t i) {
      if (has_thrown.load(std::memory_order_relaxed)) begun_after.fetch_add(1);
      if (i != k_failing) return benchmark::DoNotOptimize(measure::work(i, 1'300));
      thrown_at = measure::Clock::now();
      has_thrown.store(true, std::memory_order_relaxed);
      throw std::runtime_error("refused");
    };
    try {
      contender.run(tasks, body);
      state.SkipWithError("it did not throw");
    } catch (std::exception const&) {
      double const ns = measure::ns_since(thrown_at);
      state.SetIterationTime(ns * 1e-9);
      samples.add(ns);
    }
    begun_after_max = std::max(begun_after_max, begun_after.load());
  }
  samples.report(state);
  state.counters["begun_after_max"] = static_cast<double>(begun_after_max);
}

}  // namespace

int main(int argc, char** argv) {
  return measure::run_all(argc, argv, []<class C>(std::string const& name) {
    if constexpr (!std::is_same_v<C, contenders::StdPar>) {  // where a throw is the end
      for (std::int64_t const queued : {1'000, 100'000, 1'000'000, 10'000'000}) {
        // Who passes over ten million takes a tenth of a second.
        std::int64_t const times = std::min<std::int64_t>(1'000, 300'000'000 / queued);
        benchmark::RegisterBenchmark(name.c_str(), run<C>)
            ->ArgName("queued")
            ->Arg(queued)
            ->UseManualTime()
            ->Iterations(times);
      }
    }
  });
}
