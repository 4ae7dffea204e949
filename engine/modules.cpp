// SPDX-License-Identifier: BSD-3-Clause
#include "engine/modules.hpp"

#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <exception>

namespace reactor::engine {

namespace {

// Calls see(info) for each module until it says no. What it throws does not go through the loader.
template <class See>
void for_each_module(See see) {
  struct Call {
    See& see;
    std::exception_ptr thrown = nullptr;
  } call{see};
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* data) {
        auto& of = *static_cast<Call*>(data);
        try {
          return of.see(*info) ? 0 : 1;
        } catch (...) {
          of.thrown = std::current_exception();
          return 1;
        }
      },
      &call);
  if (call.thrown) std::rethrow_exception(call.thrown);
}

std::string path_of_program() {
  std::array<char, 4096> path;
  auto const length = ::readlink("/proc/self/exe", path.data(), path.size());
  return length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : std::string();
}

Module make_module(dl_phdr_info const& info) {
  bool const is_program = info.dlpi_name == nullptr || *info.dlpi_name == '\0';
  Module module;
  module.name = is_program ? path_of_program() : info.dlpi_name;
  module.base = info.dlpi_addr;
  struct stat file {};
  if (::stat(module.name.c_str(), &file) == 0) {
    module.inode = file.st_ino;
    module.modified_s = file.st_mtime;
  }
  return module;
}

}  // namespace

void Modules::refresh() {
  unsigned long long loads = 0;
  unsigned long long unloads = 0;
  for_each_module([&](dl_phdr_info const& info) {
    loads = info.dlpi_adds;
    unloads = info.dlpi_subs;
    return false;
  });
  if (!modules_.empty() && loads == loads_ && unloads == unloads_) return;
  Modules now;
  for_each_module([&](dl_phdr_info const& info) {
    for (int i = 0; i < info.dlpi_phnum; ++i) {
      auto const& header = info.dlpi_phdr[i];
      if (header.p_type != PT_LOAD) continue;
      std::uintptr_t const begin = info.dlpi_addr + header.p_vaddr;
      now.segments_.push_back({begin, begin + header.p_memsz, now.modules_.size()});
    }
    now.modules_.push_back(make_module(info));
    return true;
  });
  now.loads_ = loads;
  now.unloads_ = unloads;
  *this = std::move(now);
}

Module const* Modules::at(std::uintptr_t address) const noexcept {
  for (Segment const& segment : segments_) {
    if (address >= segment.begin && address < segment.end) return &modules_[segment.module];
  }
  return nullptr;
}

}  // namespace reactor::engine
