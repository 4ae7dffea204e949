// SPDX-License-Identifier: BSD-3-Clause
// main lines|functions|places [plugin]: throws, loads the plugin, and throws there and here.
// main lines anew <library> <another>: throws in the library, and in another one that takes its
// place.
#include <dlfcn.h>
#include <pthread.h>

#include <cstdio>
#include <string_view>
#include <thread>

#include "tell.hpp"

namespace {

template <class Symbol>
Symbol symbol_of(void* library, char const* name) {
  void* const symbol = library == nullptr ? nullptr : dlsym(library, name);
  if (symbol == nullptr) std::cout << dlerror() << '\n';
  return reinterpret_cast<Symbol>(symbol);
}

// The first to read a traceback opens files. A cancellation must not come out of that.
bool reads_though_cancelled() {
  bool has_read = false;
  std::thread thread([&] {
    reactor::Reactor reactor({.stop_on_error = false, .parallelism = 1});
    auto const results = reactor.run(1, [](std::size_t) { failing::load(1); });
    pthread_cancel(pthread_self());
    has_read = std::strlen(results[0].error().what()) != 0;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
  });
  thread.join();
  return has_read;
}

// It has a copy of the library of its own, and was not there when the first names were found.
bool plugin_tells_where(char const* how, char const* plugin) {
  auto const tell =
      symbol_of<bool (*)(char const*)>(dlopen(plugin, RTLD_NOW | RTLD_LOCAL), "plugin_tells_where");
  return tell != nullptr && tell(how);
}

bool library_tells_where(char const* how, char const* path) {
  void* const library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  auto const load = symbol_of<void (*)(int)>(library, "_ZN7failing4loadEi");
  auto const places = symbol_of<failing::Place const*>(library, "_ZN7failing8k_placesE");
  bool const told = load != nullptr && places != nullptr && tells_where(how, load, places);
  if (library != nullptr) dlclose(library);
  return told;
}

bool tells_anew(char const* how, char const* path, char const* another) {
  return library_tells_where(how, path) && std::rename(another, path) == 0 &&
         library_tells_where(how, path);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 5 && std::string_view(argv[2]) == "anew") {
    return tells_anew(argv[1], argv[3], argv[4]) ? 0 : 1;
  }
  if (argc < 2 || !reads_though_cancelled() || !tells_where(argv[1])) return 1;
  if (argc < 3) return 0;
  return plugin_tells_where(argv[1], argv[2]) && tells_where(argv[1]) ? 0 : 1;
}
