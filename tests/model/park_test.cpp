// SPDX-License-Identifier: BSD-3-Clause
// Protocol P: no wake-up is lost, and none is needed twice.
#include <gtest/gtest.h>

#include "engine/parker.hpp"
#include "tests/model/env.hpp"
#include "tests/model/explore.hpp"

namespace reactor::model {
namespace {

constexpr auto seq_cst = std::memory_order_seq_cst;
constexpr auto relaxed = std::memory_order_relaxed;
using Parker = engine::Parker<Env>;

// Until the news is there, as every waiter in the engine does it.
void await(Parker& parker, Atomic<int>& news, int wanted) {
  while (news.load(seq_cst) < wanted) {
    parker.announce();
    if (news.load(seq_cst) >= wanted) {
      parker.withdraw();
      return;
    }
    parker.wait();
  }
}

TEST(Park, one_piece_of_news) {
  explore("park: one piece of news", {{2, 2, 0}, 100, 500'000}, [] {
    Parker parker;
    Atomic<int> news{0};
    Env::thread maker("maker", [&] {
      news.store(1, seq_cst);
      parker.unpark();
    });
    await(parker, news, 1);
    maker.join();
  });
}

TEST(Park, two_pieces_of_news_from_two_threads) {
  explore("park: two makers", {{2, 2, 0}, 4'220, 500'000}, [] {
    Parker parker;
    Atomic<int> news{0};
    auto const make = [&] {
      news.fetch_add(1, seq_cst);
      parker.unpark();
    };
    Env::thread first("first", make);
    Env::thread second("second", make);
    await(parker, news, 1);
    await(parker, news, 2);
    first.join();
    second.join();
  });
}

// A woken waiter, and one that withdrew too late, see what the unparker did before.
TEST(Park, hands_over_what_was_done_before) {
  explore("park: hands over", {{2, 2, 0}, 75, 0}, [] {
    Parker parker;
    Var<int> gift;
    Atomic<int> never{0};
    Env::thread maker("maker", [&] {
      gift.set(1);
      while (!parker.unpark()) Env::relax();
    });
    parker.announce();
    if (never.load(relaxed) != 0 || !parker.wait()) require(false, "woken without a wake");
    require(gift.get() == 1, "the gift is not there");
    maker.join();
  });
  explore("park: hands over to who withdraws", {{2, 2, 0}, 15, 0}, [] {
    Parker parker;
    Var<int> gift;
    Env::thread maker("maker", [&] {
      gift.set(1);
      parker.unpark();
    });
    parker.announce();
    if (!parker.withdraw()) require(gift.get() == 1, "the gift is not there");
    maker.join();
  });
}

// Two unparkers: one wake.
TEST(Park, one_wake_a_sleep) {
  explore("park: one wake a sleep", {{3, 2, 0}, 280, 0}, [] {
    Parker parker;
    int wakes = 0;
    auto const unpark = [&] { wakes += parker.claim() ? 1 : 0; };
    parker.announce();
    Env::thread first("first", unpark);
    Env::thread second("second", unpark);
    first.join();
    second.join();
    require(wakes == 1, "not one wake for one sleep");
  });
}

TEST(Park, a_timeout_ends_it) {
  explore("park: timeout", {{2, 2, 0}, 164, 0}, [] {
    Parker parker;
    std::uint64_t const begin_ns = Env::now_ns();
    parker.announce();
    require(!parker.wait(1'000), "woken by nobody");
    require(Env::now_ns() - begin_ns >= 1'000, "woken too early");
    Env::thread maker("maker", [&] { parker.unpark(); });
    parker.wait(1'000);
    maker.join();
  });
}

}  // namespace
}  // namespace reactor::model
