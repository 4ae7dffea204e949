// SPDX-License-Identifier: BSD-3-Clause
#include "tests/model/trace.hpp"

#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <regex>
#include <vector>

namespace reactor::model {

namespace {

std::string base_name(char const* file) {
  char const* const slash = std::strrchr(file, '/');
  return slash != nullptr ? slash + 1 : file;
}

// The object's name as the source has it: `state_` in `state_.load(…)`.
std::string name_at(char const* file, int line) {
  static std::map<std::string, std::vector<std::string>> files;
  auto& lines = files[file];
  if (lines.empty()) {
    std::ifstream in(file);
    for (std::string text; std::getline(in, text);) lines.push_back(text);
  }
  static std::regex const before_call(
      R"((\w+)(\[[^\]]*\])?(\.|->)(load|store|exchange|fetch_|compare_exchange|push|pop|get|set))");
  auto const at = static_cast<std::size_t>(line);
  std::smatch match;
  if (at >= 1 && at <= lines.size() && std::regex_search(lines[at - 1], match, before_call)) {
    return match[1];
  }
  return "";
}

}  // namespace

char const* Trace::name_of(std::memory_order order) noexcept {
  switch (order) {
    case std::memory_order_relaxed:
      return "relaxed";
    case std::memory_order_consume:
    case std::memory_order_acquire:
      return "acquire";
    case std::memory_order_release:
      return "release";
    case std::memory_order_acq_rel:
      return "acq_rel";
    case std::memory_order_seq_cst:
      return "seq_cst";
  }
  return "?";
}

std::string Trace::to_string() const {
  std::map<void const*, std::string> names;
  std::map<std::string, int> count;
  for (Event const& event : events_) {
    std::string const name = name_at(event.file, event.line);
    if (name.empty() || names.contains(event.object)) continue;
    names[event.object] = name + "#" + std::to_string(++count[name]);
  }
  std::string text;
  int number = 0;
  for (Event const& event : events_) {
    char line[256];
    std::snprintf(line, sizeof line, "%4d  %-12s %-24s %-18s %-22s %-8s %#llx", ++number,
                  event.thread, (base_name(event.file) + ":" + std::to_string(event.line)).c_str(),
                  names[event.object].c_str(), event.operation, event.order,
                  static_cast<unsigned long long>(event.value));
    text += line;
    if (event.store >= 0) text += "  (store " + std::to_string(event.store);
    if (event.is_odd) text += ", not the newest";
    text += event.store >= 0 ? ")\n" : "\n";
  }
  return text;
}

}  // namespace reactor::model
