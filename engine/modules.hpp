// SPDX-License-Identifier: BSD-3-Clause
// What is loaded into the process, and where.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string>
#include <vector>

namespace reactor::engine {

struct Module {
  std::string name;
  std::uintptr_t base = 0;
  // Another file may be loaded at the same place by the same name.
  ino_t inode = 0;
  std::time_t modified_s = 0;

  friend bool operator==(Module const&, Module const&) = default;
};

class Modules {
 public:
  // Looks anew if something was loaded or unloaded meanwhile. Throws std::bad_alloc.
  void refresh();

  // Null: of none. Valid until the next refresh().
  Module const* at(std::uintptr_t address) const noexcept;

 private:
  struct Segment {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    std::size_t module = 0;
  };

  std::vector<Module> modules_;
  std::vector<Segment> segments_;
  unsigned long long loads_ = 0;
  unsigned long long unloads_ = 0;
};

}  // namespace reactor::engine
