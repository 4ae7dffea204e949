// SPDX-License-Identifier: BSD-3-Clause
// main lines|functions|places [plugin]
#include <dlfcn.h>

#include "tell.hpp"

int main(int argc, char** argv) {
  if (argc < 2 || !tells_where(argv[1])) return 1;
  if (argc < 3) return 0;
  // It has a copy of the library of its own, and was not there when the names above were found.
  void* const plugin = dlopen(argv[2], RTLD_NOW | RTLD_LOCAL);
  if (plugin == nullptr) {
    std::cout << dlerror() << '\n';
    return 1;
  }
  auto const tell = reinterpret_cast<bool (*)(char const*)>(dlsym(plugin, "plugin_tells_where"));
  return tell != nullptr && tell(argv[1]) && tells_where(argv[1]) ? 0 : 1;
}
