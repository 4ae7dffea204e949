// SPDX-License-Identifier: BSD-3-Clause
// Protocol Q: who waits for a run in flight is told, once, and reads what was done before.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <memory>

#include "engine/completion_order.hpp"
#include "engine/end_signal.hpp"
#include "engine/first_failure.hpp"
#include "engine/listeners.hpp"
#include "engine/parker.hpp"
#include "tests/model/env.hpp"
#include "tests/model/explore.hpp"

namespace reactor::model {
namespace {

TEST(EndSignal, wakes_all_who_wait) {
  explore("signal: end", {{3, 2, 0}, 24'183, 100'000}, [] {
    engine::EndSignal<Env> end;
    Var<int> done{0};
    auto const wait = [&] {
      require(end.await(engine::k_forever_ns), "gave up");
      require(done.get() == 1, "told too early");
    };
    Env::thread first("first", wait);
    Env::thread second("second", wait);
    done.set(1);
    end.give();
    first.join();
    second.join();
  });
}

TEST(EndSignal, or_their_time_is_over) {
  explore("signal: in time", {{3, 2, 0}, 76, 100'000}, [] {
    engine::EndSignal<Env> end;
    Var<int> done{0};
    Env::thread waiter("waiter", [&] {
      if (end.await(1'000)) require(done.get() == 1, "told too early");
    });
    done.set(1);
    end.give();
    waiter.join();
    require(end.was_given(), "forgotten");
  });
}

struct Node {
  Node* next = nullptr;
  Var<int> content{0};
  int told = 0;  // the checker's own view
};

TEST(Listeners, are_told_or_refused) {
  explore("listeners: two and the end", {{4, 2, 0}, 4'710, 100'000}, [] {
    engine::Listeners<Env, Node> listeners;
    std::array<Node, 3> nodes;
    Var<int> happened{0};
    auto const add = [&](Node& node) {
      node.content.set(1);
      if (listeners.add(node)) return;
      require(happened.get() == 1, "refused too early");
      ++node.told;
    };
    Env::thread first("first", [&] {
      add(nodes[0]);
      add(nodes[1]);
    });
    Env::thread second("second", [&] { add(nodes[2]); });
    happened.set(1);
    bool was_first_told = false;
    for (Node* node = listeners.close(); node != nullptr; node = node->next) {
      require(node->content.get() == 1, "its contents are not there");
      require(node != &nodes[1] || was_first_told, "the later one first");
      was_first_told = was_first_told || node == &nodes[0];
      ++node->told;
    }
    first.join();
    second.join();
    for (Node const& node : nodes) require(node.told == 1, "not told, or twice");
  });
}

struct Calls {
  std::array<Var<int>, 2> failures{};
  std::size_t which = 2;  // the checker's own view
  int count = 0;          // the checker's own view
};
struct Listener {
  Calls& calls;
  Var<int> content{1};
  void call(std::size_t i) noexcept {
    require(calls.failures[i].get() == 1, "the failure is not there");
    require(content.get() == 1, "the listener is not there");
    calls.which = i;
    ++calls.count;
  }
};

TEST(FirstFailure, is_told_once) {
  explore("first failure: two, and who listens", {{4, 2, 0}, 9'813, 100'000}, [] {
    engine::FirstFailure<Env, Listener> first_failure;
    Calls calls;
    auto const fail = [&](std::size_t i) {
      calls.failures[i].set(1);
      first_failure.tell(i);
    };
    Env::thread first("first", [&] { fail(0); });
    Env::thread second("second", [&] { fail(1); });
    first_failure.listen(new Listener{calls});
    first.join();
    second.join();
    require(calls.count == 1, "not told, or twice");
  });
}

TEST(FirstFailure, is_the_first) {
  explore("first failure: the first of two", {{0, 0, 0}, 1, 0}, [] {
    engine::FirstFailure<Env, Listener> first_failure;
    Calls calls;
    for (std::size_t const i : {std::size_t{1}, std::size_t{0}}) {
      calls.failures[i].set(1);
      first_failure.tell(i);
    }
    first_failure.listen(new Listener{calls});
    require(calls.which == 1, "a later one is told");
  });
}

// The run is over before somebody listens, or after that.
TEST(FirstFailure, when_all_is_over) {
  explore("first failure: over", {{4, 2, 0}, 155, 100'000}, [] {
    engine::FirstFailure<Env, Listener> first_failure;
    Calls calls;
    Env::thread task("task", [&] {
      calls.failures[0].set(1);
      first_failure.tell(0);
      first_failure.close();
    });
    first_failure.listen(new Listener{calls});
    task.join();
    require(calls.count == 1, "not told, or twice");
    first_failure.reset();
    first_failure.close();
    first_failure.listen(new Listener{calls});
    require(calls.count == 1, "told of what did not happen");
  });
}

TEST(FirstFailure, to_the_last_who_listens) {
  explore("first failure: two listen", {{4, 2, 0}, 286, 100'000}, [] {
    engine::FirstFailure<Env, Listener> first_failure;
    Calls calls;
    Env::thread task("task", [&] {
      calls.failures[0].set(1);
      first_failure.tell(0);
    });
    first_failure.listen(new Listener{calls});
    first_failure.listen(new Listener{calls});
    task.join();
    require(calls.count == 1 || calls.count == 2, "not told");
  });
}

TEST(CompletionOrder, is_read_while_it_grows) {
  explore("order: two end, one reads", {{2, 2, 0}, 11'788, 100'000}, [] {
    engine::CompletionOrder<Env> order;
    order.prepare(3);
    std::array<Var<int>, 3> outcomes{};
    auto const end = [&](std::size_t i) {
      outcomes[i].set(1);
      order.record(i);
    };
    Env::thread reader("reader", [&] {
      std::array<int, 3> seen{};
      std::size_t k = 0;
      for (;;) {
        while (!order.is_decided(k)) order.await(k, engine::k_forever_ns);
        std::size_t const i = order.at(k);
        if (i == order.k_none) break;
        require(outcomes[i].get() == 1, "its outcome is not there");
        require(++seen[i] == 1, "twice in the order");
        ++k;
      }
      require(k == 2 && order.count() == 2, "one is missing");
    });
    Env::thread other("other", [&] { end(2); });
    end(0);
    other.join();
    order.close();
    reader.join();
  });
}

// One reader of two runs, who sleeps in one place, which goes when both runs are over.
TEST(CompletionOrder, of_two_runs_is_read_by_one) {
  explore("order: two runs, one reader", {{2, 2, 0}, 65'312, 100'000}, [] {
    std::array<engine::CompletionOrder<Env>, 2> orders;
    std::array<engine::EndSignal<Env>, 2> ends;
    std::array<Var<int>, 2> outcomes{};
    auto reader = std::make_unique<engine::Parker<Env>>();
    for (auto& order : orders) {
      order.prepare(1);
      order.share_reader(*reader);
    }
    auto const run = [&](std::size_t which) {
      outcomes[which].set(1);
      orders[which].record(0);
      orders[which].close();
      ends[which].give();
    };
    Env::thread first("first", [&] { run(0); });
    Env::thread second("second", [&] { run(1); });
    std::array<std::size_t, 2> seen{};
    auto const has_landed = [&] {
      return (seen[0] == 0 && orders[0].is_decided(0)) || (seen[1] == 0 && orders[1].is_decided(0));
    };
    while (seen[0] + seen[1] != 2) {
      while (!has_landed()) reader->wait_unless(has_landed, engine::k_forever_ns);
      for (std::size_t const which : {std::size_t{0}, std::size_t{1}}) {
        if (seen[which] != 0 || orders[which].at(0) == orders[which].k_none) continue;
        require(outcomes[which].get() == 1, "its outcome is not there");
        ++seen[which];
      }
    }
    for (auto& end : ends) end.await(engine::k_forever_ns);
    reader.reset();
    first.join();
    second.join();
  });
}

// Nothing but what it waits for comes to wake the reader.
TEST(CompletionOrder, each_end_is_news) {
  explore("order: one after the other", {{3, 2, 0}, 311, 100'000}, [] {
    engine::CompletionOrder<Env> order;
    order.prepare(2);
    Env::thread task("task", [&] { order.record(1); });
    while (!order.is_decided(0)) order.await(0, engine::k_forever_ns);
    require(order.at(0) == 1, "another one");
    task.join();
  });
}

}  // namespace
}  // namespace reactor::model
