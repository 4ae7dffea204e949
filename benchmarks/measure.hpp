// SPDX-License-Identifier: BSD-3-Clause
// What the workloads share: work of a known length, samples, and one benchmark a contender.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "contenders/all.hpp"

namespace measure {

using Clock = std::chrono::steady_clock;

inline std::size_t cpus() {
  return std::max<std::size_t>(1, std::thread::hardware_concurrency());
}

// Two nanoseconds: what a task that does nothing still does.
inline std::uint64_t transform(std::uint64_t x) {
  return x * 0x9e3779b97f4a7c15u ^ x >> 7;
}

// Some `ns` of arithmetic, each step waiting for the one before, on a CPU of 3 GHz: the same work
// for every contender whatever the clock. The result depends on x and on every step.
[[gnu::noinline]] inline std::uint64_t work(std::uint64_t x, std::uint64_t ns) {
  for (std::uint64_t step = 3 * ns / 4; step != 0; --step) x = x * 0x9e3779b97f4a7c15u + step;
  return x;
}

inline double ns_since(Clock::time_point start) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

// Times that are looked at one by one, where the mean would say nothing.
class Samples {
 public:
  explicit Samples(std::size_t expected) { all_.reserve(expected); }
  void add(double ns) { all_.push_back(ns); }

  void report(benchmark::State& state) {
    std::sort(all_.begin(), all_.end());
    state.counters["p50_ns"] = quantile(0.5);
    if (all_.size() >= 100) state.counters["p99_ns"] = quantile(0.99);
    if (all_.size() >= 1'000) state.counters["p999_ns"] = quantile(0.999);
  }

 private:
  double quantile(double part) const {
    auto const rank = std::ceil(part * static_cast<double>(all_.size()));
    return all_.at(rank < 1 ? 0 : static_cast<std::size_t>(rank) - 1);
  }

  std::vector<double> all_;
};

// Registers visit.operator()<C>(name of C) for every contender, then does what main does.
template <class Register>
int run_all(int argc, char** argv, Register const& register_one) {
  contenders::for_each(
      [&]<class C>() { register_one.template operator()<C>(std::string(C::k_name)); });
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

}  // namespace measure
