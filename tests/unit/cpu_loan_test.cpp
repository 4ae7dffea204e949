// SPDX-License-Identifier: BSD-3-Clause
#include "engine/cpu_loan.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "engine/topology.hpp"
#include "tests/contract/rendezvous.hpp"

namespace reactor::engine {
namespace {

std::vector<int> cpus_of_this_thread() {
  CpuMask mask;
  mask.read();
  return mask.cpus();
}

bool is_asleep(pid_t thread) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/stat");
  std::string text;
  std::getline(file, text);
  return text.find(") S ") != std::string::npos;
}

// Threads that want `cpu`, all the time.
class Crowd {
 public:
  explicit Crowd(int cpu) {
    for (int i = 0; i < 3; ++i) {
      threads_.emplace_back([this, cpu] {
        pin_this_thread(cpu);
        while (!is_over_.load()) {
        }
      });
    }
  }
  Crowd(Crowd const&) = delete;
  Crowd& operator=(Crowd const&) = delete;
  ~Crowd() {
    is_over_ = true;
    for (auto& thread : threads_) thread.join();
  }

 private:
  std::atomic<bool> is_over_{false};
  std::vector<std::thread> threads_;
};

// A caller on one CPU, and a worker at home on the other. On a machine of one CPU it is the same,
// and there is nothing to lend.
class CpuLoans : public ::testing::Test {
 protected:
  CpuLoans() { pin_this_thread(lent_); }
  ~CpuLoans() override { mine_.apply(); }

  CpusOfThread const mine_;
  std::vector<int> const cpus_ = usable_cpus();
  int const lent_ = cpus_.front();
  int const home_ = cpus_.back();
  // Before the calling thread sleeps until what `run` stands for is over.
  void offer(int const& run) {
    CpuLoan::offer(loans_, &run, [] { return false; });
  }

  std::vector<CpuLoan> loans_ = std::vector<CpuLoan>(1);
  CpuLoan& loan_ = loans_[0];
  int const run_ = 0;
  int const other_run_ = 0;
};

TEST_F(CpuLoans, GoToWhoHasNoCpuAndComeBack) {
  if (lent_ == home_) return;
  Crowd const crowd(home_);
  std::atomic<bool> has_moved{false};
  std::thread worker([&] {
    pin_this_thread(home_);
    loan_.begin(home_);
    loan_.enter(&run_);
    EXPECT_TRUE(eventually([&] { return sched_getcpu() == lent_; }));
    EXPECT_EQ(cpus_of_this_thread(), std::vector<int>{lent_});
    has_moved = true;
    loan_.leave();
    EXPECT_TRUE(eventually([&] { return cpus_of_this_thread() == std::vector<int>{home_}; }));
    loan_.end();
  });
  EXPECT_TRUE(eventually([&] {
    offer(run_);
    return has_moved.load();
  }));
  worker.join();
}

TEST_F(CpuLoans, AreNothingForWhoSleeps) {
  Gate done;
  std::atomic<pid_t> thread{0};
  std::thread worker([&] {
    pin_this_thread(home_);
    loan_.begin(home_);
    loan_.enter(&run_);
    thread = ::gettid();
    done.wait();
    EXPECT_EQ(cpus_of_this_thread(), std::vector<int>{home_});
    loan_.leave();
    loan_.end();
  });
  EXPECT_TRUE(eventually([&] { return thread != 0 && is_asleep(thread); }));
  for (int i = 0; i < 100; ++i) offer(run_);
  done.open();
  worker.join();
}

TEST_F(CpuLoans, AreForWhoHasAPartInTheRun) {
  Crowd const crowd(home_);
  std::atomic<int> offers{0};
  std::thread worker([&] {
    pin_this_thread(home_);
    EXPECT_FALSE(loan_.is_pinned());
    loan_.begin(home_);
    EXPECT_TRUE(loan_.is_pinned());
    loan_.enter(&other_run_);
    EXPECT_TRUE(eventually([&] { return offers >= 100; }));
    loan_.leave();
    EXPECT_TRUE(eventually([&] { return offers >= 200; }));
    loan_.enter(&run_);
    loan_.end();
    EXPECT_FALSE(loan_.is_pinned());
    EXPECT_TRUE(eventually([&] { return offers >= 300; }));
    EXPECT_EQ(cpus_of_this_thread(), std::vector<int>{home_});
  });
  for (; offers < 300; ++offers) offer(run_);
  worker.join();
}

}  // namespace
}  // namespace reactor::engine
