// SPDX-License-Identifier: BSD-3-Clause
// Protocol Q: a call is made once, by a worker or by who waits for it, and what follows it follows.
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "engine/future_state.hpp"
#include "tests/model/explore.hpp"
#include "tests/model/model_run.hpp"
#include "tests/model/thread_ends.hpp"

namespace reactor::model {
namespace {

using PlainEnv = EnvWithoutWatch;
using Shared = engine::Shared<PlainEnv>;
using Crew = SleepingCrew<PlainEnv>;

constexpr int k_refused = -1;

// Freed with its last share, and what touches it later is found by the checker.
class Call final : public engine::FutureState<PlainEnv> {
 public:
  Call(Shared& shared, std::function<int(std::uint32_t)> make)
      : FutureState(shared), make_(std::move(make)) {}

  // Precondition: it is over.
  int value() const {
    require(is_over(), "asked too early");
    return value_.get();
  }

 private:
  bool call(std::uint32_t self) override {
    require(++calls_ == 1, "made twice");
    value_.set(0);  // should the thread end
    value_.set(make_(self));
    return true;
  }
  void refuse_call() noexcept override {
    require(++calls_ == 1, "made and refused");
    value_.set(k_refused);
  }
  void forget() noexcept override { delete this; }

  std::function<int(std::uint32_t)> make_;
  Var<int> value_;
  int calls_ = 0;
};

struct Drop {
  void operator()(Call* call) const noexcept { call->drop(); }
};
using Handle = std::unique_ptr<Call, Drop>;

Handle make(
    Shared& shared, std::function<int(std::uint32_t)> what = [](std::uint32_t) { return 1; }) {
  return Handle(new Call(shared, std::move(what)));
}

int await(Call& call) {
  require(call.await_end(engine::k_forever_ns), "not waited for");
  return call.value();
}

// As who waits in a task does.
int help_and_await(Call& call, std::uint32_t self) {
  call.help(self);
  return await(call);
}

TEST(FutureState, made_by_a_worker) {
  for (std::uint32_t const workers : {1u, 2u}) {
    explore("future: " + std::to_string(workers) + " workers",
            {{2, 2, 0}, workers == 1 ? 10'555u : 154'773u, 100'000}, [workers] {
              Crew crew(workers);
              Handle const first = make(crew.shared());
              Handle const second = make(crew.shared());
              first->launch(workers);
              second->launch(workers);
              require(await(*second) == 1 && await(*first) == 1, "not made");
            });
  }
}

TEST(FutureState, made_by_who_waits) {
  explore("future: helped", {{3, 2, 0}, 3'177, 100'000}, [] {
    Crew crew(1);
    Handle const call = make(crew.shared());
    call->launch(1);
    require(help_and_await(*call, 1) == 1, "not made");
  });
}

TEST(FutureState, that_nobody_waits_for) {
  explore("future: let go", {{2, 2, 0}, 33'305, 100'000}, [] {
    Crew crew(1);
    make(crew.shared())->launch(1);
    make(crew.shared());
    crew.end();
  });
}

// Which is launched by the end of the first, or by who finds that over.
TEST(FutureState, that_follows_another) {
  for (std::uint32_t const workers : {1u, 2u}) {
    Bounds const bounds = workers == 1 ? Bounds{3, 2, 0} : Bounds{2, 2, 0};
    explore("future: follows, " + std::to_string(workers) + " workers",
            {bounds, workers == 1 ? 113'718u : 74'019u, 100'000}, [workers] {
              Crew crew(workers);
              Handle first = make(crew.shared());
              Call* const before = first.get();
              Handle const second = make(crew.shared(), [&](std::uint32_t) {
                int const value = before->value();
                first.reset();
                return value + 1;
              });
              before->launch(workers);
              before->launch_after(*second, workers);
              require(await(*second) == 2, "it did not follow");
            });
  }
}

// The one that waits begins with the last, and so waits for the first in it.
TEST(FutureState, helped_before_it_would_follow) {
  explore("future: helped from its end", {{3, 2, 0}, 74'614, 100'000}, [] {
    Crew crew(1);
    Handle first = make(crew.shared());
    Call* const before = first.get();
    Handle const second = make(crew.shared(), [&](std::uint32_t self) {
      int const value = help_and_await(*before, self);
      first.reset();
      return value + 1;
    });
    before->launch(1);
    before->launch_after(*second, 1);
    require(help_and_await(*second, 1) == 2, "it did not follow");
  });
}

// The only worker waits in its task.
TEST(FutureState, waited_for_in_another) {
  explore("future: inside another", {{3, 2, 0}, 34'732, 100'000}, [] {
    Crew crew(1);
    Handle const outer = make(crew.shared(), [&](std::uint32_t self) {
      Handle const inner = make(crew.shared());
      inner->launch(self);
      return help_and_await(*inner, self) + 1;
    });
    outer->launch(1);
    require(await(*outer) == 2, "not made");
  });
}

// What the inboxes keep of them does not become more.
TEST(FutureState, several_waited_for_in_another) {
  explore("future: several inside another", {{1, 1, 0}, 76, 100'000}, [] {
    Crew crew(1);
    Shared& shared = crew.shared();
    Handle const outer = make(shared, [&](std::uint32_t self) {
      for (int i = 0; i < 3; ++i) {
        Handle const first = make(shared);
        Handle const second =
            make(shared, [&](std::uint32_t helper) { return help_and_await(*first, helper) + 1; });
        first->launch(self);
        first->launch_after(*second, self);
        require(help_and_await(*second, self) == 2, "not made");
        require(shared.inbox.size_approx() <= 1, "the inbox keeps what is over");
        require(!shared.first_inbox.has_any(), "sent to the inbox for nothing");
      }
      return 1;
    });
    outer->launch(1);
    require(await(*outer) == 1, "not made");
  });
}

// The Reactor goes while its last call ends, which another follows.
TEST(FutureState, that_follows_at_the_end) {
  explore("future: follows at the end", {{2, 2, 0}, 54'822, 100'000}, [] {
    auto crew = std::make_unique<Crew>(1);
    Handle const first = make(crew->shared());
    Handle const second = make(crew->shared());
    first->launch(1);
    first->launch_after(*second, 1);
    crew->end();
    require(first->value() == 1 && second->value() == 1, "not made");
  });
}

// The Reactor goes as soon as its owner knows that the call is over, or goes on: who launched it
// may not be through, and it may begin what needs all workers.
TEST(FutureState, made_at_the_end) {
  for (bool const is_over : {false, true}) {
    std::string const name = is_over ? "is over" : "goes on";
    std::uint64_t const executions_min = is_over ? 111'941 : 131'540;
    explore("future: " + name + " at the end", {{2, 2, 0}, executions_min, 100'000}, [is_over] {
      auto crew = std::make_unique<Crew>(1);
      Shared const& shared = crew->shared();
      Atomic<bool> has_begun{false};
      Handle const call = make(crew->shared(), [&](std::uint32_t) {
        has_begun.store(true, std::memory_order_release);
        require(!shared.is_stopping(), "the crew ends in the middle of a call");
        return 1;
      });
      PlainEnv::thread other("other", [&] { call->launch(1); });
      while (!has_begun.load(std::memory_order_acquire)) PlainEnv::relax();
      if (is_over) await(*call);
      crew->end();
      other.join();
    });
  }
}

TEST(FutureState, when_the_last_worker_is_lost) {
  explore("future: deserted", {{2, 1, 1}, 56'895, 100'000}, [] {
    Crew crew(1);
    Handle const first = make(crew.shared(), [](std::uint32_t) -> int { throw ThreadEnds(); });
    Handle const second = make(crew.shared());
    Handle const third = make(crew.shared());
    first->launch(1);
    second->launch(1);
    second->launch_after(*third, 1);
    require(await(*first) == 0, "not ended");
    int const value = await(*second);
    require(value == 1 || value == k_refused, "neither made nor refused");
    require(await(*third) == value || await(*third) == k_refused, "made when there was nobody");
  });
}

}  // namespace
}  // namespace reactor::model
