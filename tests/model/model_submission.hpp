// SPDX-License-Identifier: BSD-3-Clause
// A run for the checker that is handed to the workers.
#pragma once

#include <cstdint>
#include <functional>

#include "engine/submission.hpp"
#include "tests/model/model_run.hpp"

namespace reactor::model {

// Somebody who wants to be told of an end.
struct Listener final : engine::InboxItem<EnvWithoutWatch> {
  Begun begin(std::uint32_t, engine::Counters<EnvWithoutWatch>&) override {
    was_told.set(1);
    return {};
  }
  void refuse() noexcept override {}
  Var<int> was_told{0};
};

// Freed with its last share, and what touches it later is found by the checker.
class Submitted final : public engine::Submission<EnvWithoutWatch> {
 public:
  Submitted(engine::Shared<EnvWithoutWatch>& shared, std::uint64_t tasks, bool stop_on_error)
      : Submission(shared), run(tasks, stop_on_error) {
    run.running_max = shared.workers;
    run.may_be_stopped = true;
  }
  ModelRun<EnvWithoutWatch> run;
  Var<int> prepared{0};
  Listener* listener = nullptr;
  std::function<void()> at_end;  // what its users do there

  // What it came to. Precondition: it is over.
  engine::RunCounts counts() const {
    require(is_over(), "asked too early");
    engine::RunCounts counts;
    counts.remaining = remaining_.get();
    counts.failed = failed_.get();
    counts.winner = winner_.get();
    return counts;
  }

 private:
  void complete(engine::RunCounts const& counts) noexcept override {
    require(++ends_ == 1, "ended twice");
    require(prepared.get() == 1, "ended before it was there");
    run.check(counts);
    remaining_.set(counts.remaining);
    failed_.set(counts.failed);
    winner_.set(counts.winner);
    if (at_end) at_end();
  }
  void tell() noexcept override {
    if (listener != nullptr) shared().submit_first(*listener, shared().workers);
  }
  Var<std::uint64_t> remaining_;
  Var<std::uint64_t> failed_;
  Var<std::uint64_t> winner_;
  int ends_ = 0;
};

// By who made it.
struct Handle {
  Handle(engine::Shared<EnvWithoutWatch>& shared, std::uint64_t tasks, bool stop_on_error = true)
      : submitted(new Submitted(shared, tasks, stop_on_error)) {}
  Handle(Handle const&) = delete;
  Handle& operator=(Handle const&) = delete;
  ~Handle() { submitted->drop(); }
  Submitted* operator->() const { return submitted; }

  void submit(std::uint32_t self) {
    submitted->prepared.set(1);
    submitted->submit(submitted->run.job(), self);
  }
  engine::RunCounts await() {
    require(submitted->await_end(engine::k_forever_ns), "not waited for");
    return submitted->counts();
  }
  Submitted* submitted;
};

}  // namespace reactor::model
