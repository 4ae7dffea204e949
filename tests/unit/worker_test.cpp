// SPDX-License-Identifier: BSD-3-Clause
// What one worker does about what it sees, with each of its looks scripted.
#include "engine/worker.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "tests/unit/counting_job.hpp"

namespace reactor::engine {
namespace {

constexpr std::uint64_t k_spin_ns = 20'000;
constexpr std::uint64_t k_long_ns = 1'000'000'000'000;

std::function<void()> on_relax;

struct ScriptedEnv : NativeEnv {
  static void relax() noexcept { on_relax(); }
};
using Script = ScriptedEnv;

// A batch with tasks that somebody may take, without a thread that runs it.
struct OfferedRun {
  OfferedRun(Shared<Script>& in, std::uint32_t benched)
      : shared(in), entry(*in.acquire_batch()), counting(64) {
    open(benched);
  }
  ~OfferedRun() { shared.slab.release(&entry); }
  OfferedRun(OfferedRun const&) = delete;
  OfferedRun& operator=(OfferedRun const&) = delete;

  Batch<Script>& batch() { return *entry.value; }
  void open(std::uint32_t benched) {
    epoch = batch().open(counting.job(), shared.workers, benched, true);
    batch().offer(shared.workers, {epoch, 0, 64});
  }
  void take_back_and_close() {
    Range range;
    batch().take_from(shared.workers, epoch, range);
    batch().close();
  }

  Shared<Script>& shared;
  Shared<Script>::BatchSlab::Entry& entry;
  CountingJob<Script> counting;
  std::uint64_t epoch = 0;
};

TEST(Worker, helps_one_that_waits_behind_short_runs_without_end) {
  Shared<Script> shared(1, k_spin_ns);
  OfferedRun waiting(shared, k_nobody);
  OfferedRun busy(shared, k_nobody);
  bool is_open = true;
  int turn = 0;
  int looks_left = 1'000'000;
  on_relax = [&] {
    if (!waiting.batch().has_queued() || --looks_left == 0) return shared.stop();
    if (++turn % 5 != 0) return;
    is_open ? busy.take_back_and_close() : busy.open(k_nobody);
    is_open = !is_open;
  };
  Worker<Script>(shared, 0).loop();
  EXPECT_TRUE(waiting.counting.every_task_was_run_once());
}

TEST(Worker, wakes_another_for_a_run_that_it_must_not_help) {
  Shared<Script> shared(2, k_long_ns);
  shared.idle.begin_search();
  shared.idle.announce(1);
  OfferedRun run(shared, 0);
  int looks_left = 1'000'000;
  on_relax = [&] {
    if (shared.idle.look().asleep == 0 || --looks_left == 0) shared.stop();
  };
  Worker<Script> worker(shared, 0);
  worker.loop();
  EXPECT_GT(looks_left, 0);
  EXPECT_EQ(worker.counters().wakes.read_approx(), 1u);
}

}  // namespace
}  // namespace reactor::engine
