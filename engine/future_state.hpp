// SPDX-License-Identifier: BSD-3-Clause
// What a call and its future share: whether somebody has begun it, that it is over, and which calls
// follow. Protocol Q in README.md.
#pragma once

#include <cstdint>

#include "engine/counters.hpp"
#include "engine/end_signal.hpp"
#include "engine/env.hpp"
#include "engine/inbox.hpp"
#include "engine/listeners.hpp"
#include "engine/shared.hpp"
#include "reactor/detail/shared_count.hpp"

namespace reactor::engine {

// Let go with the last of its shares: that of who made it, the future's; and, once it was launched,
// the inbox's.
template <class Env>
class FutureState : public InboxItem<Env> {
 public:
  using Begun = typename InboxItem<Env>::Begun;

  explicit FutureState(Shared<Env>& shared) noexcept : shared_(shared) {}

  // ---- who has a share. `self`: the worker that this thread is, or shared.workers ----

  // Once; and nothing else before, but letting go. Lock-free.
  void launch(std::uint32_t self) noexcept {
    shares_.add();
    shared_.submit(*this, self);
  }

  // Launches `follower` when this is over: right here, if it is. This may be gone when it returns.
  void launch_after(FutureState& follower, std::uint32_t self) noexcept {
    if (is_over()) return follower.launch(self);
    follower.shares_.add();
    if (!followers_.add(follower)) shared_.submit(follower, self);
  }

  bool is_over() const noexcept { return end_.was_given(); }
  // Blocks until it is over: then true. False when timeout_ns have passed.
  bool await_end(std::uint64_t timeout_ns) noexcept { return end_.await(timeout_ns); }

  // By who waits for it in a task: makes the call, so that its wait keeps no thread from what it
  // waits for. Also one that would follow another, which it then waits for. False when somebody has
  // begun it.
  bool help(std::uint32_t self) {
    if (!claim()) return false;
    shared_.begun_in_inbox();
    make_call(self, shared_.helped_calls, shared_.helped_errors);
    return true;
  }

  void drop() noexcept {
    if (shares_.drop()) forget();
  }

  // ---- what the crew calls ----

  Begun begin(std::uint32_t self, Counters<Env>& counters) final {
    Drop const at_the_end{*this};
    if (claim()) make_call(self, counters.tasks, counters.errors);
    return {};
  }

  void refuse() noexcept final {
    if (claim()) {
      refuse_call();
      end(shared_.workers);
    }
    drop();
  }

  bool has_begun() const noexcept final { return is_claimed_.load(std::memory_order_relaxed); }
  void leave_list() noexcept final { drop(); }

  FutureState* next = nullptr;  // that follows the same one

 protected:
  ~FutureState() = default;

  // On the thread that has claimed it. True when there is a value. Lets nothing out but a forced
  // unwind.
  virtual bool call(std::uint32_t self) = 0;
  // Instead: there is nobody to make it.
  virtual void refuse_call() noexcept = 0;
  // Frees this.
  virtual void forget() noexcept = 0;

  Shared<Env>& shared() const noexcept { return shared_; }

 private:
  struct Drop {
    FutureState& state;
    ~Drop() { state.drop(); }
  };

  // Having claimed it. It is counted and over also when it ends its thread.
  template <class Count>
  void make_call(std::uint32_t self, Count& calls_made, Count& calls_failed) {
    struct End {
      FutureState& state;
      std::uint32_t self;
      Count& made;
      Count& failed;
      bool has_value = false;
      ~End() {
        made.add(1);
        if (!has_value) failed.add(1);
        state.end(self);
      }
    } at_the_end{*this, self, calls_made, calls_failed};
    at_the_end.has_value = call(self);
  }

  // True for the one that shall make the call. What it needs to know came with the inbox, or it has
  // the future.
  bool claim() noexcept { return !is_claimed_.exchange(true, std::memory_order_relaxed); }

  void end(std::uint32_t self) noexcept {
    end_.give();
    FutureState* follower = followers_.close();
    while (follower != nullptr) {
      FutureState* const after = follower->next;
      if (follower->has_begun()) {
        follower->drop();  // the inbox's, which it would go through for nothing
      } else {
        shared_.submit_first(*follower, self);
      }
      follower = after;
    }
  }

  Shared<Env>& shared_;
  detail::SharedCount<typename Env::template atomic<std::uint64_t>> shares_;
  typename Env::template atomic<bool> is_claimed_{false};
  EndSignal<Env> end_;
  Listeners<Env, FutureState> followers_;
};

}  // namespace reactor::engine
