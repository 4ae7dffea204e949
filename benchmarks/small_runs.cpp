// SPDX-License-Identifier: BSD-3-Clause
// Is a run of few tasks slower than doing them at once, and is it after a nap?
//
//   idle_us 0     one run after the other, the mean
//   otherwise     the caller sleeps as long before each run; the median of single runs
#include "measure.hpp"

namespace {

template <class Books, class Action>
void run_hot(benchmark::State& state, Books& books, std::size_t tasks, Action const& action) {
  for (auto _ : state) {
    books.run(tasks, action);
    benchmark::ClobberMemory();
  }
}

template <class Books, class Action>
void run_after_naps(benchmark::State& state, Books& books, std::size_t tasks, Action const& action,
                    std::chrono::microseconds nap) {
  measure::Samples samples(static_cast<std::size_t>(state.max_iterations));
  for (auto _ : state) {
    std::this_thread::sleep_for(nap);
    auto const start = measure::Clock::now();
    books.run(tasks, action);
    double const ns = measure::ns_since(start);
    state.SetIterationTime(ns * 1e-9);
    samples.add(ns);
  }
  samples.report(state);
}

template <class Contender>
void run(benchmark::State& state) {
  auto const task_ns = static_cast<std::uint64_t>(state.range(0));
  auto const tasks = static_cast<std::size_t>(state.range(1));
  std::chrono::microseconds const nap(state.range(2));
  contenders::Books<Contender, std::uint64_t> books(measure::cpus());
  auto const measure_it = [&](auto const& action) {
    books.run(tasks, action);
    if (nap.count() == 0) {
      run_hot(state, books, tasks, action);
    } else {
      run_after_naps(state, books, tasks, action, nap);
    }
    for (std::size_t i = 0; i < tasks; ++i) {
      if (!books.is_done(i) || books.value(i) != action(i)) state.SkipWithError("wrong answer");
    }
  };
  if (task_ns == 2) {
    measure_it([](std::size_t i) noexcept { return measure::transform(i); });
  } else {
    measure_it([task_ns](std::size_t i) noexcept { return measure::work(i, task_ns); });
  }
}

template <class C>
auto* add(std::string const& name, std::int64_t nap_us) {
  return benchmark::RegisterBenchmark(name.c_str(), run<C>)
      ->ArgNames({"task_ns", "n", "idle_us"})
      ->ArgsProduct({{2, 1'300}, {1, 2, 4, 16, 64, 256, 4'096}, {nap_us}});
}

}  // namespace

int main(int argc, char** argv) {
  return measure::run_all(argc, argv, []<class C>(std::string const& name) {
    add<C>(name, 0)->UseRealTime()->MinTime(0.05);
    add<C>(name, 100)->UseManualTime()->Iterations(300);
    add<C>(name, 1'000)->UseManualTime()->Iterations(100);
    add<C>(name, 10'000)->UseManualTime()->Iterations(20);
  });
}
