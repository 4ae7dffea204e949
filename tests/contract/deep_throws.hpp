// SPDX-License-Identifier: BSD-3-Clause
// Who throws, from some calls deep.
#pragma once

#include <gmock/gmock.h>

#include <cstddef>
#include <stdexcept>

#include "reactor/reactor.hpp"

namespace contract {

#define NOT_INLINED __attribute__((noinline))

// Not in tail position, so that each call has a frame of its own.
inline void stay() {
  asm volatile("" ::: "memory");
}

NOT_INLINED inline void fail_at(int depth) {
  if (depth == 0) throw std::runtime_error("boom");
  contract::fail_at(depth - 1);
  stay();
}
// Its stack spells the number's `bits`.
using Speller = void (*)(std::size_t number, int bits);
NOT_INLINED inline void zero(Speller go_on, std::size_t number, int bits) {
  go_on(number, bits);
  stay();
}
NOT_INLINED inline void one(Speller go_on, std::size_t number, int bits) {
  go_on(number, bits);
  stay();
}
NOT_INLINED inline void spell(std::size_t number, int bits) {
  if (bits == 0) throw number;
  (number % 2 == 0 ? &contract::zero : &contract::one)(&contract::spell, number / 2, bits - 1);
  stay();
}
NOT_INLINED inline void rethrow() {
  throw;
}
NOT_INLINED inline void parse(int) {
  contract::fail_at(0);
  stay();
}
NOT_INLINED inline void load(int line) {
  contract::parse(line);
  stay();
}

// Matches a frame.
inline auto function(char const* name) {
  return ::testing::Field(&reactor::TraceFrame::function, ::testing::HasSubstr(name));
}

template <class Action>
reactor::TaskError error_of(reactor::Reactor& reactor, std::size_t tasks, Action const& action) {
  try {
    reactor.run(tasks, action);
  } catch (reactor::TaskError const& error) {
    return error;
  }
  throw std::logic_error("the run did not fail");
}

}  // namespace contract
