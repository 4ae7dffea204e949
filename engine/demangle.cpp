// SPDX-License-Identifier: BSD-3-Clause
#include "engine/demangle.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <string_view>

namespace reactor::engine {

std::string demangle(char const* name) {
  int status = 0;
  std::unique_ptr<char, decltype(&std::free)> const readable(
      abi::__cxa_demangle(name, nullptr, nullptr, &status), &std::free);
  if (status == -1) throw std::bad_alloc();
  std::string text = status == 0 ? readable.get() : name;
  static constexpr std::string_view k_string =
      "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >";
  for (std::size_t at = 0; (at = text.find(k_string, at)) != std::string::npos;) {
    text.replace(at, k_string.size(), "std::string");
  }
  return text;
}

}  // namespace reactor::engine
