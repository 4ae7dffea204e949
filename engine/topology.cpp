// SPDX-License-Identifier: BSD-3-Clause
#include "engine/topology.hpp"

#include <hwloc.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <mutex>
#include <new>
#include <set>

#include "engine/not_cancelled.hpp"
#include "engine/process_mutex.hpp"

namespace reactor::engine {

namespace {

// Read once: it takes milliseconds. Null when it cannot be read; throws std::bad_alloc, and is read
// the next time, when that was for want of memory. Never destroyed, so that Reactors of static
// storage duration find it at any time.
hwloc_topology_t topology() {
  NotCancelled const not_cancelled;  // would leave files and locks of hwloc's behind
  static hwloc_topology_t const read = [] {
    hwloc_topology_t made = nullptr;
    errno = 0;
    if (hwloc_topology_init(&made) == 0) {
      // Reading it must not move the calling thread about.
      hwloc_topology_set_flags(made, HWLOC_TOPOLOGY_FLAG_DONT_CHANGE_BINDING);
      if (hwloc_topology_load(made) == 0) return made;
      int const error = errno;
      hwloc_topology_destroy(made);
      errno = error;
    }
    if (errno == ENOMEM) throw std::bad_alloc();
    return hwloc_topology_t{nullptr};
  }();
  return read;
}

// All processing units, one of each core first.
std::vector<int> all_cpus(hwloc_topology_t machine) {
  std::vector<int> cpus;
  int const cores = hwloc_get_nbobjs_by_type(machine, HWLOC_OBJ_CORE);
  int const units = hwloc_get_nbobjs_by_type(machine, HWLOC_OBJ_PU);
  if (cores <= 0) {
    for (int i = 0; i < units; ++i) {
      auto const* const unit =
          hwloc_get_obj_by_type(machine, HWLOC_OBJ_PU, static_cast<unsigned>(i));
      cpus.push_back(static_cast<int>(unit->os_index));
    }
    return cpus;
  }
  for (int turn = 0; static_cast<int>(cpus.size()) < units && turn < units; ++turn) {
    for (int i = 0; i < cores; ++i) {
      auto const* const core =
          hwloc_get_obj_by_type(machine, HWLOC_OBJ_CORE, static_cast<unsigned>(i));
      int cpu = hwloc_bitmap_first(core->cpuset);
      for (int skip = 0; skip < turn && cpu >= 0; ++skip) {
        cpu = hwloc_bitmap_next(core->cpuset, cpu);
      }
      if (cpu >= 0) cpus.push_back(cpu);
    }
  }
  return cpus;
}

// How many workers claim each CPU. Leaked for the same reason as the topology.
using Claims = std::map<int, int>;
Claims& claims() {
  static auto* const counts = new Claims;
  return *counts;
}

// Sees to it that `cpus` are all in there, so that nothing is allocated while others wait.
class ClaimsOf {
 public:
  explicit ClaimsOf(std::vector<int> const& cpus)
      : lock_(process_mutex<Claims>(), std::defer_lock) {
    Claims none;
    for (int const cpu : cpus) none.emplace(cpu, 0);
    Claims& all = claims();
    lock_.lock();
    all.merge(none);
  }
  int& operator[](int cpu) const { return claims().find(cpu)->second; }

 private:
  std::unique_lock<std::mutex> lock_;
};

}  // namespace

std::vector<int> usable_cpus() {
  hwloc_topology_t const machine = topology();
  CpuMask mine;
  bool const is_limited = mine.read();
  std::vector<int> cpus = machine != nullptr ? all_cpus(machine) : mine.cpus();
  if (is_limited) std::erase_if(cpus, [&](int cpu) { return !mine.has(cpu); });
  if (cpus.empty()) cpus.push_back(0);
  return cpus;
}

bool pin_this_thread(int cpu) noexcept {
  CpuMask one;
  return one.add(cpu) && one.apply();
}

CpuClaim CpuClaim::choose(std::size_t workers, std::vector<int> const& candidates) {
  CpuClaim claim;
  claim.cpus_.reserve(workers);
  ClaimsOf const claims(candidates);
  for (std::size_t i = 0; i < workers; ++i) {
    int const best = *std::min_element(candidates.begin(), candidates.end(),
                                       [&](int a, int b) { return claims[a] < claims[b]; });
    ++claims[best];
    claim.cpus_.push_back(best);
  }
  return claim;
}

CpuClaim CpuClaim::exactly(std::size_t workers, std::vector<int> const& cpus) {
  CpuClaim claim;
  claim.cpus_.reserve(workers);
  ClaimsOf const claims(cpus);
  for (std::size_t i = 0; i < workers; ++i) {
    int const cpu = cpus[i % cpus.size()];
    ++claims[cpu];
    claim.cpus_.push_back(cpu);
  }
  return claim;
}

std::uint32_t CpuClaim::different() const {
  return static_cast<std::uint32_t>(std::set<int>(cpus_.begin(), cpus_.end()).size());
}

CpuClaim::~CpuClaim() {
  if (cpus_.empty()) return;
  std::scoped_lock const lock(process_mutex<Claims>());
  for (int const cpu : cpus_) --claims().find(cpu)->second;
}

}  // namespace reactor::engine
