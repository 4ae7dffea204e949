// SPDX-License-Identifier: BSD-3-Clause
// Made by whoever needs it first. Lock-free.
#pragma once

#include <atomic>
#include <memory>

namespace reactor::engine {

// What `link` points to. If that is nothing, the std::unique_ptr that make() returns is installed,
// unless somebody is quicker: then that is taken, and the own one deleted. Null when make() returns
// null; throws what it throws.
template <class T, class Link, class Make>
T* get_or_install(Link& link, Make const& make) {
  // ORDER O5: the compare-exchange below; what was installed
  auto found = link.load(std::memory_order_acquire);
  if (found != nullptr) return static_cast<T*>(found);
  auto made = make();
  if (made == nullptr) return nullptr;
  // ORDER O6: the load above, get_or_install of others and FailureMap::find; what was installed
  if (link.compare_exchange_strong(found, made.get(), std::memory_order_release,
                                   std::memory_order_acquire)) {
    return made.release();
  }
  return static_cast<T*>(found);
}

}  // namespace reactor::engine
