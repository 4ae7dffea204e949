// SPDX-License-Identifier: BSD-3-Clause
// A call of the public interface's that has a future.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>

#include "engine/env.hpp"
#include "engine/future_state.hpp"
#include "engine/pool.hpp"
#include "reactor/detail/future_call.hpp"
#include "reactor/options.hpp"

namespace reactor::engine {

struct CallNode;

// What the calls of one Reactor share; it lives until the last of their futures has gone. Who waits
// for one elsewhere than in a task asks here: the Reactor goes as soon as all calls are made.
struct CallOffice {
  explicit CallOffice(Options const& options)
      : workers(options.parallelism),
        spin(options.spin),
        wants_traces(options.tracebacks != Tracebacks::none) {}

  bool is_forked() const noexcept { return NativeEnv::generation() != generation; }

  std::size_t const workers;
  std::chrono::nanoseconds const spin;
  std::uint64_t const generation = NativeEnv::generation();
  std::atomic<bool> const wants_traces;
  Pool<NativeEnv, CallNode> pool;
};

class SubmittedCall final : public detail::FutureCall, public FutureState<NativeEnv> {
 public:
  using State = FutureState<NativeEnv>;

  // To be filled in and launched, or let go. Allocates when there are more than ever before; throws
  // std::bad_alloc.
  static detail::CallHandle make(Shared<NativeEnv>& shared, std::shared_ptr<CallOffice> office);

  // ---- detail::FutureCall ----

  void launch() noexcept override;
  void launch_after(detail::FutureCall& follower) noexcept override;
  detail::CallHandle another() override { return make(shared(), office_); }
  bool is_over() const noexcept override { return State::is_over(); }
  bool await_end(Time until) override;
  void fail(Unexpected reason) noexcept override;

 private:
  SubmittedCall(Shared<NativeEnv>& shared, std::shared_ptr<CallOffice> office, CallNode& node);
  ~SubmittedCall() = default;

  void let_go() noexcept override { drop(); }
  bool call(std::uint32_t self) override;
  void refuse_call() noexcept override;
  void forget() noexcept override;

  static void call_traced(SubmittedCall& call);
  void fail(char const* why) noexcept;
  // In a handler.
  void fail_with_current() noexcept;
  template <class MakeTraceback>
  void fail_with(std::exception_ptr const& cause, MakeTraceback const& traceback) noexcept;
  void refuse_to_wait() const;

  std::shared_ptr<CallOffice> office_;
  CallNode& node_;
  std::uint32_t worker_ = 0;  // that makes it
};

// Where one lives, and then another.
struct CallNode {
  Pool<NativeEnv, CallNode>::Link link;
  alignas(SubmittedCall) std::byte room[sizeof(SubmittedCall)];
};

}  // namespace reactor::engine
