// SPDX-License-Identifier: BSD-3-Clause
#include "engine/core.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "engine/known_pace.hpp"
#include "engine/run_control.hpp"
#include "engine/slot_table.hpp"
#include "engine/submitted_run.hpp"
#include "engine/traced_job.hpp"
#include "engine/whereabouts.hpp"
#include "reactor/error.hpp"

namespace reactor::detail {

using engine::NativeEnv;
using engine::Whereabouts;

namespace {

engine::CpuClaim claim_cpus(Options const& options) {
  if (options.pinning == Pinning::none) return {};
  if (!options.cpus.empty()) {
    return engine::CpuClaim::exactly(options.parallelism, options.cpus);
  }
  return engine::CpuClaim::choose(options.parallelism, engine::usable_cpus());
}

Options in_force(Options options, std::vector<int> const& cpus) {
  if (options.cpus.empty()) options.cpus = cpus;
  return options;
}

std::vector<std::uint32_t> by_cpu(std::vector<int> const& cpus) {
  std::vector<std::uint32_t> workers;
  for (std::uint32_t worker = 0; worker < cpus.size(); ++worker) {
    auto const cpu = static_cast<std::size_t>(cpus[worker]);
    if (workers.size() <= cpu) workers.resize(cpu + 1, engine::k_nobody);
    if (workers[cpu] == engine::k_nobody) workers[cpu] = worker;
  }
  return workers;
}

}  // namespace

Core::Core(Options options)
    : cpus_named_(options.cpus.size()),
      claim_(claim_cpus(options)),
      options_(in_force(std::move(options), claim_.cpus())),
      worker_by_cpu_(by_cpu(claim_.cpus())),
      posts_{
          {}, std::vector<engine::PostOffice::Desk>(options_.parallelism), options_.on_post_error},
      calls_(std::make_shared<engine::CallOffice>(options_)),
      crew_(static_cast<std::uint32_t>(options_.parallelism),
            static_cast<std::uint64_t>(options_.spin.count()), options_.name,
            {[this](engine::Worker<NativeEnv> const& worker) { start_worker(worker); },
             [this](std::uint32_t self) {
               crew_.shared().cpu_loans[self].end();
               if (options_.on_worker_exit) options_.on_worker_exit(self);
               Whereabouts::settle(crew_.shared(), nullptr);  // another thread may be it by now
             },
             [this] {
               Whereabouts::settle(crew_.shared(), nullptr);
               cpus_at_first_.apply();
             },
             [this](std::uint64_t task, std::uint32_t self, std::uint64_t ran_ns) {
               if (!options_.on_straggler) return;
               options_.on_straggler({task, self, std::chrono::nanoseconds(ran_ns)});
             }},
            options_.stragglers_max, claim_.different()) {
  is_made_ = true;
  // The first is there before it is needed: runs that are begun alone warm up nothing.
  crew_.shared().slab.release(crew_.shared().acquire_batch());
}

void Core::start_worker(engine::Worker<NativeEnv> const& worker) {
  Whereabouts::settle(crew_.shared(), &worker);
  std::uint32_t const self = worker.self();
  engine::CpuLoan& loan = crew_.shared().cpu_loans[self];
  loan.take_over();
  bool pinned = false;
  if (!claim_.cpus().empty()) {
    int const cpu = claim_.cpus()[self];
    pinned = engine::pin_this_thread(cpu);
    // A thread that replaces another one later works unpinned rather than not at all.
    if (!pinned && cpus_named_ != 0 && !is_made_) {
      throw OptionsError("Options::cpus[" + std::to_string(self % cpus_named_) + "] = " +
                         std::to_string(cpu) + ": allowed is a CPU that this process may use");
    }
  }
  if (options_.on_worker_start) options_.on_worker_start(self);
  if (pinned) loan.begin(claim_.cpus()[self], cpus_named_ != 0);
}

std::uint32_t Core::worker_on_this_cpu() const noexcept {
  auto const cpu = static_cast<std::size_t>(NativeEnv::cpu());
  bool const is_ours = cpu < worker_by_cpu_.size() && worker_by_cpu_[cpu] != engine::k_nobody;
  return is_ours ? worker_by_cpu_[cpu] : 0;
}

std::uint64_t Core::run(Job& job, RunOptions const& options) {
  // SAFETY: Slots has one implementation.
  auto& slots = static_cast<engine::SlotTable&>(*job.slots);
  engine::SlotTable::Abandoned const unless_finished(slots);
  refuse_in_child();
  Frame const* const enclosing = engine::EnclosingTask::innermost();
  if (engine::RunControl::is_needed(options, options_, enclosing)) {
    return run_controlled(job, slots, {options, options_, enclosing});
  }
  std::uint64_t const start_ns = NativeEnv::ticks_ns();
  slots.begin(options_.parallelism, options_.tracebacks, job.stop_on_error, no_deadline);
  engine::RunCounts const counts = run_counted(job, nullptr, start_ns);
  end_run(job, slots, counts, start_ns);
  return failed_task(job, counts);
}

std::uint64_t Core::run_controlled(Job& job, engine::SlotTable& slots,
                                   engine::RunControl const& control) {
  control.tell(job);
  if (control.needs_watchdog()) crew_.watch();
  std::uint64_t const start_ns = NativeEnv::ticks_ns();
  slots.begin(options_.parallelism, options_.tracebacks, job.stop_on_error, control.deadline());
  engine::RunCounts counts;
  counts.remaining = job.total;
  if (job.is_controlled) counts.winner = control.reason_by_now();
  if (counts.winner == 0) {
    counts = run_counted(job, &control, start_ns);
  } else {  // it counts as a run all the same
    crew_.shared().solo_runs.begin();
    crew_.shared().solo_runs.end(0, 0);
  }
  end_run(job, slots, counts, start_ns);
  if (counts.winner != 0) control.throw_if_stopped(counts.winner, slots.summary());
  return failed_task(job, counts);
}

std::uint64_t Core::failed_task(Job const& job, engine::RunCounts const& counts) noexcept {
  return job.stop_on_error ? counts.winner : 0;
}

void Core::end_run(Job const& job, engine::SlotTable& slots, engine::RunCounts const& counts,
                   std::uint64_t start_ns) {
  if (counts.forked) {
    throw Error(
        "run: forked in the middle of this run, whose other threads don't exist in this process");
  }
  std::uint64_t const elapsed_ns = engine::TickClock::since_ns(start_ns);
  slots.finish(engine::summarize(job.total, counts, elapsed_ns));
  engine::remember_pace(job, counts, elapsed_ns, slots.workers());
}

Handle Core::submit(Job const& job, Owned<RunOwner> owner, SharedSlots slots, RunOptions options) {
  refuse_in_child();
  auto run = std::make_unique<engine::SubmittedRun>(crew_.shared(), options_, std::move(options));
  if (run->needs_watchdog()) crew_.watch();
  run->launch(job, std::move(owner), std::move(slots), options_);
  return Handle(run.release());
}

PostHandle Core::prepare_post(bool is_bounded) {
  refuse_in_child();
  if (is_bounded && crew_.shared().inbox.size_approx() >= options_.queue_limit) return nullptr;
  return PostHandle(&engine::Posted::take(posts_).call);
}

void Core::post(PostedCall& call) noexcept {
  engine::Shared<NativeEnv>& shared = crew_.shared();
  Whereabouts::Errand const errand(shared);  // should nobody be left, it is made here
  shared.submit(*static_cast<engine::Posted*>(call.post), Whereabouts::self(shared));
}

CallHandle Core::prepare_call() {
  refuse_in_child();
  return engine::SubmittedCall::make(crew_.shared(), calls_);
}

void Core::refuse_in_child() const {
  if (!is_forked()) return;
  throw Error(
      "run: this Reactor was made before fork(), its workers don't exist in this process; make "
      "one here");
}

// `control`: null where nothing stops the run from outside.
engine::RunCounts Core::run_counted(Job& job, engine::RunControl const* control,
                                    std::uint64_t start_ns) {
  engine::Shared<NativeEnv>& shared = crew_.shared();
  bool const is_nested = Whereabouts::is_inside_any();
  Whereabouts::Place const place(shared);
  std::uint32_t const self = Whereabouts::self(shared);
  // Inside a task, of whichever Reactor, only to wait could close a circle of waiting. Otherwise,
  // who must be able to leave a task behind must not run it.
  bool const helps = (options_.caller_participates && !job.has_timeout()) || is_nested;
  engine::look_up_pace(job, shared.workers);
  bool const is_small = job.total == 1 || shared.workers == 1;
  engine::TracedJob const traced(job);
  if (job.total == 0 || (helps && is_small && !job.is_controlled)) {
    return engine::Caller<NativeEnv>(shared, self, engine::k_nobody, helps).run_alone(job);
  }
  bool const is_worker = self < shared.workers;
  // Of no more tasks than workers each may wait for all others: so every worker is theirs.
  auto const* const around = job.total > shared.workers ? Whereabouts::batch(shared) : nullptr;
  engine::Caller<NativeEnv> caller(shared, self, is_worker ? self : worker_on_this_cpu(), helps,
                                   around);
  if (!job.is_controlled) return caller.run(job, start_ns);
  return caller.run(job, start_ns, [control](engine::Batch<NativeEnv>& batch) {
    return engine::RunControl::Attached(*control, batch);
  });
}

Stats Core::stats() const {
  engine::Shared<NativeEnv> const& shared = crew_.shared();
  Stats stats;
  auto const add = [&stats](engine::Counters<NativeEnv> const& counters) {
    stats.runs += counters.runs.read_approx();
    stats.tasks += counters.tasks.read_approx();
    stats.errors += counters.errors.read_approx();
    stats.timeouts += counters.timeouts.read_approx();
    stats.steals += counters.steals.read_approx();
    stats.parks += counters.parks.read_approx();
    stats.wakes += counters.wakes.read_approx();
  };
  crew_.for_each_counters(add);
  stats.stragglers = crew_.stragglers_approx();
  shared.slab.find_if([&add](engine::Batch<NativeEnv>& batch) {
    add(batch.counters());
    return false;
  });
  stats.runs += shared.solo_runs.runs_approx();
  stats.wakes += shared.wakes.read_approx();
  stats.tasks += shared.solo_runs.tasks_approx() + shared.helped_calls.read_approx();
  stats.errors += shared.solo_runs.errors_approx() + shared.helped_errors.read_approx();
  stats.workers = shared.workers - shared.lost.load(std::memory_order_relaxed);
  for (auto const& loan : shared.cpu_loans) stats.pinned += loan.is_pinned() ? 1 : 0;
  return stats;
}

}  // namespace reactor::detail
