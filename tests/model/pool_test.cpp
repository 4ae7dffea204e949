// SPDX-License-Identifier: BSD-3-Clause
// Protocol Q: a node of the pool has one owner at a time, who sees what the one before has left.
#include <gtest/gtest.h>

#include "engine/pool.hpp"
#include "tests/model/env.hpp"
#include "tests/model/explore.hpp"

namespace reactor::model {
namespace {

struct Node {
  engine::Pool<Env, Node>::Link link;
  Var<int> uses{0};
  int owners = 0;  // the checker's own view
};
using Pool = engine::Pool<Env, Node>;

struct Used {
  explicit Used(Pool& pool) : node(pool.take()) {
    require(++node.owners == 1, "two have it");
    node.uses.set(node.uses.get() + 1);
  }
  Node& end() {
    --node.owners;
    return node;
  }
  Node& node;
};

// One has two of them and gives them back the other way round, so that the stack looks as before to
// who was about to take from it.
TEST(Pool, gives_each_node_to_one_owner) {
  explore("pool: take and give back", {{3, 1, 0}, 7'172, 100'000}, [] {
    Pool pool;
    { pool.give_back(Used(pool).end()); }
    Env::thread other("other", [&] {
      Used first(pool);
      Used second(pool);
      pool.give_back(first.end());
      Used third(pool);
      pool.give_back(third.end());
      pool.give_back(second.end());
    });
    Used mine(pool);
    pool.give_back(mine.end());
    other.join();
  });
}

TEST(Pool, grows_for_two_at_once) {
  explore("pool: grows", {{2, 1, 0}, 437, 50'000}, [] {
    Pool pool;
    Env::thread other("other", [&] { pool.give_back(Used(pool).end()); });
    pool.give_back(Used(pool).end());
    other.join();
  });
}

// What one thread has kept comes back all at once.
TEST(Pool, gives_back_what_was_kept) {
  explore("pool: kept", {{2, 1, 0}, 1'676, 50'000}, [] {
    Pool pool;
    Env::thread other("other", [&] {
      Pool::Kept kept;
      pool.give_back(Used(pool).end(), kept);
      pool.give_back(Used(pool).end(), kept);
    });
    for (int i = 0; i < 2; ++i) pool.give_back(Used(pool).end());
    other.join();
  });
}

TEST(Pool, loses_nothing_that_was_kept) {
  explore("pool: kept, and there", {{0, 0, 0}, 1, 0}, [] {
    Pool pool;
    Pool::Kept kept;
    for (int round = 0; round < 3; ++round) {
      Used first(pool);
      Used second(pool);
      require(first.node.link.number <= 2 && second.node.link.number <= 2, "grows for nothing");
      pool.give_back(first.end(), kept);
      pool.give_back(second.end(), kept);
    }
  });
}

}  // namespace
}  // namespace reactor::model
