// SPDX-License-Identifier: BSD-3-Clause
// Who is calling: which worker of which Reactor this thread is, and of which runs it is in the
// middle.
#pragma once

#include <cstdint>

#include "engine/env.hpp"
#include "engine/on_this_thread.hpp"
#include "engine/shared.hpp"
#include "engine/worker.hpp"

namespace reactor::engine {

class Whereabouts {
 public:
  using Crew = Shared<NativeEnv>;

  // This thread is `worker` of `crew` for as long as it lives; or null: inside, but nobody's
  // worker.
  static void settle(Crew const& crew, Worker<NativeEnv> const* worker) noexcept {
    home_ = {&crew, worker};
  }

  // While this lives the thread is in the middle of a run of `crew`. Places form a stack: runs
  // nest, also across Reactors.
  class Place {
   public:
    explicit Place(Crew const& crew) noexcept : crew_(crew), outer_(innermost_) {
      innermost_ = this;
    }
    Place(Place const&) = delete;
    Place& operator=(Place const&) = delete;
    ~Place() { innermost_ = outer_; }

   private:
    friend Whereabouts;
    Crew const& crew_;
    Place const* outer_;
  };

  // While this lives, what the thread destroys may be the last that keeps the Reactor, which could
  // only wait for it: so it is inside; but in no task, and waits as it would elsewhere.
  using Errand = OnThisThread<Crew>;

  // Is it a worker, or in the middle of a run, of any Reactor? Then to do nothing but wait could
  // close a circle.
  static bool is_inside_any() noexcept { return home_.crew != nullptr || innermost_ != nullptr; }
  // The same of this one, or on an errand for it.
  static bool is_inside(Crew const& crew) noexcept;

  // Its number among the workers, or crew.workers.
  static std::uint32_t self(Crew const& crew) noexcept {
    return is_worker_of(crew) ? home_.worker->self() : crew.workers;
  }
  // The run in whose task it is as a worker, or null.
  static Batch<NativeEnv> const* batch(Crew const& crew) noexcept {
    return is_worker_of(crew) ? home_.worker->batch() : nullptr;
  }

 private:
  struct Home {
    Crew const* crew = nullptr;
    Worker<NativeEnv> const* worker = nullptr;
  };
  static bool is_worker_of(Crew const& crew) noexcept {
    return home_.crew == &crew && home_.worker != nullptr;
  }

  static thread_local Home home_;
  static thread_local Place const* innermost_;
};

}  // namespace reactor::engine
