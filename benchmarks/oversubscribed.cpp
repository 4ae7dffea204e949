// SPDX-License-Identifier: BSD-3-Clause
// More threads than CPUs, or a CPU that another process wants: how late is a run then?
//
// Runs of 256 tasks of 1.3 µs, one after the other. `eaters` processes do nothing but use the last
// CPU. What counts is the tail: who waits for a thread that does not get its CPU waits for a tick.
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>

#include "measure.hpp"

namespace {

constexpr std::size_t k_tasks = 256;

class Eater {
 public:
  Eater() : pid_(fork()) {
    if (pid_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    cpu_set_t last;
    CPU_ZERO(&last);
    CPU_SET(measure::cpus() - 1, &last);
    sched_setaffinity(0, sizeof last, &last);
    for (;;) benchmark::DoNotOptimize(measure::work(1, 1'000));
  }
  Eater(Eater const&) = delete;
  Eater& operator=(Eater const&) = delete;
  ~Eater() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

 private:
  pid_t const pid_;
};

template <class Contender>
void run(benchmark::State& state) {
  std::vector<std::unique_ptr<Eater>> eaters;
  for (std::int64_t i = 0; i < state.range(1); ++i) eaters.push_back(std::make_unique<Eater>());
  contenders::Books<Contender, std::uint64_t> books(static_cast<std::size_t>(state.range(0)));
  auto const action = [](std::size_t i) noexcept { return measure::work(i, 1'300); };
  measure::Samples samples(static_cast<std::size_t>(state.max_iterations));
  for (auto _ : state) {
    auto const start = measure::Clock::now();
    books.run(k_tasks, action);
    double const ns = measure::ns_since(start);
    state.SetIterationTime(ns * 1e-9);
    samples.add(ns);
  }
  samples.report(state);
  for (std::size_t i = 0; i < k_tasks; ++i) {
    if (!books.is_done(i) || books.value(i) != action(i)) state.SkipWithError("wrong answer");
  }
}

}  // namespace

int main(int argc, char** argv) {
  return measure::run_all(argc, argv, []<class C>(std::string const& name) {
    benchmark::RegisterBenchmark(name.c_str(), run<C>)
        ->ArgNames({"threads", "eaters"})
        ->Args({static_cast<std::int64_t>(measure::cpus()), 0})
        ->Args({static_cast<std::int64_t>(measure::cpus()), 1})
        ->Args({16, 0})
        ->UseManualTime()
        ->Iterations(4'000);
  });
}
