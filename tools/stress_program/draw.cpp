// SPDX-License-Identifier: BSD-3-Clause
#include "draw.hpp"

#include <algorithm>
#include <limits>

#include "instrumented.hpp"
#include "oracle.hpp"
#include "random.hpp"

namespace stress {

namespace {

constexpr std::size_t k_many_workers = 64;
constexpr unsigned k_many_callers = k_is_instrumented ? 16 : 64;
constexpr std::size_t k_giant = k_is_instrumented ? 300'000 : 100'000'000;
constexpr unsigned k_straggler_ms_max = 60'000;
constexpr std::int64_t k_for_ever_ns = std::numeric_limits<std::int64_t>::max();

// A sanitizer slows everything down many times: less of the same then.
constexpr unsigned scaled(unsigned count) {
  return k_is_instrumented ? count / 10 + 1 : count;
}

class Draw {
 public:
  Draw(std::uint64_t seed, std::size_t threads) : random_(seed), threads_(threads) {}

  Program program(Profile profile) {
    bool const is_crowded = profile == Profile::oversubscribe;
    Program program;
    for (ReactorPlan& reactor : program.reactors) reactor = this->reactor(is_crowded);
    for (std::size_t left = random_.between(1, 4); left != 0; --left) {
      Step step = this->step(profile);
      step.reactor = random_.percent(80) ? 0 : 1;
      // Wakes are lost, if ever, where one worker must come.
      if (step.run.tasks == 1) program.reactors[step.reactor].caller_participates = false;
      // Who spins for ever takes a CPU from everybody else.
      if (program.reactors[step.reactor].spin_ns == k_for_ever_ns) step.rounds /= 10;
      program.steps.push_back(step);
    }
    return program;
  }

 private:
  ReactorPlan reactor(bool is_crowded) {
    ReactorPlan plan;
    plan.parallelism = is_crowded ? k_many_workers
                                  : random_.pick({std::size_t{1}, std::size_t{2}, threads_,
                                                  threads_, random_.between(1, 2 * threads_)});
    plan.stop_on_error = random_.percent(50);
    plan.caller_participates = random_.percent(60);
    plan.spin_ns = random_.pick<std::int64_t>({0, 0, 20'000, 20'000, 200'000});
    if (!is_crowded && random_.percent(5)) plan.spin_ns = k_for_ever_ns;
    plan.pinned = random_.percent(50);
    return plan;
  }

  Step step(Profile profile) {
    switch (profile) {
      case Profile::errors:
        return errors_step();
      case Profile::churn:
        return churn_step();
      case Profile::nested:
        return nested_step();
      case Profile::fork:
        return fork_step();
      case Profile::submit:
        return random_.percent(30) ? call_step() : submit_step();
      case Profile::timeouts:
        return limit_step();
      case Profile::mixed:
      case Profile::oversubscribe:
      case Profile::signals:
        break;
    }
    std::size_t const chance = random_.below(1000);
    if (chance < 1) return giant_step();
    if (chance < 30) return large_step();
    if (chance < 60) return straggler_step();
    if (chance < 200) return errors_step();
    if (chance < 300) return churn_step();
    if (chance < 450) return nested_step();
    if (chance < 600) return one_task_step();
    if (chance < 650) return submit_step();
    if (chance < 700) return call_step();
    return small_step();
  }

  // What every run has.
  RunPlan run(std::size_t tasks) {
    RunPlan plan;
    plan.tasks = tasks;
    plan.salt = static_cast<std::uint32_t>(random_.next());
    plan.stop_on_error = random_.percent(50);
    plan.input = random_.pick(
        {Input::count, Input::count, Input::borrowed, Input::given_away, Input::copied});
    plan.output = random_.pick({Output::number, Output::object, Output::nothing});
    plan.into = random_.percent(50);
    plan.order = random_.percent(20);
    plan.work = random_.pick({0u, 0u, 30u, 300u});
    return plan;
  }

  Step step_of(RunPlan const& plan, unsigned rounds) {
    Step step;
    step.run = plan;
    step.rounds = scaled(rounds);
    return step;
  }

  // Sleepers must be woken, or must not: at once, when they have just fallen asleep, after the
  // watch.
  Step one_task_step() {
    constexpr unsigned k_step_us = 300'000;
    Step step = step_of(run(random_.pick<std::size_t>({1, 1, 1, 2})), 500);
    step.nap_us = random_.pick({0u, 0u, 20u, 100u, 1'000u, 70'000u});
    if (step.nap_us != 0) step.rounds = std::min(step.rounds, k_step_us / step.nap_us);
    return step;
  }

  Step small_step() {
    std::size_t const tasks = random_.pick<std::size_t>({0, 2, 3, 16, 64, 65, 300});
    Step step = step_of(run(tasks), tasks < 64 ? 200 : 30);
    maybe_fail(step.run);
    if (random_.percent(30)) step.callers = static_cast<unsigned>(random_.between(2, 8));
    return step;
  }

  Step large_step() {
    std::size_t const tasks = random_.pick<std::size_t>({4096, 65535, 65536, 65537, 1'000'000});
    Step step = step_of(run(k_is_instrumented ? std::min(tasks, std::size_t{65537}) : tasks), 1);
    step.run.work = 0;
    if (tasks == 4096) maybe_fail(step.run);
    return step;
  }

  Step giant_step() {
    Step step = step_of(run(k_giant), 1);
    step.run.work = 0;
    return step;
  }

  // One of a thousand takes a minute, and half of the others take 2 ms or less.
  Step straggler_step() {
    Step step = step_of(run(random_.percent(50) && !k_is_instrumented ? 1'000'000 : 1000), 1);
    step.run.work = 0;
    step.run.straggler_ms = k_straggler_ms_max;
    if (random_.below(1000) != 0) {
      step.run.straggler_ms /= static_cast<unsigned>(random_.between(1, k_straggler_ms_max));
    }
    return step;
  }

  void maybe_fail(RunPlan& plan) {
    if (random_.percent(50)) return;
    plan.failing = random_.pick({1u, 10u, 100u});
    plan.failure = random_.pick({Failure::exception, Failure::number, Failure::message,
                                 Failure::null_pointer, Failure::any});
  }

  Step errors_step() {
    Step step = step_of(run(random_.pick<std::size_t>({1, 64, 64, 300})), 20);
    maybe_fail(step.run);
    step.run.failing = random_.pick({10u, 500u, 1000u, 1000u});
    if (random_.percent(5)) step.run.failure = Failure::thread_exit;
    if (random_.percent(30)) step.callers = static_cast<unsigned>(random_.between(2, 4));
    return step;
  }

  Step churn_step() {
    Step step = step_of(run(random_.pick<std::size_t>({1, 2, 10, 64})), 10);
    maybe_fail(step.run);
    std::size_t const chance = random_.below(100);
    if (chance < 40) {
      step.short_lived = true;
      step.callers = static_cast<unsigned>(random_.between(1, 8));
    } else if (chance < 60) {
      step.kind = Kind::renew;
    } else {
      step.kind = Kind::shut_down;
      step.callers = random_.pick({0u, 0u, 1u, 1u, 4u, k_many_callers});
      step.rounds = step.callers == k_many_callers ? 1 : step.rounds;
    }
    return step;
  }

  Step nested_step() {
    Step step = step_of(run(random_.between(1, 20)), 1);
    RunPlan& plan = step.run;
    plan.work = random_.pick({0u, 30u});
    plan.alternates = random_.percent(40);
    plan.tree = random_.percent(50);
    if (plan.tree) {
      plan.fan = static_cast<unsigned>(random_.between(1, 8));
      plan.depth = static_cast<unsigned>(random_.between(1, 3));
    } else {
      plan.fan = static_cast<unsigned>(random_.between(1, 4));
      plan.depth = static_cast<unsigned>(random_.percent(5) ? k_depth_max : random_.between(1, 50));
    }
    if (random_.percent(1)) make_wide(plan);
    maybe_fail(plan);
    if (plan.depth > 50 && !plan.tree) plan.failing = 0;
    if (random_.percent(30)) step.callers = static_cast<unsigned>(random_.between(2, 4));
    return step;
  }

  // 2^20 tasks under one, or under 1024 of them. Less with a sanitizer, as fitted() says.
  void make_wide(RunPlan& plan) {
    plan.tree = random_.percent(50);
    plan.depth = 1;
    plan.fan = plan.tree ? 1024 : (k_is_instrumented ? 1u << 12 : 1u << 20);
    plan.tasks = plan.tree ? 1024 : 2;
    plan.work = 0;
  }

  Step fork_step() {
    Step step = step_of(run(random_.pick<std::size_t>({1, 2, 64, 300})), 20);
    step.kind = Kind::fork;
    step.callers = static_cast<unsigned>(random_.between(1, 4));
    step.run.into = true;
    maybe_fail(step.run);
    return step;
  }

  Step submit_step() {
    Step step = step_of(run(random_.pick<std::size_t>({0, 1, 2, 20, 300})), 60);
    step.kind = Kind::submit;
    step.callers = static_cast<unsigned>(random_.between(1, 4));
    step.run.failing = random_.pick({0u, 0u, 10u, 300u});
    step.run.depth = random_.pick({0u, 0u, 1u, 3u});
    step.run.fan = static_cast<unsigned>(random_.between(1, 5));
    return step;
  }

  Step call_step() {
    Step step = step_of(run(1), 600);
    step.kind = Kind::call;
    step.callers = static_cast<unsigned>(random_.between(1, 4));
    step.run.failing = random_.pick({0u, 10u, 300u});
    step.run.depth = random_.pick({0u, 0u, 1u, 3u});
    return step;
  }

  Step limit_step() {
    Step step = step_of(run(random_.pick<std::size_t>({1, 2, 20, 300})), 20);
    step.kind = Kind::limit;
    step.callers = static_cast<unsigned>(random_.between(1, 3));
    step.run.failing = random_.pick({0u, 3u, 30u, 300u});
    if (step.run.tasks < 3) step.run.failing = 500;
    return step;
  }

  Random random_;
  std::size_t threads_;
};

}  // namespace

Program draw(Profile profile, std::uint64_t seed, std::uint64_t number, std::size_t threads) {
  return Draw(mix(seed, number), threads).program(profile);
}

}  // namespace stress
