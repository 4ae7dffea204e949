// SPDX-License-Identifier: BSD-3-Clause
// A stream: what was pulled together runs together, several such parts are in flight at once, and
// one thread pulls, waits and consumes. Protocol R in README.md.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>

#include "engine/env.hpp"
#include "engine/in_flight_count.hpp"
#include "engine/parker.hpp"
#include "engine/pull_window.hpp"
#include "engine/run_control.hpp"
#include "engine/stream_part.hpp"
#include "engine/whereabouts.hpp"
#include "reactor/detail/in_stream.hpp"
#include "reactor/options.hpp"
#include "reactor/summary.hpp"

namespace reactor::detail {
class Core;
}

namespace reactor::engine {

class StreamRun final : public detail::InStream {
 public:
  // `is_run`: it lives inside a call of run(), which is nested in its task, and which ~Reactor
  // waits for. Throws what RunControl does.
  StreamRun(detail::Core& core, std::unique_ptr<detail::StreamFeed> feed, RunOptions const& options,
            bool is_run);
  ~StreamRun() override;

  bool advance() override;
  void cancel() noexcept override { stop_for(k_cancelled); }
  Summary summary() const noexcept override;

 private:
  using Part = StreamPart;
  using Parts = StreamParts;

  // The first reason to stop wins: a part whose task has failed, or one of these.
  using Reason = std::uintptr_t;
  static constexpr Reason k_none = 0;
  static constexpr Reason k_cancelled = 1;
  static constexpr Reason k_thrown = 2;      // on the thread that iterates, while it pulled
  static constexpr Reason k_from_parts = 3;  // they were stopped, and say why
  static constexpr Reason k_followed = 4;    // the run that it is nested in
  // SAFETY: no part is where this bit is set. With any reason that came after the deadline.
  static constexpr Reason k_late = ~(~Reason{0} >> 1);

  class OnFailure;
  struct StopFor {
    StreamRun* stream;
    Reason reason;
    void operator()() const noexcept { stream->stop_for(reason); }
  };
  using OnStop = std::unique_ptr<std::stop_callback<StopFor>>;

  OnStop watch(std::stop_token const& token, Reason reason);

  // Any thread.
  void stop_for(Reason reason) noexcept;

  // In a child of the process that has made it, what others were in the middle of stays so.
  bool is_forked() const noexcept { return NativeEnv::generation() != generation_; }

  // ---- the thread that iterates ----

  void pass() noexcept;
  bool find_landed() noexcept;
  bool hand_out(Parts::iterator part, std::size_t i) noexcept;
  void wait();

  void pull();
  void begin_part(std::size_t size);

  void retire(Parts& parts) noexcept;
  void keep(Parts& parts, Parts::iterator part) noexcept;
  void add_up(Part const& part) noexcept;
  void await_all();
  bool finish();
  void stop_and_throw();
  void throw_reason() const;

  // immutable
  detail::Core& core_;
  std::unique_ptr<detail::StreamFeed> const feed_;
  RunOptions const options_;
  RunControl const control_;
  bool const stops_on_error_;
  RunOptions part_options_;
  std::uint64_t const generation_ = NativeEnv::generation();
  std::chrono::steady_clock::time_point const start_ = std::chrono::steady_clock::now();

  // the iterating thread's
  Parts live_;                 // oldest first: there are outcomes to come
  Parts leaving_;              // all have been consumed, and the last thread is about to leave
  Parts free_;                 // the last that was used first
  std::size_t free_room_ = 0;  // for so many tasks
  Parts::iterator current_ = live_.end();  // whose outcome is handed out
  Summary known_;                          // of parts that are over
  PullWindow window_;
  std::size_t begun_ = 0;  // tasks in parts
  bool is_source_at_end_ = false;
  bool is_at_end_ = false;
  std::exception_ptr thrown_;
  std::uint64_t why_stopped_ = 0;  // if neither by a task nor by a token
  struct {
    Part const* part = nullptr;
    std::size_t task = 0;
  } met_;  // a failed task, before anybody told of it

  // shared
  std::stop_source stop_;  // of all parts
  std::atomic<Reason> reason_{k_none};
  Parker<NativeEnv> reader_;  // of all parts, when outcomes are consumed as they land
  OnStop on_stop_;
  OnStop on_enclosing_stop_;

  // Of a run, until nothing needs the Reactor.
  std::optional<InFlightCount<NativeEnv>::Stay> stay_;
  std::optional<Whereabouts::Errand> errand_;
};

}  // namespace reactor::engine
