// SPDX-License-Identifier: BSD-3-Clause
// How rapidcheck makes up programs. Each member shrinks by itself, towards what is plain.
#pragma once

#include <rapidcheck.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "describe.hpp"
#include "instrumented.hpp"
#include "program.hpp"

namespace stress {

// One of these. The plainest comes first: it shrinks towards that.
template <class T>
rc::Gen<T> one_of(std::initializer_list<T> values) {
  return rc::gen::map(rc::gen::inRange<std::size_t>(0, values.size()),
                      [all = std::vector<T>(values)](std::size_t i) -> T { return all[i]; });
}

}  // namespace stress

namespace rc {

template <>
struct Arbitrary<stress::RunPlan> {
  static Gen<stress::RunPlan> arbitrary() {
    return gen::map(members(), [](stress::RunPlan plan) {
      if (plan.depth != 0) plan.tasks %= 40;  // else a tree has more leaves than there is time for
      if (plan.tree) plan.depth %= 3;
      return plan;
    });
  }

 private:
  static Gen<stress::RunPlan> members() {
    using namespace stress;
    return gen::build<RunPlan>(
        gen::set(&RunPlan::tasks, tasks()), gen::set(&RunPlan::salt),
        gen::set(&RunPlan::failing, one_of({0u, 0u, 1000u, 100u, 10u, 1u})),
        gen::set(&RunPlan::failure,
                 one_of({Failure::exception, Failure::number, Failure::message,
                         Failure::null_pointer, Failure::any, Failure::thread_exit})),
        gen::set(&RunPlan::stop_on_error),
        gen::set(&RunPlan::input,
                 one_of({Input::count, Input::borrowed, Input::given_away, Input::copied})),
        gen::set(&RunPlan::output, one_of({Output::number, Output::nothing, Output::object})),
        gen::set(&RunPlan::into), gen::set(&RunPlan::order),
        gen::set(&RunPlan::depth, one_of({0u, 0u, 0u, 0u, 0u, 0u, 1u, 1u, 2u, 10u})),
        gen::set(&RunPlan::fan, gen::inRange(0u, 5u)), gen::set(&RunPlan::tree),
        gen::set(&RunPlan::alternates), gen::set(&RunPlan::work, one_of({0u, 0u, 30u, 300u})));
  }

  static Gen<std::size_t> tasks() {
    return gen::weightedOneOf<std::size_t>({
        {6, gen::inRange<std::size_t>(0, 9)},
        {6, gen::inRange<std::size_t>(0, 400)},
        {1, stress::one_of<std::size_t>({63, 64, 65, 4095, 4096, 4097})},
    });
  }
};

template <>
struct Arbitrary<stress::ReactorPlan> {
  static Gen<stress::ReactorPlan> arbitrary() {
    using stress::ReactorPlan;
    return gen::build<ReactorPlan>(
        gen::set(&ReactorPlan::parallelism, gen::inRange<std::size_t>(1, 6)),
        gen::set(&ReactorPlan::stop_on_error), gen::set(&ReactorPlan::caller_participates),
        gen::set(&ReactorPlan::spin_ns, stress::one_of<std::int64_t>({0, 20'000, 200'000})),
        gen::set(&ReactorPlan::pinned));
  }
};

template <>
struct Arbitrary<stress::Step> {
  static Gen<stress::Step> arbitrary() {
    using stress::Kind;
    using stress::Step;
    return gen::build<Step>(
        gen::set(&Step::kind,
                 stress::one_of({Kind::run, Kind::run, Kind::run, Kind::run, Kind::run, Kind::run,
                                 Kind::run, Kind::run, Kind::renew, Kind::shut_down})),
        gen::set(&Step::reactor, gen::inRange(0u, 2u)),
        gen::set(&Step::callers, stress::one_of({1u, 1u, 1u, 1u, 1u, 2u, 2u, 5u, 0u})),
        gen::set(&Step::rounds, gen::inRange(1u, stress::k_is_instrumented ? 4u : 12u)),
        gen::set(&Step::short_lived, stress::one_of({false, false, false, true})),
        gen::set(&Step::run));
  }
};

template <>
struct Arbitrary<stress::Program> {
  static Gen<stress::Program> arbitrary() {
    using stress::Program;
    return gen::build<Program>(gen::set(&Program::reactors), gen::set(&Program::steps));
  }
};

}  // namespace rc
