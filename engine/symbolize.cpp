// SPDX-License-Identifier: BSD-3-Clause
#include "engine/symbolize.hpp"

#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <exception>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "engine/demangle.hpp"
#include "engine/process_mutex.hpp"
#ifdef REACTOR_HAS_LIBBACKTRACE
#include <backtrace.h>
#endif

namespace reactor::engine {

namespace {

struct Module {
  std::string name;
  std::uintptr_t base = 0;

  friend bool operator==(Module const&, Module const&) = default;
};

// What is loaded now, and where.
struct Modules {
  struct Segment {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    std::size_t module = 0;
  };
  std::vector<Module> modules;
  std::vector<Segment> segments;

  Modules() { dl_iterate_phdr(&Modules::add, this); }

  Module const* at(std::uintptr_t address) const noexcept {
    for (Segment const& segment : segments) {
      if (address >= segment.begin && address < segment.end) return &modules[segment.module];
    }
    return nullptr;
  }

 private:
  static int add(dl_phdr_info* info, std::size_t, void* data) {
    auto& self = *static_cast<Modules*>(data);
    for (int i = 0; i < info->dlpi_phnum; ++i) {
      auto const& header = info->dlpi_phdr[i];
      if (header.p_type != PT_LOAD) continue;
      std::uintptr_t const begin = info->dlpi_addr + header.p_vaddr;
      self.segments.push_back({begin, begin + header.p_memsz, self.modules.size()});
    }
    bool const is_program = info->dlpi_name == nullptr || *info->dlpi_name == '\0';
    self.modules.push_back({is_program ? program() : info->dlpi_name, info->dlpi_addr});
    return 0;
  }

  static std::string program() {
    std::array<char, 4096> path;
    auto const length = ::readlink("/proc/self/exe", path.data(), path.size());
    return length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : std::string();
  }
};

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return text.starts_with(prefix); });
}

// By its mangled name; or by its file where the compiler noted none, as for what depends on a
// lambda.
bool is_of_engine(std::string_view function, std::string_view file) {
  return starts_with_any(function,
                         {"_ZN7reactor", "_ZNK7reactor", "_ZZN7reactor", "_ZZNK7reactor"}) ||
         file.find("/reactor/detail/") != std::string_view::npos ||
         file.ends_with("/reactor/reactor.hpp");
}

// Where the throw itself was not recognised when it was captured, because a sanitizer wraps it, the
// unwinder's search stands before it.
void drop_search(std::vector<TraceFrame>& frames) {
  constexpr std::size_t k_search_frames_max = 24;
  for (std::size_t i = std::min(frames.size(), k_search_frames_max); i-- > 0;) {
    if (!starts_with_any(frames[i].function,
                         {"__cxa_throw", "__cxa_rethrow", "std::rethrow_exception(",
                          "__interceptor___cxa_throw"})) {
      continue;
    }
    frames.erase(frames.begin(), frames.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    return;
  }
}

// What the standard library puts between the engine and the action is the engine's doing.
void fold_calls_of_the_action(std::vector<TraceFrame>& frames) {
  for (std::size_t i = frames.size(); i-- > 1;) {
    TraceFrame& inner = frames[i - 1];
    if (!frames[i].is_engine) continue;
    inner.is_engine |=
        inner.function.starts_with("std::") || inner.file.find("/c++/") != std::string::npos;
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
// of its own; none can be given back.
class DebugInformation {
 public:
  // Calls see(function, file, line) for the function at `address` and those it is inlined in.
  template <class See>
  void look_up(std::uintptr_t address, Modules const& now, See const& see) {
    Module const* const module = now.at(address);
    if (state_ == nullptr || (module != nullptr && !knows(*module, address))) {
      state_ = backtrace_create_state(nullptr, 1, &ignore, nullptr);
      then_ = Modules();
    }
    if (state_ == nullptr) return;
    Question<See> question{see};
    backtrace_pcinfo(state_, address, &Question<See>::see_line, &ignore, &question);
    if (!question.is_answered) {
      backtrace_syminfo(state_, address, &Question<See>::see_symbol, &ignore, &question);
    }
    if (question.thrown) std::rethrow_exception(question.thrown);
  }

 private:
  template <class See>
  struct Question {
    See const& see;
    bool is_answered = false;
    std::exception_ptr thrown = nullptr;

    static int see_line(void* data, std::uintptr_t, char const* file, int line,
                        char const* function) {
      if (file != nullptr || function != nullptr) {
        static_cast<Question*>(data)->answer(function, file, line);
      }
      return 0;
    }
    static void see_symbol(void* data, std::uintptr_t, char const* name, std::uintptr_t,
                           std::uintptr_t) {
      if (name != nullptr) static_cast<Question*>(data)->answer(name, nullptr, 0);
    }
    void answer(char const* function, char const* file, int line) noexcept {
      is_answered = true;
      try {
        see(function, file, line);
      } catch (...) {  // not through code written in C
        thrown = std::current_exception();
      }
    }
  };

  bool knows(Module const& module, std::uintptr_t address) const noexcept {
    Module const* const known = then_.at(address);
    return known != nullptr && *known == module;
  }
  static void ignore(void*, char const*, int) {}

  backtrace_state* state_ = nullptr;
  Modules then_;
};

#else

class DebugInformation {
 public:
  template <class See>
  void look_up(std::uintptr_t, Modules const&, See const&) {}
};

#endif

void append(std::vector<TraceFrame>& frames, std::uintptr_t address, Modules const& modules,
            DebugInformation& information) {
  TraceFrame physical;
  // SAFETY: only shown, never followed.
  physical.address = reinterpret_cast<void const*>(address);
  if (Module const* const module = modules.at(address)) {
    physical.module = module->name;
    physical.offset = address - module->base;
  }
  std::size_t const first = frames.size();
  information.look_up(address, modules, [&](char const* function, char const* file, int line) {
    if (frames.size() != first) frames.back().is_inlined = true;
    describe_place(frames.emplace_back(physical), function, file, line);
  });
  if (frames.size() == first) {
    Dl_info symbol{};
    char const* const name = dladdr(physical.address, &symbol) != 0 ? symbol.dli_sname : nullptr;
    describe_place(frames.emplace_back(physical), name, nullptr, 0);
  }
}

}  // namespace

std::vector<TraceFrame> symbolize(std::span<std::uintptr_t const> addresses) {
  static DebugInformation information;
  std::vector<TraceFrame> frames;
  std::scoped_lock const lock(process_mutex<DebugInformation>());
  Modules const modules;
  for (std::uintptr_t const address : addresses) append(frames, address, modules, information);
  drop_search(frames);
  fold_calls_of_the_action(frames);
  return frames;
}

}  // namespace reactor::engine
