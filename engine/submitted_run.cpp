// SPDX-License-Identifier: BSD-3-Clause
#include "engine/submitted_run.hpp"

#include <algorithm>
#include <utility>

#include "engine/assert.hpp"
#include "engine/on_this_thread.hpp"
#include "engine/run_counts.hpp"
#include "engine/steady_time.hpp"
#include "engine/whereabouts.hpp"
#include "reactor/error.hpp"

namespace reactor::engine {

using std::chrono::steady_clock;

namespace {

// A thread that waits in a task looks from time to time whether it can help.
constexpr std::chrono::milliseconds k_help_tick{1};

}  // namespace

// Somebody who wants to know of the end, on his way through the inbox.
class SubmittedRun::Ending final : public InboxItem<NativeEnv> {
 public:
  Begun begin(std::uint32_t, Counters<NativeEnv>&) override { return refuse(), Begun{}; }
  void refuse() noexcept override {
    listener->call(summary);
    delete this;
  }

  std::unique_ptr<detail::EndListener> listener;
  Summary summary;
  Ending* next = nullptr;
};

namespace {

// A thread that destroys what a run has owned.
using EndOf = OnThisThread<SubmittedRun>;

}  // namespace

SubmittedRun::SubmittedRun(Shared<NativeEnv>& shared, Options const& defaults, RunOptions options)
    : Submission(shared), options_(std::move(options)), control_(options_, defaults, nullptr) {}

SubmittedRun::~SubmittedRun() = default;

void SubmittedRun::launch(detail::Job const& job, detail::Owned<detail::RunOwner> owner,
                          detail::SharedSlots slots, Options const& defaults) noexcept {
  given_ = job;
  control_.tell(given_);
  given_.is_controlled = true;  // it can always be cancelled
  owner_ = std::move(owner);
  slots_ = std::move(slots);
  this->slots().begin(defaults.parallelism, defaults.tracebacks, job.stop_on_error,
                      control_.deadline());
  start_ns_ = NativeEnv::now_ns();
  if (options_.stop.stop_possible()) on_stop_.emplace(options_.stop, Cancel{this});
  std::uint64_t const why_not = control_.reason_by_now();
  if (why_not != 0) Submission::cancel(why_not);
  traced_.trace(given_);
  Whereabouts::Errand const errand(shared());
  submit(given_, Whereabouts::self(shared()));
}

void SubmittedRun::complete(RunCounts const& counts) noexcept {
  on_stop_.reset();
  {
    EndOf const end(*this);
    Whereabouts::Errand const errand(shared());
    slots().first_failure().close();
    owner_.reset();
  }
  winner_ = counts.winner;
  summary_ = summarize(given_.total, counts, NativeEnv::now_ns() - start_ns_);
  slots().finish(summary_);
}

// Lists may keep their shares for a while: the outcomes don't stay for that.
void SubmittedRun::let_go() noexcept {
  if (is_over()) slots_ = nullptr;
  drop();
}

void SubmittedRun::tell() noexcept {
  Whereabouts::Errand const errand(shared());
  Ending* ending = endings_.close();
  while (ending != nullptr) {
    Ending* const next = ending->next;
    ending->summary = summary_;
    shared().submit_first(*ending, Whereabouts::self(shared()));
    ending = next;
  }
}

bool SubmittedRun::listen(std::unique_ptr<detail::EndListener>& to) {
  auto ending = std::make_unique<Ending>();
  ending->listener = std::move(to);
  if (!is_over() && endings_.add(*ending)) {
    static_cast<void>(ending.release());
    return true;
  }
  to = std::move(ending->listener);
  return false;
}

void SubmittedRun::listen(std::unique_ptr<detail::FailureListener> to) {
  slots().first_failure().listen(to.release());
}

void SubmittedRun::cancel() noexcept {
  if (is_over() || shared().is_forked()) return;
  Whereabouts::Errand const errand(shared());
  Submission::cancel(slots().is_part() ? Latch::k_with_stream : Latch::k_cancelled);
}

void SubmittedRun::cancel_and_wait() noexcept {
  // What it has in a forked child is its parent's. And where its action has the last handle, which
  // goes with the action, nothing of it executes any more.
  if (is_over() || shared().is_forked() || EndOf::has(*this)) return;
  REACTOR_ASSERT(
      !EnclosingTask::is_of(*slots_),
      "~Batch or ~Stream called in one of its own tasks, where it could only wait for itself");
  cancel();
  await_end(Time::max());
}

Summary SubmittedRun::progress() const noexcept {
  if (is_over()) return slots().summary();
  Summary summary = slots().count();
  summary.skipped = 0;
  summary.elapsed = std::chrono::nanoseconds(NativeEnv::now_ns() - start_ns_);
  return summary;
}

void SubmittedRun::throw_what_stopped() const {
  if (winner_ == 0) return;
  control_.throw_if_stopped(winner_, slots().summary());
  if (given_.stop_on_error) slots().throw_error(winner_ - 1);
}

bool SubmittedRun::await_end(Time until) {
  return wait(
      until, [this] { return is_over(); }, [this](std::uint64_t ns) { Submission::await_end(ns); });
}

std::size_t SubmittedRun::await_ended(std::size_t k) {
  auto& order = slots().completion_order();
  wait(
      Time::max(), [&] { return order.is_decided(k); },
      [&](std::uint64_t ns) { order.await(k, ns); });
  std::size_t const i = order.at(k);
  return i == order.k_none ? slots_->size() : i;
}

template <class IsThere, class Sleep>
bool SubmittedRun::wait(Time until, IsThere const& is_there, Sleep const& sleep) {
  if (is_there()) return true;
  refuse_to_wait();
  bool const helps = Whereabouts::is_inside_any();
  Time const start = steady_clock::now();
  std::chrono::nanoseconds const spin(helps ? 0 : shared().spin_ns);  // may be for ever: no sum
  for (Time now = start; !is_there(); now = steady_clock::now()) {
    if (until <= now) return false;
    if (now - start < spin) {
      NativeEnv::relax();
    } else if (helps && help_until([&] { return is_there() || until <= steady_clock::now(); })) {
      refuse_to_wait();  // the task that it helped with may have forked
    } else {
      Time const next = helps ? std::min(until, now + k_help_tick) : until;
      sleep(ns_until(next, now));
    }
  }
  return true;
}

void SubmittedRun::refuse_to_wait() const {
  if (shared().is_forked()) {
    throw Error("wait: this run is of the process that has submitted it, and ends there");
  }
  if (EnclosingTask::is_of(*slots_) || EndOf::has(*this)) {
    throw Error("wait: in one of the run's own tasks, which could only wait for itself");
  }
}

}  // namespace reactor::engine
