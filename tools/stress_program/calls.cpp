// SPDX-License-Identifier: BSD-3-Clause
#include "calls.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <reactor/reactor.hpp>
#include <utility>

#include "callers.hpp"
#include "counted.hpp"
#include "random.hpp"
#include "stage.hpp"

namespace stress {

namespace {

using Future = reactor::Future<Counted>;

enum class HowItEnds : std::uint8_t { get, drop, poll };

// A call, and so many that follow it, each of which adds one to what it gets.
struct Chain {
  explicit Chain(std::uint64_t salt, unsigned failing, unsigned depth_of_calls)
      : begin(salt % 1000),
        length(1 + mix(salt, 1) % 4),
        fails_at(mix(salt, 2) % 1000 < failing ? mix(salt, 3) % length : length),
        depth(depth_of_calls),
        ending(static_cast<HowItEnds>(mix(salt, 4) % 3)) {}

  std::uint64_t const begin;
  std::uint64_t const length;
  std::uint64_t const fails_at;  // which of them; length: none
  unsigned const depth;          // of calls that the first one waits for
  HowItEnds const ending;

  bool fails() const { return fails_at != length; }
};

Counted link(Chain const& chain, std::uint64_t which, std::uint64_t value) {
  if (which == chain.fails_at) throw Thrown("planned");
  return Counted(value + 1);
}

// What it comes to, made by calls that wait for each other.
std::uint64_t descend(reactor::Reactor& reactor, unsigned depth, std::uint64_t value) {
  if (depth == 0) return value;
  auto below = [&reactor, depth, value] { return descend(reactor, depth - 1, value); };
  return reactor.submit(below).get();
}

Future begin(reactor::Reactor& reactor, Chain const& chain) {
  Future last = reactor.submit(
      [&reactor, chain] { return link(chain, 0, descend(reactor, chain.depth, chain.begin)); });
  for (std::uint64_t which = 1; which < chain.length; ++which) {
    last = std::move(last).then(
        [chain, which](Counted value) { return link(chain, which, value.number()); });
  }
  return last;
}

class Called {
 public:
  Called(Stage& stage, Step const& step, std::uint64_t salt)
      : stage_(stage),
        chain_(salt, step.run.failing, step.run.depth),
        future_(begin(stage.reactor(step.reactor), chain_)) {
    stage.book_calls(step.reactor, chain_.length + chain_.depth, chain_.length - chain_.fails_at);
  }
  Called(Called const&) = delete;
  Called& operator=(Called const&) = delete;

  void end() {
    if (chain_.ending == HowItEnds::drop) return;
    if (chain_.ending == HowItEnds::poll) {
      while (!future_.wait_for(std::chrono::microseconds(50))) {
      }
      if (!future_.done()) differs("has ended, and is not done");
    }
    try {
      if (future_.get().number() != chain_.begin + chain_.length) differs("has another's value");
      if (chain_.fails()) differs("has a value");
    } catch (reactor::TaskError const&) {
      if (!chain_.fails()) differs("has failed");
    }
  }

 private:
  void differs(char const* how) const { stage_.verdict().differs("a chain of calls {}", how); }

  Stage& stage_;
  Chain const chain_;
  Future future_;
};

}  // namespace

void submit_calls(Stage& stage, Step const& step) {
  auto const call = [&](unsigned caller) {
    std::deque<std::optional<Called>> open;
    for (unsigned round = 0; round < step.rounds && !stage.is_over(); ++round) {
      std::uint64_t const salt = mix(step.run.salt, (std::uint64_t{caller} << 32) + round);
      open.emplace_back(std::in_place, stage, step, salt);
      while (open.size() > salt % 30) {
        open.front()->end();
        open.pop_front();
      }
      if (!stage.verdict().is_good()) break;
    }
    for (auto& called : open) called->end();
  };
  {
    Callers callers(stage.totals());
    for (unsigned caller = 0; caller < step.callers; ++caller) {
      callers.add([&call, caller] { call(caller); });
    }
  }
  stage.await_calls(step.reactor);
}

}  // namespace stress
