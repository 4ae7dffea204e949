// SPDX-License-Identifier: BSD-3-Clause
// Protocol Q's queue: what was pushed is popped once, the oldest of each pusher first.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>

#include "engine/inbox.hpp"
#include "tests/model/env.hpp"
#include "tests/model/explore.hpp"

namespace reactor::model {
namespace {

struct Letter final : engine::InboxItem<Env> {
  Begun begin(std::uint32_t, engine::Counters<Env>&) override { return {}; }
  void refuse() noexcept override {}
  bool has_begun() const noexcept override { return is_begun.load(std::memory_order_relaxed); }
  void leave_list() noexcept override {
    require(++pops == 1 && has_begun(), "taken out twice, or before it has begun");
  }
  Env::atomic<bool> is_begun{false};
  Var<int> content;
  int pops = 0;  // the checker's own view
};

struct Letters {
  engine::Inbox<Env> inbox;
  std::array<Letter, 4> all;

  void push(std::size_t i) {
    all[i].content.set(static_cast<int>(i));
    inbox.push(all[i]);
  }

  // By who does not pop it.
  void begin(std::size_t i) {
    all[i].is_begun.store(true, std::memory_order_relaxed);
    inbox.begun_in_here();
  }

  // What was popped, or null.
  Letter* pop() {
    auto* const item = inbox.pop();
    if (item == nullptr) return nullptr;
    auto* const letter = static_cast<Letter*>(item);
    require(++letter->pops == 1, "popped twice");
    require(inbox.size_approx() <= all.size(), "counts more than there ever were");
    require(letter->content.get() == letter - all.data(), "its contents are not there");
    return letter;
  }
  void pop_all() {
    while (inbox.has_any()) {
      if (pop() == nullptr) Env::relax();
    }
  }
};

TEST(Inbox, two_push_and_two_pop) {
  explore("inbox: two push, two pop", {{4, 2, 0}, 1'053'490, 300'000}, [] {
    Letters letters;
    Env::thread first("first", [&] {
      letters.push(0);
      letters.push(1);
    });
    Env::thread second("second", [&] {
      letters.push(2);
      letters.pop();
    });
    letters.pop();
    first.join();
    second.join();
    letters.pop_all();
    for (int i = 0; i < 3; ++i) require(letters.all[static_cast<std::size_t>(i)].pops == 1, "lost");
  });
}

TEST(Inbox, the_oldest_first) {
  explore("inbox: in order", {{3, 2, 0}, 60'144, 300'000}, [] {
    Letters letters;
    Env::thread pusher("pusher", [&] {
      for (std::size_t i = 0; i < letters.all.size(); ++i) letters.push(i);
    });
    for (Letter* expected = letters.all.data(); expected != letters.all.data() + 4;) {
      if (Letter* const letter = letters.pop()) {
        require(letter == expected++, "a later one was popped first");
      } else {
        Env::relax();
      }
    }
    pusher.join();
    require(!letters.inbox.has_any(), "counts what is not there");
  });
}

TEST(Inbox, what_has_begun_leaves) {
  explore("inbox: begun", {{2, 1, 0}, 43'245, 300'000}, [] {
    Letters letters;
    letters.push(0);
    letters.push(1);
    letters.push(2);
    Env::thread first("first", [&] {
      letters.begin(1);
      letters.begin(0);
    });
    Env::thread second("second", [&] {
      letters.push(3);
      letters.begin(3);
    });
    letters.pop();
    first.join();
    second.join();
    letters.pop_all();
    for (Letter const& letter : letters.all) require(letter.pops == 1, "lost");
  });
}

// Wherever it is, but the newest, whose link is the next pusher's.
TEST(Inbox, keeps_no_more_that_has_begun_than_of_others) {
  explore("inbox: begun, in order", {{0, 0, 0}, 1, 1}, [] {
    Letters letters;
    letters.push(0);
    letters.begin(0);
    require(letters.all[0].pops == 0, "the newest was taken out");
    letters.push(1);
    letters.push(2);
    letters.begin(1);
    require(letters.all[0].pops == 1 && letters.all[1].pops == 1, "kept though it has begun");
    letters.push(3);
    letters.begin(3);
    require(letters.inbox.size_approx() == 2, "counts what is not there");
    require(letters.pop() == &letters.all[2] && letters.pop() == &letters.all[3], "another order");
  });
}

TEST(Inbox, is_not_empty_for_who_pushed) {
  explore("inbox: has any", {{3, 2, 0}, 176, 100'000}, [] {
    Letters letters;
    auto const push = [&](std::size_t i) {
      letters.push(i);
      require(letters.inbox.has_any(), "empty though nobody popped");
    };
    Env::thread other("other", [&] { push(0); });
    push(1);
    other.join();
    letters.pop_all();
    require(letters.all[0].pops == 1 && letters.all[1].pops == 1, "lost");
  });
}

}  // namespace
}  // namespace reactor::model
