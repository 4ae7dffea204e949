// SPDX-License-Identifier: BSD-3-Clause
// The checker checked: small programs whose outcomes C++20 allows or forbids. A forbidden outcome
// is never seen in all executions; an allowed one is seen, where the model claims to have it.
#include <gmock/gmock.h>

#include <array>
#include <memory>

#include "tests/model/atomic.hpp"
#include "tests/model/env.hpp"

namespace reactor::model {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;
constexpr auto acq_rel = std::memory_order_acq_rel;
constexpr auto seq_cst = std::memory_order_seq_cst;

constexpr Bounds k_wide{3, 3, 0};
constexpr std::uint64_t k_unlimited = ~std::uint64_t{0};

struct Shared {
  Atomic<int> x{0}, y{0};
  Var<int> data{0};
  std::array<int, 4> read{};
};

// Runs the threads over a fresh Shared and, after joining them, asks for the outcome. Returns how
// many executions had it.
template <class... Threads>
std::uint64_t count(bool (*outcome)(Shared&), Threads... threads) {
  std::uint64_t seen = 0;
  Checker checker(k_wide);
  Report const report = checker.exhaust(
      [&] {
        Shared shared;
        std::array<Env::thread, sizeof...(threads)> started{
            Env::thread("thread", [&shared, &threads] { threads(shared); })...};
        for (auto& thread : started) thread.join();
        if (outcome(shared)) ++seen;
      },
      k_unlimited);
  EXPECT_TRUE(report.is_clean()) << report.failure << "\n" << report.trace;
  return seen;
}

constexpr std::uint64_t k_never = 0;

template <std::memory_order Store, std::memory_order Load>
std::uint64_t store_buffering() {
  return count([](Shared& s) { return s.read[0] == 0 && s.read[1] == 0; },
               [](Shared& s) {
                 s.x.store(1, Store);
                 s.read[0] = s.y.load(Load);
               },
               [](Shared& s) {
                 s.y.store(1, Store);
                 s.read[1] = s.x.load(Load);
               });
}

TEST(Litmus, store_buffering_is_forbidden_with_seq_cst_only) {
  EXPECT_GT((store_buffering<relaxed, relaxed>()), k_never);
  EXPECT_GT((store_buffering<release, acquire>()), k_never);
  EXPECT_GT((store_buffering<release, seq_cst>()), k_never);
  EXPECT_GT((store_buffering<seq_cst, acquire>()), k_never);
  EXPECT_EQ((store_buffering<seq_cst, seq_cst>()), k_never);
}

// Read-modify-writes take part in the one order of seq_cst operations, too.
TEST(Litmus, store_buffering_with_read_modify_writes) {
  auto const outcome = [](Shared& s) { return s.read[0] == 0 && s.read[1] == 0; };
  auto const seen = [&](auto order) {
    return count(
        outcome,
        [order](Shared& s) {
          s.x.fetch_add(1, order);
          s.read[0] = s.y.load(seq_cst);
        },
        [order](Shared& s) {
          s.y.fetch_add(1, order);
          s.read[1] = s.x.load(seq_cst);
        });
  };
  EXPECT_EQ(seen(seq_cst), k_never);
  EXPECT_GT(seen(acq_rel), k_never);
}

template <std::memory_order Store, std::memory_order Load>
std::uint64_t message_passing() {
  return count([](Shared& s) { return s.read[0] == 1 && s.read[1] == 0; },
               [](Shared& s) {
                 s.x.store(1, relaxed);
                 s.y.store(1, Store);
               },
               [](Shared& s) {
                 s.read[0] = s.y.load(Load);
                 s.read[1] = s.x.load(relaxed);
               });
}

TEST(Litmus, message_passing_needs_release_and_acquire) {
  EXPECT_GT((message_passing<relaxed, relaxed>()), k_never);
  EXPECT_GT((message_passing<release, relaxed>()), k_never);
  EXPECT_GT((message_passing<relaxed, acquire>()), k_never);
  EXPECT_EQ((message_passing<release, acquire>()), k_never);
  EXPECT_EQ((message_passing<seq_cst, seq_cst>()), k_never);
}

// A read-modify-write reads the store right before its own in modification order, which need not be
// the newest: a store that its thread knows nothing of may come to stand behind it.
template <class Read>
std::uint64_t message_passing_to(Read const& read) {
  return count([](Shared& s) { return s.read[0] == 1 && s.read[1] == 0; },
               [](Shared& s) {
                 s.x.store(1, relaxed);
                 s.y.store(1, release);
               },
               [read](Shared& s) {
                 s.read[0] = s.y.load(relaxed);
                 s.read[1] = read(s);
               });
}

TEST(Litmus, a_read_modify_write_may_read_what_is_not_the_newest) {
  EXPECT_GT(message_passing_to([](Shared& s) { return s.x.fetch_add(0, relaxed); }), k_never);
  EXPECT_GT(message_passing_to([](Shared& s) {
              int expected = 0;
              return s.x.compare_exchange_strong(expected, 2, relaxed, relaxed) ? 0 : 1;
            }),
            k_never);
}

// But no two read the same one.
TEST(Litmus, read_modify_writes_take_turns) {
  auto const add = [](int which) {
    return
        [which](Shared& s) { s.read[static_cast<std::size_t>(which)] = s.x.fetch_add(1, relaxed); };
  };
  EXPECT_EQ(count([](Shared& s) { return s.read[0] == s.read[1]; }, add(0), add(1)), k_never);
  EXPECT_EQ(count([](Shared& s) { return s.x.load(relaxed) != 2; }, add(0), add(1)), k_never);
}

// C++20 allows it with relaxed operations; this model, as RC11, does not have it.
TEST(Litmus, load_buffering_is_not_modelled) {
  EXPECT_EQ(count([](Shared& s) { return s.read[0] == 1 && s.read[1] == 1; },
                  [](Shared& s) {
                    s.read[0] = s.x.load(relaxed);
                    s.y.store(1, relaxed);
                  },
                  [](Shared& s) {
                    s.read[1] = s.y.load(relaxed);
                    s.x.store(1, relaxed);
                  }),
            k_never);
}

template <std::memory_order Store, std::memory_order Load>
std::uint64_t independent_reads() {
  return count(
      [](Shared& s) {
        return s.read == std::array{1, 0, 1, 0};
      },
      [](Shared& s) { s.x.store(1, Store); }, [](Shared& s) { s.y.store(1, Store); },
      [](Shared& s) {
        s.read[0] = s.x.load(Load);
        s.read[1] = s.y.load(Load);
      },
      [](Shared& s) {
        s.read[2] = s.y.load(Load);
        s.read[3] = s.x.load(Load);
      });
}

TEST(Litmus, independent_reads_of_independent_writes_agree_with_seq_cst_only) {
  EXPECT_GT((independent_reads<relaxed, relaxed>()), k_never);
  EXPECT_GT((independent_reads<release, acquire>()), k_never);
  EXPECT_EQ((independent_reads<seq_cst, seq_cst>()), k_never);
}

TEST(Litmus, coherence_of_two_reads) {
  auto const writer = [](Shared& s) {
    s.x.store(1, relaxed);
    s.x.store(2, relaxed);
  };
  auto const reader = [](Shared& s) {
    s.read[0] = s.x.load(relaxed);
    s.read[1] = s.x.load(relaxed);
  };
  EXPECT_EQ(count([](Shared& s) { return s.read[0] > s.read[1]; }, writer, reader), k_never);
  EXPECT_GT(count([](Shared& s) { return s.read[0] == 1 && s.read[1] == 2; }, writer, reader),
            k_never);
}

TEST(Litmus, a_thread_reads_its_own_store_or_a_later_one) {
  EXPECT_EQ(count([](Shared& s) { return s.read[0] == 0; },
                  [](Shared& s) {
                    s.x.store(1, relaxed);
                    s.read[0] = s.x.load(relaxed);
                  },
                  [](Shared& s) { s.x.store(2, relaxed); }),
            k_never);
}

template <std::memory_order Store>
std::uint64_t two_plus_two_writes() {
  return count([](Shared& s) { return s.x.load(relaxed) == 1 && s.y.load(relaxed) == 1; },
               [](Shared& s) {
                 s.x.store(1, Store);
                 s.y.store(2, Store);
               },
               [](Shared& s) {
                 s.y.store(1, Store);
                 s.x.store(2, Store);
               });
}

TEST(Litmus, two_plus_two_writes) {
  EXPECT_GT(two_plus_two_writes<relaxed>(), k_never);
  EXPECT_GT(two_plus_two_writes<release>(), k_never);
  EXPECT_EQ(two_plus_two_writes<seq_cst>(), k_never);
}

// data is written before the release store; the reader has read `want` with acquire.
template <class Between>
std::uint64_t races_through(Between between, int want) {
  std::uint64_t passed = 0;
  Checker checker(k_wide);
  Report const report = checker.exhaust(
      [&] {
        Shared shared;
        Env::thread writer("writer", [&] {
          shared.data.set(1);
          shared.x.store(1, release);
        });
        Env::thread other("other", [&] { between(shared); });
        Env::thread reader("reader", [&] {
          if (shared.x.load(acquire) != want) return;
          ++passed;
          shared.data.get();
        });
        writer.join();
        other.join();
        reader.join();
      },
      k_unlimited);
  EXPECT_GT(passed, k_never);
  return report.is_clean() ? 0 : 1;
}

TEST(Litmus, a_release_sequence_goes_on_through_read_modify_writes_only) {
  EXPECT_EQ(races_through([](Shared& s) { s.x.fetch_add(1, relaxed); }, 2), k_never);
  EXPECT_GT(races_through(
                [](Shared& s) {
                  if (s.x.load(relaxed) == 1) s.x.store(2, relaxed);
                },
                2),
            k_never);
}

TEST(Litmus, read_modify_writes_lose_nothing) {
  EXPECT_EQ(count([](Shared& s) { return s.x.load(relaxed) != 3; },
                  [](Shared& s) { s.x.fetch_add(1, relaxed); },
                  [](Shared& s) { s.x.fetch_add(2, relaxed); }),
            k_never);
}

// A lock of one exchange, without fences. Its owner writes data.
std::string verdict_of_lock(std::memory_order lock, std::memory_order unlock) {
  Checker checker(Bounds{});
  return checker
      .exhaust(
          [&] {
            Shared shared;
            auto const body = [&] {
              while (shared.x.exchange(1, lock) != 0) Env::relax();
              shared.data.set(shared.data.get() + 1);
              shared.x.store(0, unlock);
            };
            Env::thread first("first", body);
            Env::thread second("second", body);
            first.join();
            second.join();
            require(shared.data.get() == 2, "an increment was lost");
          },
          k_unlimited)
      .failure;
}

TEST(Litmus, a_mutex_without_fences) {
  EXPECT_EQ(verdict_of_lock(acquire, release), "");
  EXPECT_THAT(verdict_of_lock(relaxed, release), testing::HasSubstr("data race"));
  EXPECT_THAT(verdict_of_lock(acquire, relaxed), testing::HasSubstr("data race"));
}

std::string verdict(Checker::Program const& program) {
  Checker checker(Bounds{});
  return checker.exhaust(program, k_unlimited).failure;
}

TEST(Checker, finds_a_deadlock) {
  EXPECT_THAT(verdict([] {
                Env::mutex first, second;
                Env::thread other("other", [&] {
                  second.lock();
                  first.lock();
                  first.unlock();
                  second.unlock();
                });
                first.lock();
                second.lock();
                second.unlock();
                first.unlock();
                other.join();
              }),
              testing::HasSubstr("deadlock"));
}

TEST(Checker, finds_what_never_ends) {
  EXPECT_THAT(verdict([] {
                Atomic<int> never{0};
                Env::thread other("other", [&] { never.store(0, relaxed); });
                while (never.load(relaxed) == 0) Env::relax();
                other.join();
              }),
              testing::HasSubstr("no end"));
}

TEST(Checker, finds_a_touch_after_the_end) {
  EXPECT_THAT(verdict([] {
                auto* const gone = new Atomic<int>(0);
                delete gone;
                gone->load(relaxed);
              }),
              testing::HasSubstr("gone"));
}

TEST(Checker, finds_an_end_that_is_not_ordered_after_the_last_touch) {
  auto const body = [](std::memory_order order, bool touches_again) {
    return verdict([=] {
      auto* const done = new Atomic<int>(0);
      Env::thread other("other", [=] {
        done->store(1, release);
        if (touches_again) done->load(relaxed);
      });
      while (done->load(order) == 0) Env::relax();
      delete done;
      other.join();
    });
  };
  EXPECT_EQ(body(acquire, false), "");
  EXPECT_THAT(body(relaxed, false), testing::HasSubstr("is done with it"));
  EXPECT_THAT(body(acquire, true), testing::HasSubstr("is done with it"));
}

TEST(Checker, finds_a_leak_and_a_thread_that_nobody_joins) {
  EXPECT_THAT(verdict([] { std::make_unique<Atomic<int>>(0).release(); }),
              testing::HasSubstr("leak"));
  EXPECT_THAT(verdict([] { Env::thread other("other", [] {}); }), testing::HasSubstr("joined"));
}

TEST(Checker, replays_what_it_found_and_tells_it) {
  Checker checker(Bounds{});
  auto const program = [] {
    Shared shared;
    Env::thread other("other", [&] {
      shared.data.set(1);
      shared.x.store(1, relaxed);
    });
    if (shared.x.load(acquire) == 1) shared.data.get();
    other.join();
  };
  Report const found = checker.exhaust(program, k_unlimited);
  ASSERT_FALSE(found.is_clean());
  EXPECT_NE(found.trace.find("litmus_test.cpp"), std::string::npos);
  EXPECT_NE(found.trace.find("x#1"), std::string::npos) << found.trace;
  EXPECT_EQ(Checker(Bounds{}).replay(program, found.path).failure, found.failure);
}

// By its seed, also by who has seen nothing of the program before.
TEST(Checker, replays_what_it_has_drawn) {
  // With no preemption allowed: what is drawn is not bound by that.
  auto const program = [] {
    Shared shared;
    Env::thread other("other", [&] {
      for (int i = 0; i < 3; ++i) {
        shared.data.set(i);
        shared.x.store(i, relaxed);
        shared.y.load(relaxed);
      }
    });
    for (int i = 0; i < 3; ++i) shared.y.store(i, relaxed);
    if (shared.x.load(acquire) == 2 && shared.y.load(relaxed) == 2) shared.data.get();
    other.join();
  };
  Bounds const bounds{0, 1, 0};
  Checker checker(bounds);
  for (std::uint64_t seed = 0, found = 0; found < 20; ++seed) {
    ASSERT_LT(seed, 10'000u);
    Report const drawn = checker.sample(program, seed, 1);
    if (drawn.is_clean()) continue;
    ++found;
    EXPECT_EQ(drawn.trace.find("the replay ended otherwise"), std::string::npos);
    EXPECT_EQ(Checker(bounds).replay(program, drawn.path).failure, drawn.failure);
    EXPECT_EQ(Checker(bounds).replay(program, drawn.path).trace, drawn.trace);
  }
}

}  // namespace
}  // namespace reactor::model
