// SPDX-License-Identifier: BSD-3-Clause
// What does it cost to hand over 10,000 small calls, one at a time?
//
//   post     until the last of them has run, on the one worker beside the thread that posts
//   future   the same where each call has a future, and all of them are waited for
//   *_held   until the last has been handed over, while that worker is kept in another call: so
//            posting is all that happens
//
// Each call adds to a counter, which is checked.
#include <benchmark/benchmark.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <cstddef>
#include <future>
#include <reactor/reactor.hpp>
#include <thread>
#include <unsupported/Eigen/CXX11/ThreadPool>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t k_calls = 10'000;

// post(f) hands f over.
template <class Post>
void measure(benchmark::State& state, bool is_held, Post const& post) {
  std::atomic<std::size_t> made{0};
  for (auto _ : state) {
    made = 0;
    std::atomic<bool> is_busy{false};
    std::atomic<bool> may_go{!is_held};
    if (is_held) {
      post([&] {
        is_busy = true;
        while (!may_go) std::this_thread::sleep_for(std::chrono::microseconds(50));
      });
      while (!is_busy) std::this_thread::yield();
    }
    auto const wait_for_all = [&] {
      may_go = true;
      while (made != k_calls) std::this_thread::yield();
    };
    auto const start = Clock::now();
    for (std::size_t i = 0; i < k_calls; ++i) {
      post([&made, i] { made.fetch_add(i < k_calls ? 1 : 0, std::memory_order_relaxed); });
    }
    if (!is_held) wait_for_all();
    state.SetIterationTime(std::chrono::duration<double>(Clock::now() - start).count());
    wait_for_all();
  }
}

void post_to_reactor(benchmark::State& state, bool is_held) {
  reactor::Reactor reactor({.parallelism = 1});
  measure(state, is_held, [&](auto const& call) { reactor.post(call); });
}
void reactor_post(benchmark::State& state) {
  post_to_reactor(state, false);
}
void reactor_post_held(benchmark::State& state) {
  post_to_reactor(state, true);
}

// call(i) hands over one that returns i, and returns its future.
template <class Call>
void measure_futures(benchmark::State& state, Call const& call) {
  std::vector<decltype(call(std::size_t{0}))> futures;
  futures.reserve(k_calls);
  for (auto _ : state) {
    auto const start = Clock::now();
    for (std::size_t i = 0; i < k_calls; ++i) futures.push_back(call(i));
    std::size_t sum = 0;
    for (auto& future : futures) sum += future.get();
    state.SetIterationTime(std::chrono::duration<double>(Clock::now() - start).count());
    if (sum != k_calls * (k_calls - 1) / 2) state.SkipWithError("a wrong sum");
    futures.clear();
  }
}

void reactor_future(benchmark::State& state) {
  reactor::Reactor reactor({.parallelism = 1});
  measure_futures(state, [&](std::size_t i) { return reactor.submit([i] { return i; }); });
}
void asio_future(benchmark::State& state) {
  boost::asio::thread_pool pool(1);
  measure_futures(state, [&](std::size_t i) {
    return boost::asio::post(pool, boost::asio::use_future([i] { return i; }));
  });
  pool.join();
}
void std_future(benchmark::State& state) {  // what there is without any library
  measure_futures(state,
                  [](std::size_t i) { return std::async(std::launch::async, [i] { return i; }); });
}

void post_to_asio(benchmark::State& state, bool is_held) {
  boost::asio::thread_pool pool(1);
  measure(state, is_held, [&](auto const& call) { boost::asio::post(pool, call); });
  pool.join();
}
void asio_post(benchmark::State& state) {
  post_to_asio(state, false);
}
void asio_post_held(benchmark::State& state) {
  post_to_asio(state, true);
}

// Its tasks are its own thread's until another one steals them.
void tbb_task_group(benchmark::State& state) {
  tbb::task_arena arena(2);
  arena.execute([&] {
    tbb::task_group group;
    measure(state, false, [&](auto const& call) { group.run(call); });
    group.wait();
  });
}

void post_to_eigen(benchmark::State& state, bool is_held) {
  Eigen::ThreadPool pool(1);
  measure(state, is_held, [&](auto const& call) { pool.Schedule(call); });
}
void eigen_schedule(benchmark::State& state) {
  post_to_eigen(state, false);
}
void eigen_schedule_held(benchmark::State& state) {
  post_to_eigen(state, true);
}

}  // namespace

int main(int argc, char** argv) {
  auto const add = [](char const* name, void (*measured)(benchmark::State&)) {
    benchmark::RegisterBenchmark(name, measured)->UseManualTime()->Unit(benchmark::kMicrosecond);
  };
  add("reactor/what:post", reactor_post);
  add("reactor/what:post_held", reactor_post_held);
  add("reactor/what:future", reactor_future);
  add("asio/what:post", asio_post);
  add("asio/what:post_held", asio_post_held);
  add("asio/what:future", asio_future);
  add("std_async/what:future", std_future);
  add("tbb_task_group/what:post", tbb_task_group);
  add("eigen/what:post", eigen_schedule);
  add("eigen/what:post_held", eigen_schedule_held);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}
