// SPDX-License-Identifier: BSD-3-Clause
// From which length of task on does it pay, and how near does it come to as many CPUs as there are?
//
// Every run is some 65 ms of tasks of one length, or a million tasks of 2 ns. The serial loop's
// time over a contender's is its speed-up; the best is the number of CPUs.
#include "measure.hpp"

namespace {

constexpr std::uint64_t k_run_ns = 65'000'000;
constexpr std::size_t k_tasks_max = 1'000'000;

template <class Contender>
void run(benchmark::State& state) {
  auto const task_ns = static_cast<std::uint64_t>(state.range(0));
  std::size_t const tasks = std::min<std::size_t>(k_tasks_max, k_run_ns / task_ns);
  contenders::Books<Contender, std::uint64_t> books(measure::cpus());
  auto const action = [task_ns](std::size_t i) noexcept { return measure::work(i, task_ns); };
  for (auto _ : state) books.run(tasks, action);
  for (std::size_t i = 0; i < tasks; i += tasks / 100) {
    if (!books.is_done(i) || books.value(i) != action(i)) state.SkipWithError("wrong answer");
  }
}

}  // namespace

int main(int argc, char** argv) {
  return measure::run_all(argc, argv, []<class C>(std::string const& name) {
    benchmark::RegisterBenchmark(name.c_str(), run<C>)
        ->ArgName("task_ns")
        ->Arg(2)
        ->Arg(100)
        ->Arg(1'300)
        ->Arg(13'000)
        ->Arg(130'000)
        ->UseRealTime()
        ->Unit(benchmark::kMicrosecond);
  });
}
