// SPDX-License-Identifier: BSD-3-Clause
#include "engine/traceback.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <ostream>
#include <utility>

#include "engine/install.hpp"
#include "engine/symbolize.hpp"

namespace reactor {

struct Traceback::State {
  State() = default;
  State(State const&) = delete;
  State& operator=(State const&) = delete;
  ~State() { delete names.load(std::memory_order_relaxed); }

  std::vector<std::uintptr_t> addresses;
  bool was_cut = false;
  std::string missing;
  bool is_lost = false;
  std::atomic<std::vector<TraceFrame>*> names{nullptr};  // found by the first who asks
};

bool Traceback::empty() const noexcept {
  return state_ == nullptr || state_->addresses.empty();
}

char const* Traceback::missing() const noexcept {
  return state_ == nullptr ? "not thrown" : state_->missing.c_str();
}

std::vector<TraceFrame> const& Traceback::frames() const {
  static std::vector<TraceFrame> const& none = *new std::vector<TraceFrame>;  // read by statics
  if (empty()) return none;
  return *engine::get_or_install<std::vector<TraceFrame>>(state_->names, [&] {
    return std::make_unique<std::vector<TraceFrame>>(engine::symbolize(state_->addresses));
  });
}

bool Traceback::was_cut() const noexcept {
  return state_ != nullptr && state_->was_cut;
}

namespace {

std::string hex(std::uintptr_t number) {
  std::array<char, 2 * sizeof number> digits;
  auto const end = std::to_chars(digits.begin(), digits.end(), number, 16).ptr;
  return "0x" + std::string(digits.begin(), end);
}

std::string where(TraceFrame const& frame) {
  if (!frame.file.empty()) return frame.file + ":" + std::to_string(frame.line);
  if (!frame.module.empty()) return frame.module + "+" + hex(frame.offset);
  return hex(reinterpret_cast<std::uintptr_t>(frame.address));
}

}  // namespace

std::string Traceback::to_string(bool with_engine) const {
  if (empty()) return std::string("  no traceback: ") + missing();
  bool const has_others = std::any_of(frames().begin(), frames().end(),
                                      [](TraceFrame const& frame) { return !frame.is_engine; });
  std::string text;
  for (TraceFrame const& frame : frames()) {
    if (frame.is_engine && !with_engine && has_others) continue;
    if (!text.empty()) text += "\n";
    text += "  at " + (frame.function.empty() ? "?" : frame.function) + " in " + where(frame);
  }
  if (was_cut()) text += "\n  and on: only the innermost 128 are kept";
  return text;
}

std::ostream& operator<<(std::ostream& out, Traceback const& traceback) {
  return out << traceback.to_string();
}

void warm_tracebacks() {
  auto const here = reinterpret_cast<std::uintptr_t>(&warm_tracebacks);
  engine::symbolize({&here, 1});
}

namespace detail {

Traceback TracebackMaker::make(engine::TraceView const& trace) {
  Traceback made;
  made.state_ = std::make_shared<Traceback::State>();
  made.state_->addresses.assign(trace.frames.begin(), trace.frames.end());
  made.state_->was_cut = trace.was_cut;
  return made;
}

Traceback TracebackMaker::make_missing(std::string why, bool is_lost) {
  Traceback made;
  made.state_ = std::make_shared<Traceback::State>();
  made.state_->missing = std::move(why);
  made.state_->is_lost = is_lost;
  return made;
}

bool TracebackMaker::is_worth_telling(Traceback const& traceback) noexcept {
  return !traceback.empty() || (traceback.state_ != nullptr && traceback.state_->is_lost);
}

engine::TraceView TracebackMaker::view(Traceback const& traceback) noexcept {
  if (traceback.empty()) return {};
  return {traceback.state_->addresses, traceback.was_cut()};
}

}  // namespace detail

}  // namespace reactor
