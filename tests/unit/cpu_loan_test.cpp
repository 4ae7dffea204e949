// SPDX-License-Identifier: BSD-3-Clause
#include "engine/cpu_loan.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <fstream>
#include <functional>
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

// A caller on one CPU, and workers at home on the other. On a machine of one CPU it is the same,
// and there is nothing to lend.
class CpuLoans : public ::testing::Test {
 protected:
  CpuLoans() { pin_this_thread(lent_); }
  ~CpuLoans() override { mine_.apply(); }

  // Before the calling thread sleeps until what `run` stands for is over.
  void offer(int const& run) {
    CpuLoan::offer(loans_, &run, [] { return false; });
  }
  // As a worker at home, which has a part in run_.
  void begin(CpuLoan& loan, bool is_named = false) {
    pin_this_thread(home_);
    loan.take_over();
    loan.begin(home_, is_named);
    loan.enter(&run_);
  }
  // Does what `worker` does on a thread that has no CPU, and offers until that is over.
  template <class Worker>
  void offer_to(Worker const& worker) {
    Crowd const crowd(home_);
    std::atomic<bool> is_over{false};
    std::thread thread([&] {
      worker();
      is_over = true;
    });
    while (!is_over) {
      offer(run_);
      if (after_offer_) after_offer_();
      ++offers_;
    }
    thread.join();
  }
  bool is_bound_to_lent(pid_t thread) const {
    CpuMask mask;
    return mask.read(thread) && mask.is_only(lent_);
  }
  std::vector<int> bind_to_both() const {
    CpuMask both;
    both.add(home_);
    both.add(lent_);
    both.apply();
    return cpus_of_this_thread();
  }
  bool has_moved() const { return cpus_of_this_thread() == std::vector<int>{lent_}; }
  bool is_home() const { return cpus_of_this_thread() == std::vector<int>{home_}; }

  CpusOfThread const mine_;
  std::vector<int> const cpus_ = usable_cpus();
  int const lent_ = cpus_.front();
  int const home_ = cpus_.back();
  bool const are_two_ = lent_ != home_;
  std::vector<CpuLoan> loans_ = std::vector<CpuLoan>(2);
  CpuLoan& loan_ = loans_[0];
  int const run_ = 0;
  int const other_run_ = 0;
  std::atomic<int> offers_{0};
  std::function<void()> after_offer_;
};

// Unless whoever looks just then is in the way: then after the next run.
TEST_F(CpuLoans, GoToWhoHasNoCpuAndComeBack) {
  offer_to([&] {
    for (int run = 0; run < 20; ++run) {
      begin(loan_);
      EXPECT_TRUE(eventually([&] { return sched_getcpu() == lent_; }));
      EXPECT_TRUE(has_moved());
      EXPECT_TRUE(eventually([&] { return loan_.leave(), is_home(); }));
    }
    loan_.end();
  });
}

TEST_F(CpuLoans, AreForOneAtATime) {
  std::array<std::atomic<pid_t>, 2> threads{};
  std::atomic<bool> are_over{false};
  auto const work = [&](std::size_t self) {
    begin(loans_[self]);
    threads[self] = ::gettid();
    while (!are_over) {
    }
    loans_[self].end();
  };
  bool has_one_moved = false;
  int looks = 0;
  after_offer_ = [&] {
    if (threads[0] == 0 || threads[1] == 0 || are_over) return;
    bool const has_first = is_bound_to_lent(threads[0]);
    bool const has_second = is_bound_to_lent(threads[1]);
    EXPECT_TRUE(!are_two_ || !has_first || !has_second);
    has_one_moved |= has_first || has_second;
    are_over = ++looks > (has_one_moved ? 200 : 100'000);
  };
  offer_to([&] {
    std::thread first([&] { work(0); });
    work(1);
    first.join();
  });
  EXPECT_TRUE(has_one_moved || !are_two_);
}

TEST_F(CpuLoans, AreNothingForWhoSleeps) {
  Gate done;
  std::atomic<pid_t> thread{0};
  std::thread worker([&] {
    begin(loan_);
    thread = ::gettid();
    done.wait();
    EXPECT_TRUE(is_home());
    loan_.leave();
    loan_.end();
  });
  EXPECT_TRUE(eventually([&] { return thread != 0 && is_asleep(thread); }));
  for (int i = 0; i < 100; ++i) offer(run_);
  done.open();
  worker.join();
}

TEST_F(CpuLoans, AreForWhoHasAPartInTheRun) {
  offer_to([&] {
    auto const await_offers = [&] {
      int const so_far = offers_;
      EXPECT_TRUE(eventually([&] { return offers_ > so_far + 50; }));
      EXPECT_TRUE(is_home());
    };
    begin(loan_);
    loan_.enter(&other_run_);
    EXPECT_TRUE(loan_.is_pinned());
    if (is_home()) await_offers();
    loan_.leave();
    await_offers();
    loan_.enter(&run_);
    loan_.end();
    EXPECT_FALSE(loan_.is_pinned());
    if (is_home()) await_offers();
  });
}

TEST_F(CpuLoans, AreNothingForWhoWasBoundAnew) {
  offer_to([&] {
    loan_.take_over();
    loan_.begin(home_, false);
    pin_this_thread(home_);
    loan_.enter(&run_);
    std::vector<int> const mine = bind_to_both();
    int const so_far = offers_;
    EXPECT_TRUE(eventually([&] { return offers_ > so_far + 50; }));
    EXPECT_EQ(cpus_of_this_thread(), mine);
    loan_.leave();
    loan_.end();
  });
}

TEST_F(CpuLoans, EndWhereWhoHasOneWasBoundAnew) {
  offer_to([&] {
    begin(loan_);
    EXPECT_TRUE(eventually([&] { return has_moved(); }));
    std::vector<int> const mine = bind_to_both();
    for (int const so_far = offers_; offers_ < so_far + 50;) loan_.leave();
    EXPECT_EQ(cpus_of_this_thread(), mine);
    loan_.end();
  });
}

// A CPU that the user has not named for the workers is not lent to them.
TEST_F(CpuLoans, StayWithinTheCpusThatWereNamed) {
  offer_to([&] {
    begin(loan_, true);
    EXPECT_TRUE(eventually([&] { return offers_ > 50; }));
    EXPECT_TRUE(is_home());
    loans_[1].begin(lent_, true);
    EXPECT_TRUE(eventually([&] { return has_moved(); }));
    loan_.leave();
    loan_.end();
  });
}

// A thread that was replaced may end later than its successor begins.
TEST_F(CpuLoans, AreTheSuccessors) {
  loan_.begin(lent_, false);
  std::thread([&] {
    loan_.take_over();
    EXPECT_FALSE(loan_.is_pinned()) << "not yet";
    loan_.begin(home_, false);
  }).join();
  loan_.end();
  EXPECT_TRUE(loan_.is_pinned());
}

}  // namespace
}  // namespace reactor::engine
