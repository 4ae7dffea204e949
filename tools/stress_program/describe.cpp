// SPDX-License-Identifier: BSD-3-Clause
#include "describe.hpp"

#include <fmt/format.h>

#include <ostream>

namespace stress {

namespace {

char const* name_of(Failure failure) {
  switch (failure) {
    case Failure::exception:
      return "Failure::exception";
    case Failure::number:
      return "Failure::number";
    case Failure::message:
      return "Failure::message";
    case Failure::null_pointer:
      return "Failure::null_pointer";
    case Failure::any:
      return "Failure::any";
    case Failure::thread_exit:
      return "Failure::thread_exit";
  }
  return "?";
}

char const* name_of(Input input) {
  switch (input) {
    case Input::count:
      return "Input::count";
    case Input::borrowed:
      return "Input::borrowed";
    case Input::given_away:
      return "Input::given_away";
    case Input::copied:
      return "Input::copied";
  }
  return "?";
}

char const* name_of(Output output) {
  switch (output) {
    case Output::number:
      return "Output::number";
    case Output::object:
      return "Output::object";
    case Output::nothing:
      return "Output::nothing";
  }
  return "?";
}

char const* name_of(Kind kind) {
  switch (kind) {
    case Kind::run:
      return "Kind::run";
    case Kind::renew:
      return "Kind::renew";
    case Kind::shut_down:
      return "Kind::shut_down";
    case Kind::fork:
      return "Kind::fork";
    case Kind::submit:
      return "Kind::submit";
    case Kind::call:
      return "Kind::call";
    case Kind::limit:
      return "Kind::limit";
  }
  return "?";
}

// "{.a = 1, .b = 2}" of the members that are not what they are by default.
template <class T>
class Members {
 public:
  explicit Members(T const& object) : object_(object) {}

  template <class Member>
  Members& with(char const* name, Member T::*member) {
    if (!(object_.*member == default_.*member)) {
      text_ += fmt::format("{}.{} = {}", text_.empty() ? "" : ", ", name, text(object_.*member));
    }
    return *this;
  }

  std::string take() { return "{" + text_ + "}"; }

 private:
  template <class Value>
  static std::string text(Value const& value) {
    if constexpr (std::is_enum_v<Value>) {
      return name_of(value);
    } else if constexpr (std::is_same_v<Value, RunPlan>) {
      return describe(value);
    } else {
      return fmt::format("{}", value);
    }
  }

  T const& object_;
  T const default_ = {};
  std::string text_;
};

std::string describe(ReactorPlan const& plan) {
  return Members(plan)
      .with("parallelism", &ReactorPlan::parallelism)
      .with("stop_on_error", &ReactorPlan::stop_on_error)
      .with("caller_participates", &ReactorPlan::caller_participates)
      .with("spin_ns", &ReactorPlan::spin_ns)
      .with("pinned", &ReactorPlan::pinned)
      .take();
}

std::string describe(Step const& step) {
  return Members(step)
      .with("kind", &Step::kind)
      .with("reactor", &Step::reactor)
      .with("callers", &Step::callers)
      .with("rounds", &Step::rounds)
      .with("short_lived", &Step::short_lived)
      .with("nap_us", &Step::nap_us)
      .with("run", &Step::run)
      .take();
}

}  // namespace

std::string describe(RunPlan const& plan) {
  return Members(plan)
      .with("tasks", &RunPlan::tasks)
      .with("salt", &RunPlan::salt)
      .with("failing", &RunPlan::failing)
      .with("failure", &RunPlan::failure)
      .with("stop_on_error", &RunPlan::stop_on_error)
      .with("input", &RunPlan::input)
      .with("output", &RunPlan::output)
      .with("into", &RunPlan::into)
      .with("order", &RunPlan::order)
      .with("depth", &RunPlan::depth)
      .with("fan", &RunPlan::fan)
      .with("tree", &RunPlan::tree)
      .with("alternates", &RunPlan::alternates)
      .with("work", &RunPlan::work)
      .with("straggler_ms", &RunPlan::straggler_ms)
      .take();
}

std::string describe(Program const& program) {
  std::string text = fmt::format("{{.reactors = {{{{{}, {}}}}},\n .steps = {{",
                                 describe(program.reactors[0]), describe(program.reactors[1]));
  for (std::size_t i = 0; i < program.steps.size(); ++i) {
    text += fmt::format("{}{}", i == 0 ? "" : ",\n           ", describe(program.steps[i]));
  }
  return text + "}}";
}

std::ostream& operator<<(std::ostream& out, Program const& program) {
  return out << describe(program);
}

}  // namespace stress
