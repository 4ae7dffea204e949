// SPDX-License-Identifier: BSD-3-Clause
#include "engine/symbolize.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <exception>
#include <initializer_list>
#include <iterator>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "engine/demangle.hpp"
#include "engine/modules.hpp"
#include "engine/not_cancelled.hpp"
#include "engine/process_mutex.hpp"
#ifdef REACTOR_HAS_LIBBACKTRACE
#include <backtrace.h>
#endif

namespace reactor::engine {

namespace {

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return text.starts_with(prefix); });
}

// By its mangled name; or by its file where the compiler noted none, as for what depends on a
// lambda.
bool is_of_engine(std::string_view function, std::string_view file) {
  return starts_with_any(function,
                         {"_ZN7reactor", "_ZNK7reactor", "_ZZN7reactor", "_ZZNK7reactor"}) ||
         file.find("include/reactor/") != std::string_view::npos;
}

// Where the throw itself was not recognised when it was captured, because a sanitizer wraps it, the
// unwinder's search stands before it.
void drop_search(std::vector<TraceFrame>& frames) {
  constexpr std::size_t k_search_frames_max = 24;
  auto const throws = [](TraceFrame const& frame) {
    std::string_view const name = frame.function;
    return name == "__cxa_throw" || name == "__interceptor___cxa_throw" ||
           name == "__cxa_rethrow" || name.starts_with("std::rethrow_exception(");
  };
  auto const end =
      frames.begin() + static_cast<std::ptrdiff_t>(std::min(frames.size(), k_search_frames_max));
  auto const last = std::find_if(std::make_reverse_iterator(end), frames.rend(), throws);
  frames.erase(frames.begin(), last.base());
}

// What the standard library puts between the engine and the action is the engine's doing.
void fold_calls_of_the_action(std::vector<TraceFrame>& frames) {
  for (std::size_t i = frames.size(); i-- > 1;) {
    TraceFrame& inner = frames[i - 1];
    if (!frames[i].is_engine) continue;
    inner.is_engine |= inner.function.starts_with("std::") ||
                       inner.file.find("/include/c++/") != std::string::npos;
  }
}

void describe_place(TraceFrame& frame, char const* function, char const* file, int line) {
  if (function != nullptr) frame.function = demangle(function);
  if (file != nullptr) frame.file = file;
  frame.line = line;
  frame.is_engine = is_of_engine(function == nullptr ? "" : function, frame.file);
}

#ifdef REACTOR_HAS_LIBBACKTRACE

// libbacktrace reads what is loaded once, at its first question. What is loaded later needs a state
// of its own; none can be given back, so there are no more than some.
class DebugInformation {
 public:
  // Calls see(function, file, line) for the function at `address` and those it is inlined in, or
  // not at all.
  template <class See>
  void look_up(std::uintptr_t address, Modules const& now, See const& see) {
    Module const* const module = now.at(address);
    if (module == nullptr || !learn(*module, address, now)) return;
    Question<See> question{see};
    backtrace_pcinfo(state_, address, &Question<See>::see_line, &ignore, &question);
    // Without debug information, or with line tables alone, where clang notes which functions are
    // inlined and no others.
    if (question.last.function == nullptr) {
      backtrace_syminfo(state_, address, &Question<See>::see_symbol, &ignore, &question);
    }
    question.answer_last();
    if (question.thrown) std::rethrow_exception(question.thrown);
  }

 private:
  static constexpr int k_states_max = 16;

  struct Place {
    char const* function = nullptr;
    char const* file = nullptr;
    int line = 0;
  };

  // Answers one place late: the last is the function that the others are inlined in.
  template <class See>
  struct Question {
    See const& see;
    Place last{};
    std::exception_ptr thrown = nullptr;

    static int see_line(void* data, std::uintptr_t, char const* file, int line,
                        char const* function) {
      auto* const question = static_cast<Question*>(data);
      question->answer_last();
      question->last = {function, file, line};
      return 0;
    }
    static void see_symbol(void* data, std::uintptr_t, char const* name, std::uintptr_t,
                           std::uintptr_t) {
      static_cast<Question*>(data)->last.function = name;
    }
    void answer_last() noexcept {
      if (last.function == nullptr && last.file == nullptr) return;
      try {
        see(last.function, last.file, last.line);
      } catch (...) {  // not through code written in C
        thrown = std::current_exception();
      }
    }
  };

  // False when the state knows nothing of that module, or of what was in its place before.
  bool learn(Module const& module, std::uintptr_t address, Modules const& now) {
    auto const is_known = [&] {
      Module const* const then = state_ == nullptr ? nullptr : then_.at(address);
      return then != nullptr && *then == module;
    };
    if (is_known()) return true;
    if (states_made_ == k_states_max) return false;
    then_ = now;
    state_ = backtrace_create_state(nullptr, 1, &ignore, nullptr);
    ++states_made_;
    return is_known();
  }
  static void ignore(void*, char const*, int) {}

  backtrace_state* state_ = nullptr;
  int states_made_ = 0;
  Modules then_;
};

#else

class DebugInformation {
 public:
  template <class See>
  void look_up(std::uintptr_t, Modules const&, See const&) {}
};

#endif

// All that is known of a process. Never destroyed: statics may hold errors.
struct Names {
  Modules modules;
  DebugInformation information;
};

void append(std::vector<TraceFrame>& frames, std::uintptr_t address, Names& names) {
  TraceFrame physical;
  // SAFETY: only shown, never followed.
  physical.address = reinterpret_cast<void const*>(address);
  if (Module const* const module = names.modules.at(address)) {
    physical.module = module->name;
    physical.offset = address - module->base;
  }
  std::size_t const first = frames.size();
  auto const see = [&](char const* function, char const* file, int line) {
    if (frames.size() != first) frames.back().is_inlined = true;
    describe_place(frames.emplace_back(physical), function, file, line);
  };
  names.information.look_up(address, names.modules, see);
  if (frames.size() == first) frames.push_back(physical);
}

// With the mutex held, so it throws nothing.
std::exception_ptr append_all(std::vector<TraceFrame>& frames,
                              std::span<std::uintptr_t const> addresses) noexcept {
  std::scoped_lock const lock(process_mutex<Names>());
  try {
    static Names& names = *new Names;
    names.modules.refresh();
    for (std::uintptr_t const address : addresses) append(frames, address, names);
    return nullptr;
  } catch (...) {
    return std::current_exception();
  }
}

// What only the dynamic loader knows. It may make us wait for the constructors of what it loads.
void ask_the_loader(TraceFrame& frame) {
  Dl_info symbol{};
  char const* const name = dladdr(frame.address, &symbol) != 0 ? symbol.dli_sname : nullptr;
  describe_place(frame, name, nullptr, 0);
}

}  // namespace

std::vector<TraceFrame> symbolize(std::span<std::uintptr_t const> addresses) {
  NotCancelled const not_cancelled;
  std::vector<TraceFrame> frames;
  if (auto const thrown = append_all(frames, addresses)) std::rethrow_exception(thrown);
  for (TraceFrame& frame : frames) {
    if (frame.function.empty() && frame.file.empty()) ask_the_loader(frame);
  }
  drop_search(frames);
  fold_calls_of_the_action(frames);
  return frames;
}

}  // namespace reactor::engine
