// SPDX-License-Identifier: BSD-3-Clause
// What is used beside time?
//
//   memory    peak bytes a task of a first run of ten million tasks with results of 8 bytes, and
//             allocations of a run whose memory is there (`operator new`; 10,000 tasks)
//   idle      milliseconds of CPU in a second after a run, a tenth of a second later
//   first     making the engine and its first run, of 16 tasks, and ending it again
#include <sys/resource.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "measure.hpp"

namespace {

std::atomic<std::size_t> g_allocations{0};

}  // namespace

// Not inline: the compiler would take one half for a mistake.
[[gnu::noinline]] void* operator new(std::size_t size) {
  g_allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace {

template <class Contender>
using Books = contenders::Books<Contender, std::uint64_t>;

double peak_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024;
}

double cpu_ms() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto const ms = [](timeval const& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) * 1e-3;
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

std::uint64_t action(std::size_t i) noexcept {
  return measure::transform(i);
}

template <class Contender>
void memory(benchmark::State& state) {
  constexpr std::size_t k_many = 10'000'000;
  constexpr std::size_t k_few = 10'000;
  Books<Contender> books(measure::cpus());
  books.run(k_few, action);
  std::size_t const before = g_allocations;
  books.run(k_few, action);
  state.counters["allocations"] = static_cast<double>(g_allocations - before);
  double const bytes = peak_bytes();
  for (auto _ : state) books.run(k_many, action);
  state.counters["bytes_a_task"] = (peak_bytes() - bytes) / static_cast<double>(k_many);
}

template <class Contender>
void idle(benchmark::State& state) {
  Books<Contender> books(measure::cpus());
  books.run(10'000, action);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  double const before = cpu_ms();
  for (auto _ : state) std::this_thread::sleep_for(std::chrono::seconds(1));
  state.counters["cpu_ms_a_second"] = (cpu_ms() - before) / static_cast<double>(state.iterations());
}

template <class Contender>
void first(benchmark::State& state) {
  for (auto _ : state) {
    Books<Contender> books(measure::cpus());
    books.run(16, action);
    if (books.value(15) != action(15)) state.SkipWithError("wrong answer");
  }
}

void add(std::string const& name, void (*run)(benchmark::State&), std::int64_t iterations) {
  benchmark::RegisterBenchmark(name.c_str(), run)
      ->UseRealTime()
      ->Iterations(iterations)
      ->Unit(benchmark::kMicrosecond);
}

}  // namespace

int main(int argc, char** argv) {
  return measure::run_all(argc, argv, []<class C>(std::string const& name) {
    add(name + "/what:memory", memory<C>, 1);
    add(name + "/what:idle", idle<C>, 2);
    add(name + "/what:first", first<C>, 100);
  });
}
