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
  CpuLoan loan_;
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
    EXPECT_EQ(cpus_of_this_thread(), std::vector<int>{home_});
    loan_.end();
  });
  EXPECT_TRUE(eventually([&] {
    static_cast<void>(loan_.offer(&run_, lent_));
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
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(loan_.offer(&run_, lent_));
  done.open();
  worker.join();
}

TEST_F(CpuLoans, AreForWhoHasAPartInTheRun) {
  EXPECT_FALSE(loan_.is_pinned());
  std::thread worker([&] {
    loan_.begin(home_);
    EXPECT_TRUE(loan_.is_pinned());
    EXPECT_FALSE(loan_.offer(&run_, lent_));
    loan_.enter(&other_run_);
    EXPECT_FALSE(loan_.offer(&run_, lent_));
    loan_.leave();
    EXPECT_FALSE(loan_.offer(&other_run_, lent_));
    loan_.enter(&run_);
    loan_.end();
  });
  worker.join();
  EXPECT_FALSE(loan_.is_pinned());
  EXPECT_TRUE(loan_.offer(&run_, lent_)) << "its thread has ended, and cannot be moved";
}

}  // namespace
}  // namespace reactor::engine
