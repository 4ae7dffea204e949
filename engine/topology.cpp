// SPDX-License-Identifier: BSD-3-Clause
#include "engine/topology.hpp"

#include <hwloc.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>

namespace reactor::engine {

namespace {

using Bitmap = std::unique_ptr<hwloc_bitmap_s, decltype(&hwloc_bitmap_free)>;

Bitmap make_bitmap() {
  return {hwloc_bitmap_alloc(), &hwloc_bitmap_free};
}

// Read once: it takes milliseconds. Null when it cannot be read. Never destroyed, so that Reactors
// of static storage duration find it at any time.
hwloc_topology_t topology() {
  static hwloc_topology_t const read = [] {
    hwloc_topology_t made = nullptr;
    if (hwloc_topology_init(&made) != 0) return hwloc_topology_t{nullptr};
    if (hwloc_topology_load(made) == 0) return made;
    hwloc_topology_destroy(made);
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

std::mutex claims_mutex;
// By CPU. Leaked for the same reason as the topology.
std::map<int, int>& claims() {
  static auto* const counts = new std::map<int, int>;
  return *counts;
}

}  // namespace

std::vector<int> usable_cpus() {
  hwloc_topology_t const machine = topology();
  if (machine == nullptr) return {0};
  std::vector<int> cpus = all_cpus(machine);
  Bitmap const mine = make_bitmap();
  if (mine && hwloc_get_cpubind(machine, mine.get(), HWLOC_CPUBIND_THREAD) == 0) {
    std::erase_if(cpus, [&](int cpu) {
      return hwloc_bitmap_isset(mine.get(), static_cast<unsigned>(cpu)) == 0;
    });
  }
  if (cpus.empty()) cpus.push_back(0);
  return cpus;
}

bool pin_this_thread(int cpu) noexcept {
  hwloc_topology_t const machine = topology();
  Bitmap const one = make_bitmap();
  return machine != nullptr && one != nullptr && cpu >= 0 &&
         hwloc_bitmap_only(one.get(), static_cast<unsigned>(cpu)) == 0 &&
         hwloc_set_cpubind(machine, one.get(), HWLOC_CPUBIND_THREAD) == 0;
}

CpuClaim CpuClaim::choose(std::size_t workers, std::vector<int> const& candidates) {
  CpuClaim claim;
  claim.cpus_.reserve(workers);
  std::lock_guard const lock(claims_mutex);
  for (std::size_t i = 0; i < workers; ++i) {
    int const best = *std::min_element(candidates.begin(), candidates.end(),
                                       [](int a, int b) { return claims()[a] < claims()[b]; });
    ++claims()[best];
    claim.cpus_.push_back(best);
  }
  return claim;
}

CpuClaim CpuClaim::exactly(std::size_t workers, std::vector<int> const& cpus) {
  CpuClaim claim;
  claim.cpus_.reserve(workers);
  std::lock_guard const lock(claims_mutex);
  for (std::size_t i = 0; i < workers; ++i) {
    int const cpu = cpus[i % cpus.size()];
    ++claims()[cpu];
    claim.cpus_.push_back(cpu);
  }
  return claim;
}

CpuClaim::~CpuClaim() {
  if (cpus_.empty()) return;
  std::lock_guard const lock(claims_mutex);
  for (int const cpu : cpus_) --claims()[cpu];
}

}  // namespace reactor::engine
